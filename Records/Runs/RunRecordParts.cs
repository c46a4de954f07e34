using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>One message between agents. All times are of the harness's clock.</summary>
/// <param name="From">The sender's agent id.</param>
/// <param name="To">The recipient's agent id.</param>
/// <param name="Message">The text.</param>
/// <param name="SentAt">When the harness took it.</param>
/// <param name="DeliveredAt">When it stood in the recipient's prompt; null if it never did.</param>
/// <param name="ReadAt">When the recipient read it by a command of its own; null if it did not.</param>
/// <param name="FeatureId">The sender's feature.</param>
/// <param name="SentStep">The sender's step, from 1; null if unknown.</param>
/// <param name="DeliveredStep">The recipient's step at whose start it was delivered, from 1.</param>
public sealed record MessageRecord(
    string From, string To, string Message, DateTimeOffset SentAt, DateTimeOffset? DeliveredAt, DateTimeOffset? ReadAt, int FeatureId,
        int? SentStep, int? DeliveredStep);

/// <summary>Tokens of model calls, as the endpoint counts them.</summary>
/// <param name="Input">Prompt tokens, cached ones included.</param>
/// <param name="Output">Completion tokens.</param>
/// <param name="CacheRead">Prompt tokens read from a cache.</param>
/// <param name="CacheWrite">Prompt tokens written to a cache.</param>
public sealed record TokenCounts(long Input, long Output, long? CacheRead, long? CacheWrite);

/// <summary>How a command-line agent reached its model.</summary>
/// <param name="Definition">The definition's name.</param>
/// <param name="Digest">SHA-256 of the definition's text, lower-case hex.</param>
/// <param name="Delivery">How teammates' messages reach it: <c>prompt</c> (in its next model call) or <c>tool</c> (when it asks).</param>
/// <param name="Relay">The program in the sandbox that carries its connections: <c>python3</c>, <c>node</c> or <c>perl</c>.</param>
/// <param name="Restarts">How often that was started again, since something in the sandbox had ended it.</param>
/// <param name="Refusals">Its requests that the gateway refused.</param>
public sealed record GatewayReport(string Definition, string Digest, string Delivery, string Relay, int Restarts, int Refusals);

/// <summary>How one agent fared.</summary>
public sealed record AgentReport : IJsonOnDeserialized
{
    /// <summary><c>solo</c>, or <c>agent1</c> for the smallest feature, <c>agent2</c> for the next.</summary>
    public required string AgentId { get; init; }

    /// <summary>The features it was asked to build.</summary>
    public required FeatureSet Features { get; init; }

    public required AgentStatus Status { get; init; }

    /// <summary>The limit that ended it: <c>steps</c>, <c>cost</c>, <c>tokens</c>, <c>wall_clock</c>, <c>context</c>, <c>refused</c> (the
    /// endpoint refused the conversation), <c>request_too_large</c> (it takes no such request), <c>unusable_answers</c> (several in a row
    /// held no call that could be run), or <c>its own</c>
    /// for one that a command-line agent sets itself.</summary>
    public required string? Limit { get; init; }

    /// <summary>Its steps; null if it never ran, or nobody counted: the harness sees one command of a command-line agent.</summary>
    public required int? Steps { get; init; }

    /// <summary>What its model calls cost; null if unpriced.</summary>
    public required decimal? Cost { get; init; }

    public required TokenCounts? Tokens { get; init; }

    /// <summary>Model calls made, failed and malformed ones included; null where nobody counted.</summary>
    public required int? ModelCalls { get; init; }

    /// <summary>Answers without a usable tool call; null where nobody counted.</summary>
    public required int? MalformedCalls { get; init; }

    /// <summary>How often it asked to send or to read messages, refused ones included; 0 says that it had messages and never used them.
    /// Null where it had none or is of a kind that has nothing to say, and in records from before this was counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MessageCalls { get; init; }

    /// <summary>From its first to its last step.</summary>
    public required double? Seconds { get; init; }

    /// <summary>Where its patch came from; null if none could be taken.</summary>
    public required PatchSource? PatchSource { get; init; }

    /// <summary>Size of its raw patch; 0 for an empty one, null if none could be taken.</summary>
    public required long? PatchBytes { get; init; }

    /// <summary>What became of the submission file that it left; null where it left none, or the record is older than this
    /// field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SubmissionState? Submission { get; init; }

    /// <summary>What it changed and its patch does not hold; null where nothing was left out, or the record is older than this
    /// field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PatchOmission>? LeftOut { get; init; }

    /// <summary>What its patch holds and the graded one does not; null where nothing was dropped, or the record is older than this
    /// field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PatchOmission>? Dropped { get; init; }

    /// <summary>How it reached its model, for command-line agents by definition; null for others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GatewayReport? Gateway { get; init; }

