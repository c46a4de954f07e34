using System.Globalization;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <content>What has become of it, and who is to blame. While we hold the switch of a sandbox in which an agent's code has run, what ends
/// its main process is that code, whatever the exit code: unless the engine knows of somebody who killed or stopped it, or knows nothing
/// of its end because the engine itself was restarted.</content>
internal sealed partial class SandboxLife
{
    private const int MostSilences = 6;
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);
    // The engine ends our connections before it writes its own books.
    private static readonly TimeSpan StopNotice = TimeSpan.FromMilliseconds(300);
    private (int Generation, string? At)? _knownStart;

    /// <summary>What has become of it since <paramref name="generation"/>. Waits for a restart that is under way.</summary>
    public async Task<SandboxCondition> ExamineAsync(int generation)
    {
        await _startGate.WaitAsync(CancellationToken.None);
        try
        {
            if (_lost is not null)
                return _lost;
            if (Generation != generation)
                return new SandboxCondition.Restarted();
            ContainerInspectResponse container = await _engine.InspectContainerAsync(Id, LookLimit, CancellationToken.None);
            State state = container.State
                ?? throw new SandboxException(SandboxFault.Engine, "The engine does not say what state the sandbox is in.");
            return _lost is { } lost ? lost : await JudgeAsync(state);
        }
        catch (SandboxException exception)
        {
            return _lost is { } lost ? lost
                : EngineErrors.IsSilence(exception) ? new SandboxCondition.Silent(exception.Message)
                : new SandboxCondition.Lost(exception.Message);
        }
        finally
        {
            _startGate.Release();
        }
    }

    /// <summary>As <see cref="ExamineAsync"/>, for a channel that has just ended: gives the engine the moment it needs to notice that the
    /// whole sandbox has.</summary>
    public async Task<SandboxCondition> ExamineAfterEndAsync(int generation)
    {
        if (_switch is { } held)
            await Task.WhenAny(held.Stopped, Task.Delay(StopNotice, _time, CancellationToken.None));
        return await ExaminePatientlyAsync(generation);
    }

    /// <summary>As <see cref="ExamineAsync"/>, but a silent engine is asked again, for a minute or so.</summary>
    public async Task<SandboxCondition> ExaminePatientlyAsync(int generation)
    {
        for (int looks = 1; ; looks++)
        {
            SandboxCondition condition = await ExamineAsync(generation);
            if (condition is not SandboxCondition.Silent silent || !IsToBeAskedAgain(silent, looks))
                return condition;
        }
    }

    /// <summary>Whether an engine that has been silent so often in a row is to be asked again; says so if it is.</summary>
    public bool IsToBeAskedAgain(SandboxCondition.Silent silent, int silences)
    {
        if (silences >= MostSilences)
            return false;
        OnNotice?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{silent.Why} It may be busy, and is asked again "
            + $"({silences} of {MostSilences - 1}) before sandbox {EngineClient.Short(Id)} counts as lost."));
        return true;
    }

    /// <summary>
    /// Who is to blame for what the engine refused. Once an agent's code has run in the sandbox, it is that code if the engine makes
    /// another sandbox like it that works; and if the disk is full, if this sandbox wrote more than it may.
    /// </summary>
    /// <returns>The same fault, or one of class <see cref="SandboxFault.Broken"/>.</returns>
    public async Task<SandboxException> BlameAsync(SandboxException exception)
    {
        if (!MayHoldAgentCode)
            return exception;
        if (exception.Fault == SandboxFault.Disk && DiskBytes is long most)
        {
            return await WrittenBytesAsync() is long written && written > most
                ? new SandboxException(SandboxFault.Broken, string.Create(CultureInfo.InvariantCulture,
                    $"What ran in the sandbox wrote {written} bytes to the disk; {most} are what it may. {exception.Message}"), exception)
                : exception;
        }
        bool isRefusal = exception.Fault == SandboxFault.Engine && EngineErrors.StatusOf(exception) is not null;
        return isRefusal && IsEngineSoundAsync is not null && await IsEngineSoundAsync()
            ? new SandboxException(SandboxFault.Broken,
                $"What ran in the sandbox has made it unusable; another one like it works. {exception.Message}", exception)
            : exception;
    }

    /// <summary>That it is gone.</summary>
    public SandboxException LostException() => _lost is { FromInside: true } broken
        ? new SandboxException(SandboxFault.Broken, $"What ran in the sandbox {EngineClient.Short(Id)} has made it unusable: {broken.Why}.")
        : new SandboxException(SandboxFault.Lost, $"The sandbox {EngineClient.Short(Id)} is lost: {_lost?.Why}.");

    private async Task<long?> WrittenBytesAsync()
    {
        try
        {
            return await _engine.GetWrittenBytesAsync(Id, CancellationToken.None);
        }
        catch (SandboxException)
        {
            return null;
        }
    }

    private async Task<SandboxCondition> JudgeAsync(State state)
    {
        if (state.Paused)
            return new SandboxCondition.Lost("somebody has paused it");
        bool isHeld = _switch is { Stopped.IsCompleted: false };
        if (state.Running && isHeld)
        {
            if (_knownStart?.Generation != Generation)
                _knownStart = (Generation, state.StartedAt);
            return new SandboxCondition.Running();
        }
        if (_switch is { IsCut: true })
            return new SandboxCondition.Lost($"our connection to its main process broke{EndOf(state)}");
        if (state.Running)
        {
            // If nobody has, its main process goes on, and nothing can write its output any more.
            bool isSameStart = _knownStart == (Generation, state.StartedAt) && MayHoldAgentCode;
            return isSameStart ? new SandboxCondition.KilledFromInside(OutOfMemory: false)
                : new SandboxCondition.Lost("somebody has restarted it");
        }
        if (state.OOMKilled)
            return new SandboxCondition.KilledFromInside(OutOfMemory: true);
        if (_time.GetUtcNow() - _startedAt >= _timeToLive)
            return new SandboxCondition.Lost("its time to live ran out");
        // We hold its switch, and nobody outside has ended it. Where no agent's code has run, an exit code of 0 is the image's.
        return await _end.WasFromOutsideAsync(StartOf(state), MayHoldAgentCode) || (state.ExitCode == 0 && !MayHoldAgentCode)
            ? new SandboxCondition.Lost($"it has stopped{EndOf(state)}")
            : new SandboxCondition.KilledFromInside(OutOfMemory: false);
    }

    private static string EndOf(State state) => state.Running ? ""
        : string.Create(CultureInfo.InvariantCulture, $" with exit code {state.ExitCode} {state.Error}").TrimEnd();

    /// <summary>When its main process was last started, by the engine's own clock: what the engine did before belongs to our restart of it,
    /// a kill as any other.</summary>
    private DateTimeOffset StartOf(State state) =>
        DateTimeOffset.TryParse(state.StartedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset startedAt)
            && startedAt > DateTimeOffset.UnixEpoch ? startedAt : _startedAt;
}
