using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Telemetry;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>How one agent ended: its row of the outcome table.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Limit">The limit that ended it; null if none did.</param>
/// <param name="Message">What went wrong, in words; null if nothing.</param>
/// <param name="Error">An infrastructure error; null if there was none.</param>
/// <param name="IsInterrupted">Whether it was stopped from outside.</param>
/// <param name="Divergence">How it departed from its recording; null if it did not.</param>
internal sealed record Ending(AgentStatus Status, string? Limit = null, string? Message = null, RunError? Error = null,
    bool IsInterrupted = false, string? Divergence = null)
{
    /// <summary>A replay ends as its recording did, if that was at a limit; whatever else ended it, there is nothing more to do
    /// again.</summary>
    public static Ending Of(AgentRecording recording)
    {
        string end = recording.End ?? "";
        string limited = AgentStatus.LimitsExceeded.ToString();
        return end.StartsWith(limited, StringComparison.Ordinal)
            ? new Ending(AgentStatus.LimitsExceeded, end[limited.Length..].Trim(' ', '(', ')') is { Length: > 0 } limit ? limit : null)
            : new Ending(AgentStatus.Submitted, Message: "the recording ends without a submission");
    }

    /// <summary>A sandbox that failed is the infrastructure's fault, unless what the agent ran there has broken it.</summary>
    public static Ending Of(SandboxException exception) => new(AgentStatus.Error, Message: exception.Message,
        Error: exception.Fault == SandboxFault.Broken ? null : InfraErrors.Of(exception, CasePhase.Agent));

    public static Ending Lost(TrajectoryException exception) =>
        new(AgentStatus.Error, Message: exception.Message, Error: InfraErrors.Of(exception.Cause, CasePhase.Agent));
}
