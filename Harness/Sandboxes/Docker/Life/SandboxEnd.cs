using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// What the engine knows of the end of a sandbox's main process: a process inside that kills all others and somebody who kills the
/// container leave the same exit code, and only the latter is an event of the engine. The engine keeps its latest few hundred events, of
/// all containers, so they are taken down at once.
/// </summary>
internal sealed class SandboxEnd(EngineClient engine, string containerId, TimeProvider time)
{
    private const int MostLooks = 20;

    // From so many on it may have forgotten others.
    private const int ForgettingMargin = 16;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_mostWait = TimeSpan.FromSeconds(15);

    // The engine's clock need not be ours; what is older than the start is left out by the engine's own times.
    private static readonly TimeSpan s_clocksDiffer = TimeSpan.FromHours(1);

    private Task<IReadOnlyList<Message>> _taken = Task.FromResult<IReadOnlyList<Message>>([]);

    /// <summary>Takes down what the engine says as soon as a main process ends.</summary>
    /// <param name="held">Shows its end.</param>
    /// <param name="isOver">Whether nobody will ask any more.</param>
    public void Watch(DeadMansSwitch held, Func<bool> isOver) => _taken = TakeDownAsync(held, isOver);

    /// <summary>Whether somebody outside ended it, or the engine was restarted: it then remembers no end at all, and little else.</summary>
    /// <param name="startedAt">When the main process was started, by the engine's clock.</param>
    /// <param name="mayHoldAgentCode">Whether an agent's code may have ended it. Where none has run, an end of which the engine knows
    /// nothing is a main process that could not be started.</param>
    /// <exception cref="SandboxException">The engine does not answer.</exception>
    public async Task<bool> WasFromOutsideAsync(DateTimeOffset startedAt, bool mayHoldAgentCode)
    {
        Task<IReadOnlyList<Message>> taken = _taken;
        await Task.WhenAny(taken, Task.Delay(s_mostWait, time));
        Message[] events = [.. taken.IsCompletedSuccessfully ? taken.Result.Where(one => TimeOf(one) >= startedAt) : [],
            .. await AskAsync(startedAt)];
        if (events.Any(one => one.Action is "kill" or "stop"))
            return true;
        if (!mayHoldAgentCode || events.Any(one => one.Action == "die"))
            return false;
        return await engine.CountEventsAsync(startedAt, time.GetUtcNow(), CancellationToken.None)
            < EngineClient.RememberedEvents - ForgettingMargin;
    }

    private async Task<IReadOnlyList<Message>> TakeDownAsync(DeadMansSwitch held, Func<bool> isOver)
    {
        DateTimeOffset since = time.GetUtcNow() - s_clocksDiffer;
        await held.Stopped;
        IReadOnlyList<Message> events = [];
        try
        {
            // Our connection ends before the engine writes its own books.
            for (int look = 0; look < MostLooks && !held.IsCut && !isOver(); look++)
            {
                events = await AskAsync(since);
                if (events.Any(one => one.Action == "die"))
                    break;
                await Task.Delay(s_pause, time);
            }
        }
        catch (SandboxException)
        {
            // Whoever asks for the end asks the engine once more.
        }
        return events;
    }

    private Task<IReadOnlyList<Message>> AskAsync(DateTimeOffset since) =>
        engine.GetEventsAsync(containerId, since, time.GetUtcNow(), ["die", "kill", "stop"], CancellationToken.None);

    private static DateTimeOffset TimeOf(Message message) => DateTimeOffset.UnixEpoch.AddTicks((message.TimeNano ?? 0) / 100);
}