    /// <summary>Whether its patch applied; null where that was not tried.</summary>
    public required ApplyStatus? ApplyStatus { get; init; }

    /// <summary>What went wrong.</summary>
    public required string? Error { get; init; }

    /// <summary>The report of an agent that has not begun: nothing is owed for it.</summary>
    public static AgentReport NotRun(string agentId, FeatureSet features) => new()
    {
        AgentId = agentId,
        Features = features,
        Status = AgentStatus.Unknown,
        Limit = null,
        Steps = null,
        Cost = 0,
        Tokens = null,
        ModelCalls = null,
        MalformedCalls = null,
        Seconds = null,
        PatchSource = null,
        PatchBytes = null,
        ApplyStatus = null,
        Error = null,
    };

    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(LeftOut ?? []);
        StrictList.HoldsNoNull(Dropped ?? []);
    }
}

/// <summary>How one feature's tests went on the tested tree.</summary>
/// <param name="FeatureId">The feature.</param>
/// <param name="Passed">Exit code 0 and at least one test passed.</param>
/// <param name="TestsPassed">Tests counted as passed; null if the output does not say.</param>
/// <param name="TestsFailed">Tests counted as failed, errors included.</param>
/// <param name="TestsSkipped">Tests skipped; null where the output does not say.</param>
/// <param name="ExitCode">The runner's; null if it did not end by itself.</param>
/// <param name="Reason">Why it counts as failed, where no test says so.</param>
/// <param name="Seconds">The runner's time.</param>
public sealed record FeatureTestReport(
    int FeatureId, bool? Passed, int? TestsPassed, int? TestsFailed, int? TestsSkipped, int? ExitCode,
        TestFailureReason? Reason, double? Seconds);

/// <summary>Where an attempt's time went, in seconds; null for phases not reached.</summary>
/// <param name="Queue">Waiting for a place, and until the image was pulled or built.</param>
/// <param name="Provision">Sandboxes of the agents.</param>
/// <param name="Agent">The agents.</param>
/// <param name="Merge">Sandbox of the evaluation, apply, merge.</param>
/// <param name="Tests">The runners.</param>
public sealed record TimeBreakdown(double? Queue, double? Provision, double? Agent, double? Merge, double? Tests);

/// <summary>What one sandbox used; null where the host does not say.</summary>
/// <param name="Role">An agent's id, or <c>evaluation</c>.</param>
/// <param name="Id">The engine's id.</param>
/// <param name="PeakMemoryBytes">Highest memory in use.</param>
/// <param name="CpuSeconds">Processor time.</param>
/// <param name="ThrottledSeconds">Time held back by the processor limit.</param>
/// <param name="OomKills">Processes killed for want of memory.</param>
public sealed record SandboxReport(string Role, string Id, long? PeakMemoryBytes, double? CpuSeconds,
    double? ThrottledSeconds, int? OomKills);

/// <summary>What went wrong.</summary>
/// <param name="Class">Where it arose.</param>
/// <param name="Phase">When it arose.</param>
/// <param name="Message">What failed, with which evidence.</param>
public sealed record RunError(ErrorClass Class, CasePhase Phase, string Message);

/// <summary>What a result rests on.</summary>
public sealed record Provenance
{
    /// <summary>Stands where upstream's logs, from which a record was imported, say nothing.</summary>
    public const string Imported = "imported";

    /// <summary>The harness's version, with its commit where it was built from one.</summary>
    public required string Harness { get; init; }

    public required string TaskSet { get; init; }

    /// <summary>SHA-256 over all files of the task's folder.</summary>
    public required string TaskDigest { get; init; }

    /// <summary>The image's reference; null if none was reached.</summary>
    public required string? Image { get; init; }

    /// <summary>The image's content id.</summary>
    public required string? ImageId { get; init; }

    /// <summary>The commit that patches are taken against; null if no sandbox was reached.</summary>
    public required string? BaseCommit { get; init; }

    /// <summary>Kind and version of the sandbox's engine.</summary>
    public required string Engine { get; init; }

    public required string Host { get; init; }

    /// <summary>Hash of the settings that change results.</summary>
    public required string SettingsHash { get; init; }

    /// <summary>Digest of the prompts; null where the agent has none.</summary>
    public required string? PromptDigest { get; init; }

    /// <summary>Digest of the price table; null where nothing is priced.</summary>
    public required string? PriceTableDigest { get; init; }
}

/// <summary>One file of an attempt's folder.</summary>
/// <param name="Path">Relative to the attempt's folder, with '/'.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
public sealed record ArtifactDigest(string Path, long Bytes, string Sha256) : IJsonOnDeserialized
{
    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Path.Split('/', '\\').Any(part => part is "" or "." or ".." || part.Any(char.IsControl)))
            throw new JsonException($"The artifact's path '{Path}' leads out of its folder, or can name no file.");
    }
}
