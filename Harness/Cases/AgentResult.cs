using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <param name="Report">How it fared.</param>
/// <param name="Patch">Its raw patch; null if none could be taken.</param>
/// <param name="Error">An infrastructure error; null if there was none.</param>
/// <param name="IsInterrupted">Whether it was stopped from outside.</param>
/// <param name="BaseCommit">The commit its patch is taken against.</param>
/// <param name="Divergence">How it departed from what it had to do again, so that nothing can be taken over; null if it did not.</param>
internal sealed record AgentResult(AgentReport Report, byte[]? Patch, RunError? Error, bool IsInterrupted, string? BaseCommit,
    string? Divergence = null)
{
    /// <summary>The submission file where it is not the patch; null if it is, or there is none.</summary>
    public byte[]? RefusedSubmission { get; init; }
}
