using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>How the agents of an attempt fared (<c>agent.json</c>); written when they are done and their patches are on disk, so that a
/// crash later costs no agent.</summary>
/// <param name="SchemaVersion">Version of this layout.</param>
/// <param name="Finished">Whether every agent came to an end of its own, so that it is never run again by itself.</param>
/// <param name="BaseCommit">The commit that the patches are taken against.</param>
/// <param name="Agents">One entry per agent.</param>
/// <param name="Messages">What they wrote to each other.</param>
/// <param name="Image">The image's reference.</param>
/// <param name="ImageId">The image's content id.</param>
/// <param name="Sandboxes">What their sandboxes used.</param>
/// <param name="Time">Where the time went so far.</param>
public sealed record AgentsReport(
    int SchemaVersion,
    bool Finished,
    string? BaseCommit,
    IReadOnlyList<AgentReport> Agents,
    IReadOnlyList<MessageRecord> Messages,
    string? Image,
    string? ImageId,
    IReadOnlyList<SandboxReport> Sandboxes,
    TimeBreakdown Time) : IJsonOnDeserialized
{
    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(Agents);
        StrictList.HoldsNoNull(Messages);
        StrictList.HoldsNoNull(Sandboxes);
        AgentIds.Require(Agents.Select(agent => agent.AgentId));
    }
}

/// <summary>What the evaluation found (<c>eval.json</c>).</summary>
public sealed record EvaluationReport : IJsonOnDeserialized
{
    public required int SchemaVersion { get; init; }

    public required CaseId CaseId { get; init; }

    /// <summary>Whether each agent's graded patch applied, in the order of the agents.</summary>
    public required IReadOnlyList<ApplyStatus> ApplyStatus { get; init; }

    /// <summary>What became of the patches; null where the evaluation did not come to it.</summary>
    public required MergeOutcome? MergeOutcome { get; init; }

    /// <summary>What the graded patch of each agent lacks of the raw one, in the order of the agents; null where nothing was dropped, or
    /// the report is older than this field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<PatchOmission>>? Dropped { get; init; }

    /// <summary>Upstream's word; null for solo.</summary>
    public required MergeStatus? MergeStatus { get; init; }

    /// <summary>Which merge was tested; null for solo and where none worked.</summary>
    public required MergeStrategy? MergeStrategy { get; init; }

    /// <summary>Whether git's own merge conflicted; null for solo and where it was not tried.</summary>
    public required bool? NaiveConflict { get; init; }

    /// <summary>What git said of each merge that was tried.</summary>
    public required string? MergeOutput { get; init; }

    public required IReadOnlyList<FeatureTestReport> Tests { get; init; }

    /// <summary>Why a passing verdict should be looked at; empty where nothing was found, null where no feature passed or the report is
    /// older than this field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SuspectMark>? Suspect { get; init; }

    /// <summary>Why there is no verdict; null if there is one.</summary>
    public required string? EvalError { get; init; }

    public required DateTimeOffset EvaluatedAt { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(Tests);
        StrictList.HoldsNoNull(Suspect ?? []);
        StrictList.HoldsNoNull(Dropped ?? []);
    }
}

/// <summary>One line of <c>trajectory.jsonl</c>, written as it happens.</summary>
/// <param name="At">When it happened.</param>
/// <param name="AgentId">Whose it is.</param>
/// <param name="Step">The agent's step, from 1; 0 before the first.</param>
/// <param name="Kind"><c>start</c>, <c>prompt</c>, <c>response</c>, <c>command</c>, <c>message_sent</c>, <c>message_refused</c>,
/// <c>message_received</c> (in the prompt), <c>message_read</c> (by a command), <c>message_unanswered</c>, <c>messages_unused</c>,
/// <c>compaction</c>, <c>resumed</c>, <c>divergence</c> or <c>end</c>.</param>
/// <param name="Text">The prompt, answer, command or message.</param>
/// <param name="Output">What a command printed, head and tail.</param>
/// <param name="ExitCode">A command's exit code; null where it has none.</param>
/// <param name="Seconds">How long a command or model call took.</param>
/// <param name="Cost">What a model call cost; null if unpriced or none.</param>
/// <param name="Tokens">What a model call used.</param>
public sealed record TrajectoryEvent(
    DateTimeOffset At, string AgentId, int Step, string Kind, string? Text, string? Output, int? ExitCode, double? Seconds, decimal? Cost,
        TokenCounts? Tokens) : IJsonOnDeserialized
{
    void IJsonOnDeserialized.OnDeserialized() => AgentIds.Require(AgentId);
}
