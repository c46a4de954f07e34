using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Commands;

/// <summary>Makes a result of a command's end: finds whether only the command went down, or its session, or all of the sandbox, and brings
/// back what can be brought back.</summary>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
/// <param name="life">The sandbox.</param>
/// <param name="output">The command's output.</param>
/// <param name="killMarked">Kills what the command started.</param>
internal sealed class CommandJudge(EngineClient engine, TimeProvider time, SandboxLife life, CommandOutput output,
    Func<Task<bool>> killMarked)
{
    private const int SignalCode = 128 + 9;
    // A shell that cannot fork ends with this.
    private const int ForkFailureCode = 2;
    private readonly long _began = time.GetTimestamp();

    /// <returns>Null if the command is to be started again: it never began.</returns>
    public async Task<ExecResult?> JudgeAsync(CommandEnd end, int generation, bool canStartAgain) => end switch
    {
        // What goes down with its sandbox ends with this code, too; on a busy machine its session may still live and report it.
        CommandEnd.Exited { Code: SignalCode, OutOfMemory: false } exited =>
            await JudgeLossAsync(generation, "it was killed", channel: null, exited.Code),
        CommandEnd.Exited { OutOfMemory: true } exited =>
            Result(ExecOutcome.OutOfMemory, exited.Code, "The kernel killed a process for want of memory while it ran"),
        CommandEnd.Exited exited => Result(ExecOutcome.Exited, exited.Code, null),
        CommandEnd.NotStarted notStarted => NotStarted(notStarted.Why),
        CommandEnd.ChannelLost lost => await JudgeLossAsync(generation, lost.Why, lost, knownCode: null),
        CommandEnd.NeverBegan never => await JudgeNoBeginAsync(generation, never.Why, canStartAgain),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A result with what was kept of the output.</summary>
    public ExecResult Result(ExecOutcome outcome, int? code, string? detail)
    {
        (CapturedOutput stdout, CapturedOutput stderr) = output.Close();
        return new ExecResult(outcome, code, stdout, stderr, time.GetElapsedTime(_began), detail);
    }

    private async Task<ExecResult?> JudgeNoBeginAsync(int generation, string why, bool canStartAgain)
    {
        SandboxCondition condition = await life.ExaminePatientlyAsync(generation);
        if (condition is SandboxCondition.KilledFromInside && !canStartAgain && life.MayHoldAgentCode)
            return GiveUp(new SandboxCondition.Lost($"whenever it is started, its main process ends at once ({why})", FromInside: true));
        if (condition is SandboxCondition.KilledFromInside)
            condition = await ReviveAsync(generation) ?? condition;
        return condition switch
        {
            SandboxCondition.Lost lost => GiveUp(lost),
            SandboxCondition.Silent silent => GiveUp(new SandboxCondition.Lost(silent.Why)),
            SandboxCondition.Running or SandboxCondition.Restarted or SandboxCondition.KilledFromInside =>
                canStartAgain ? null : NotStarted(why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async Task<ExecResult> JudgeLossAsync(int generation, string why, CommandEnd.ChannelLost? channel, int? knownCode)
    {
        SandboxCondition condition = await life.ExamineAfterEndAsync(generation);
        if (condition is SandboxCondition.KilledFromInside)
            condition = await ReviveAsync(generation) ?? condition;
        return condition switch
        {
            SandboxCondition.Lost lost => GiveUp(lost),
            SandboxCondition.Silent silent => GiveUp(new SandboxCondition.Lost(silent.Why)),
            SandboxCondition.Restarted => Result(ExecOutcome.Exited, SignalCode, "It was killed when the sandbox was restarted"),
            SandboxCondition.KilledFromInside inside => Result(
                inside.OutOfMemory ? ExecOutcome.OutOfMemory
                    : ExecOutcome.Exited, SignalCode, "Everything in the sandbox was killed from inside; the sandbox was started again"),
            SandboxCondition.Running when knownCode is not null => Result(ExecOutcome.Exited, knownCode, null),
            SandboxCondition.Running => await JudgeBrokenChannelAsync(why, channel!),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async Task<ExecResult> JudgeBrokenChannelAsync(string why, CommandEnd.ChannelLost channel)
    {
        await killMarked();
        return await CodeOfChannelAsync(channel.ExecId) switch
        {
            null when !channel.IsCut =>
                Result(ExecOutcome.Exited, SignalCode, $"Something in the sandbox closed what carried its output: {why}"),
            null => Result(ExecOutcome.SandboxLost, null, $"The connection to it broke: {why}"),
            ForkFailureCode => NotStarted("No process could be made"),
            _ => Result(ExecOutcome.Exited, SignalCode, $"It was killed together with what it ran in: {why}"),
        };
    }

    /// <returns>Null if it lives, or nobody knows.</returns>
    private async Task<long?> CodeOfChannelAsync(string execId)
    {
        try
        {
            return (await engine.InspectExecAsync(execId, CancellationToken.None)).ExitCode;
        }
        catch (SandboxException)
        {
            return null;
        }
    }

    /// <returns>Null if it worked.</returns>
    private async Task<SandboxCondition.Lost?> ReviveAsync(int generation)
    {
        try
        {
            await life.ReviveAsync(generation, CancellationToken.None);
            return null;
        }
        catch (SandboxException exception)
        {
            return new SandboxCondition.Lost(exception.Message, exception.Fault == SandboxFault.Broken);
        }
    }

    private ExecResult GiveUp(SandboxCondition.Lost lost)
    {
        life.GiveUp(lost.Why, lost.FromInside);
        return Result(life.HowLost, null, lost.Why);
    }

    private ExecResult NotStarted(string why)
    {
        // The shell complains on stderr, the engine on stdout.
        (CapturedOutput stdout, CapturedOutput stderr) = output.Close();
        string said = (stderr.TotalBytes > 0 ? stderr : stdout).Text.Trim();
        return Result(ExecOutcome.NotStarted, null, said.Length == 0 ? why : $"{why}: {said}");
    }
}
