namespace Tandem.Records.Runs;

/// <summary>What of a record decides whether it counts for its case, its <see cref="Outcome"/>, and what the case cost: of a whole record,
/// or of what a reader keeps of one.</summary>
public interface IAttemptResult
{
    /// <summary>The try, from 1.</summary>
    int Attempt { get; }

    /// <summary>Version of the record within its attempt, from 1.</summary>
    int Revision { get; }

    /// <summary>What the attempt is.</summary>
    AttemptKind AttemptKind { get; }

    /// <summary>Why the attempt was made.</summary>
    AttemptReason AttemptReason { get; }

    /// <summary>How its agents ended.</summary>
    AgentStatus AgentStatus { get; }

    /// <summary>Whether infrastructure failed.</summary>
    bool InfraError { get; }

    /// <summary>Whether we were interrupted or killed.</summary>
    bool Interrupted { get; }

    /// <summary>Whether both features' tests passed; null where the tests gave no verdict.</summary>
    bool? BothPassed { get; }

    /// <summary>What its model calls cost, in USD; null if the model has no price.</summary>
    decimal? TotalCost { get; }

    /// <summary>The agents' steps; null if no agent came to run.</summary>
    int? TotalSteps { get; }
}
