using System.Globalization;
using Tandem.Harness.Agents;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>Takes an agent's patch when the agent has ended, whatever it left running, and says whose fault it is where there is none to
/// be had. Until the sandbox is gone, what happens inside is the agent's: also that the taking does not come to its end.</summary>
internal static class LastPatch
{
    private static readonly TimeSpan LookTime = TimeSpan.FromMinutes(1);

    /// <summary>Does not throw.</summary>
    /// <param name="context">The agent, with its sandbox.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="most">For how long the taking may last.</param>
    /// <param name="clock">Measures that.</param>
    /// <returns>The patch, null if there is none to be had; and how the agent ended, with what the taking showed.</returns>
    public static async Task<(TakenPatch? Patch, Ending Ending)> TakeAsync(AgentContext context, Ending ending, TimeSpan most,
        TimeProvider clock)
    {
        // Also after a cancellation: what was paid for is kept. The time is bounded.
        using var bound = new CancellationTokenSource(most, clock);
        try
        {
            if (ending.Status == AgentStatus.LimitsExceeded || ending.IsInterrupted)
                await context.Sandbox.ResetProcessesAsync(bound.Token);
            return (await PatchTaker.TakeAsync(context.Sandbox, context.BaseCommit, bound.Token), ending);
        }
        catch (InvalidDataException exception)
        {
            return (null, WithFault(ending, exception.Message));
        }
        catch (SandboxException exception)
        {
            return (null, WithFault(ending, exception));
        }
        catch (OperationCanceledException)
        {
            string late = string.Create(CultureInfo.InvariantCulture, $"The patch could not be taken within {most.TotalSeconds:0} s.");
            return await WhyNoAnswerAsync(context.Sandbox, clock) is SandboxException fault
                ? (null, WithFault(ending, new SandboxException(fault.Fault, $"{late} {fault.Message}", fault)))
                : (null, WithFault(ending, $"{late} The engine answers, so it is what the agent left in its sandbox that takes so long."));
        }
    }

    /// <summary>Whether the sandbox can still be used, which shows that the engine and its host are sound.</summary>
    /// <returns>Why not; null if it can.</returns>
    private static async Task<SandboxException?> WhyNoAnswerAsync(ISandbox sandbox, TimeProvider clock)
    {
        using var bound = new CancellationTokenSource(LookTime, clock);
        try
        {
            await sandbox.ResetProcessesAsync(bound.Token);
            return null;
        }
        catch (SandboxException exception)
        {
            return exception;
        }
        catch (OperationCanceledException)
        {
            return new SandboxException(SandboxFault.Engine,
                string.Create(CultureInfo.InvariantCulture, $"Nor did the engine answer within {LookTime.TotalSeconds} s."));
        }
    }

    private static Ending WithFault(Ending ending, string why) =>
        ending with { Status = AgentStatus.Error, Message = Join(ending.Message, why) };

    private static Ending WithFault(Ending ending, SandboxException exception) => ending.IsInterrupted ? ending
        : WithFault(ending, exception.Message) with { Error = Ending.Of(exception).Error ?? ending.Error };

    private static string Join(string? first, string second) => first is null ? second : $"{first}; {second}";
}
