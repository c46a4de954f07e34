namespace Tandem.Records.Runs;

/// <summary>What of a record decides whether it counts for its case, its <see cref="Outcome"/>, and what the case cost: of a whole record,
/// or of what a reader keeps of one.</summary>
public interface IAttemptResult
{
    int Attempt { get; }
    int Revision { get; }
    AttemptKind AttemptKind { get; }
    AttemptReason AttemptReason { get; }
    AgentStatus AgentStatus { get; }
    bool InfraError { get; }
    bool Interrupted { get; }
    bool? BothPassed { get; }
    decimal? TotalCost { get; }
    int? TotalSteps { get; }

    /// <summary>Whether this revision takes back the verdict that an earlier one of the same attempt had.</summary>
    bool TakesVerdictBack { get; }

    /// <summary>Whether an agent came to work in it, so that it may have cost something.</summary>
    bool AgentsWorked { get; }
}
