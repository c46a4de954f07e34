using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>What of a record decides what its case cost.</summary>
public interface ICosted : ICountable
{
    /// <summary>What the attempt is.</summary>
    AttemptKind AttemptKind { get; }

    /// <summary>What its model calls cost, in USD; null if the model has no price.</summary>
    decimal? TotalCost { get; }

    /// <summary>The agents' steps; null if no agent came to run.</summary>
    int? TotalSteps { get; }
}

/// <summary>What of a record decides where its case stands, and what it cost.</summary>
public interface IRecordFacts : ICosted
{
    /// <summary>The case.</summary>
    CaseId CaseId { get; }

    /// <summary>How its agents ended.</summary>
    AgentStatus AgentStatus { get; }

    /// <summary>The files of the attempt's folder.</summary>
    IReadOnlyList<ArtifactDigest> Artifacts { get; }
}

/// <summary>
/// A record line, read for its status alone: the members that are not named here are passed over, so that 20,000 lines are read in a
/// fraction of the time. Whether the line is a sound record in every member is the validation's to say.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record RecordFacts : IRecordFacts, IJsonOnDeserialized
{
    /// <summary>Version of the record's layout.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>The invocation that wrote it.</summary>
    public required string RunId { get; init; }

    /// <summary>The experiment's name.</summary>
    public required string Experiment { get; init; }

    /// <inheritdoc/>
    public required CaseId CaseId { get; init; }

    /// <inheritdoc/>
    public required int Attempt { get; init; }

    /// <inheritdoc/>
    public required AttemptKind AttemptKind { get; init; }

    /// <inheritdoc/>
    public required AttemptReason AttemptReason { get; init; }

    /// <inheritdoc/>
    public required int Revision { get; init; }

    /// <summary>The kind of agent.</summary>
    public required string Agent { get; init; }

    /// <summary>The model's name; null where the agent uses none.</summary>
    public required string? Model { get; init; }

    /// <summary>When the attempt began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From the attempt's begin to its record.</summary>
    public required double DurationSeconds { get; init; }

    /// <inheritdoc/>
    public required decimal? TotalCost { get; init; }

    /// <inheritdoc/>
    public required int? TotalSteps { get; init; }

    /// <inheritdoc/>
    public required AgentStatus AgentStatus { get; init; }

    /// <inheritdoc/>
    public required bool InfraError { get; init; }

    /// <inheritdoc/>
    public required bool Interrupted { get; init; }

    /// <summary>Whether both features' tests passed; null where there is no verdict.</summary>
    public required bool? BothPassed { get; init; }

    /// <summary>What went wrong, if something did.</summary>
    public required RunError? Error { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<ArtifactDigest> Artifacts { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => StoreJson.HoldsNoNull(Artifacts);
}
