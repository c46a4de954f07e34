using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>
/// What one attempt left in the store: one JSON line. Null means unknown, never zero. Times are UTC, durations seconds, money USD.
/// </summary>
public sealed record RunRecord : IAttemptResult, IJsonOnDeserialized
{
    /// <summary>The version that this code writes.</summary>
    public const int CurrentSchemaVersion = 1;

    bool IAttemptResult.TakesVerdictBack => Error?.Class == ErrorClass.NoWork;

    public required int SchemaVersion { get; init; }

    /// <summary>The invocation that wrote it: one per process.</summary>
    public required string RunId { get; init; }

    public required string Experiment { get; init; }

    public required CaseId CaseId { get; init; }

    /// <summary>The try, from 1 over the case's whole life.</summary>
    public required int Attempt { get; init; }

    /// <summary>The try's own id, unique everywhere.</summary>
    public required string AttemptId { get; init; }

    public required AttemptKind AttemptKind { get; init; }

    public required AttemptReason AttemptReason { get; init; }

    /// <summary>Version of the derived artifacts and of this record, from 1; regenerating writes the next.</summary>
    public required int Revision { get; init; }

    public required string Agent { get; init; }

    /// <summary>Whether the agent only simulates one.</summary>
    public required bool Simulated { get; init; }

    /// <summary>The repository's folder in the task set.</summary>
    public required string Repo { get; init; }

    public required int TaskId { get; init; }

    /// <summary>The features, ascending.</summary>
    public required FeatureSet Features { get; init; }

    /// <summary>How the agents worked together.</summary>
    public required Setting Setting { get; init; }

    /// <summary>The repeat number, from 0.</summary>
    public required int Seed { get; init; }

    /// <summary>See <see cref="Cases.RunName"/>.</summary>
    public required string RunName { get; init; }

    /// <summary>The model's name; null where the agent uses none.</summary>
    public required string? Model { get; init; }

    /// <summary>When the attempt began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From the attempt's begin to its record.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>What the agents' model calls cost, all agents added; null if the model has no price.</summary>
    public required decimal? TotalCost { get; init; }

    /// <summary>The agents' steps, added; null if no agent came to run, or nobody counted.</summary>
    public required int? TotalSteps { get; init; }

    /// <summary>The worst of the agents.</summary>
    public required AgentStatus AgentStatus { get; init; }

    /// <summary>Missing data, never a failed outcome.</summary>
    public required bool InfraError { get; init; }

    /// <summary>Whether both features' tests passed; false where a limit was exceeded, null where there is no verdict.</summary>
    public required bool? BothPassed { get; init; }

    /// <summary>Whether the first feature's tests passed on the tested tree.</summary>
    public required bool? Feature1Passed { get; init; }

    /// <summary>Whether the second feature's tests passed on the tested tree.</summary>
    public required bool? Feature2Passed { get; init; }

    /// <summary>What became of the patches; null where the evaluation did not come to it.</summary>
    public required MergeOutcome? MergeOutcome { get; init; }

    /// <summary>Upstream's word for it; null for solo.</summary>
    public required MergeStatus? MergeStatus { get; init; }

    /// <summary>Which merge was tested; null for solo.</summary>
    public required MergeStrategy? MergeStrategy { get; init; }

    /// <summary>Why the evaluation gave no verdict; null if it did.</summary>
    public required string? EvalError { get; init; }

    /// <summary>What the agents wrote to each other, in the order of sending; empty where they could not.</summary>
    public required IReadOnlyList<MessageRecord> Messages { get; init; }

    public required int MessagesCount { get; init; }

    /// <summary>Share of the pair's solo runs that failed; null until <c>collect</c>.</summary>
    public required double? Difficulty { get; init; }

    /// <summary>The difficulty's tenth, 0 to 9; null until <c>collect</c>.</summary>
    public required int? Bucket { get; init; }

    /// <summary>Whether we were interrupted or killed; the attempt then does not count.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>The language of the repository, as the task set names it.</summary>
    public required string? Language { get; init; }

    /// <summary>The agents' tokens, added; null where no model was called or it did not say.</summary>
    public required TokenCounts? Tokens { get; init; }

    /// <summary>What earlier interrupted attempts had cost that this one could not take over.</summary>
    public required decimal? SunkCost { get; init; }

    /// <summary>Whether git's own merge conflicted; null for solo and where it was not tried.</summary>
    public required bool? NaiveConflict { get; init; }

    /// <summary>One entry per agent, in the order of their features.</summary>
    public required IReadOnlyList<AgentReport> Agents { get; init; }

    /// <summary>One entry per feature, ascending; empty where the tests were not reached.</summary>
    public required IReadOnlyList<FeatureTestReport> Tests { get; init; }

    /// <summary>Why a passing verdict should be looked at; empty where nothing was found, null where no feature passed or the record is
    /// older than this field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SuspectMark>? Suspect { get; init; }

    public required TimeBreakdown Time { get; init; }

    public required IReadOnlyList<SandboxReport> Sandboxes { get; init; }

    /// <summary>What went wrong, if something did.</summary>
    public required RunError? Error { get; init; }

    /// <summary>What the result rests on.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>The files of the attempt's folder, with their digests.</summary>
    public required IReadOnlyList<ArtifactDigest> Artifacts { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public bool AgentsWorked => TotalSteps is int steps ? steps > 0 : Agents.Any(agent => agent.Seconds > 0);

    /// <summary>
    /// What a whole run takes, in seconds: from its start to its record. The wait for a place, and for the image to be pulled or built,
    /// ends before the start. Null for an attempt that was only a part of a run: resumed, graded again, or revised later.
    /// </summary>
    [JsonIgnore]
    public double? WorkSeconds => AttemptKind == AttemptKind.Run && Revision == 1 ? DurationSeconds : null;

    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(Messages);
        StrictList.HoldsNoNull(Agents);
        StrictList.HoldsNoNull(Tests);
        StrictList.HoldsNoNull(Suspect ?? []);
        StrictList.HoldsNoNull(Sandboxes);
        StrictList.HoldsNoNull(Artifacts);
        AgentIds.Require(Agents.Select(agent => agent.AgentId));
    }
}
