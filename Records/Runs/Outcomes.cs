using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>How the agents of an attempt ended; of several the worst: Error, then LimitsExceeded, then Submitted, then Unknown.</summary>
[JsonConverter(typeof(StrictEnumConverter<AgentStatus>))]
public enum AgentStatus
{
    /// <summary>No agent came to an end: it never started, or we were interrupted.</summary>
    Unknown,

    /// <summary>It handed in its work, or stopped by itself.</summary>
    Submitted,

    /// <summary>A limit of steps, cost, tokens or wall clock ended it, or its context overflowed.</summary>
    LimitsExceeded,

    /// <summary>It crashed, or what it needs (model, sandbox) was lost.</summary>
    Error,
}

/// <summary>What became of the agents' patches, independent of any test.</summary>
[JsonConverter(typeof(StrictEnumConverter<MergeOutcome>))]
public enum MergeOutcome
{
    /// <summary>The naive merge worked, or there was one patch only (solo).</summary>
    [JsonStringEnumMemberName("merge_clean")]
    MergeClean,

    /// <summary>The naive merge conflicted and the union merge worked.</summary>
    [JsonStringEnumMemberName("merge_union")]
    MergeUnion,

    /// <summary>A patch did not apply, or neither merge worked.</summary>
    [JsonStringEnumMemberName("merge_failed")]
    MergeFailed,
}

/// <summary>Upstream's word for the merge; null for solo.</summary>
[JsonConverter(typeof(StrictEnumConverter<MergeStatus>))]
public enum MergeStatus
{
    /// <summary>No conflict.</summary>
    [JsonStringEnumMemberName("clean")]
    Clean,

    /// <summary>The naive merge conflicted.</summary>
    [JsonStringEnumMemberName("conflicts")]
    Conflicts,

    /// <summary>At least one patch did not apply; wins over the two above.</summary>
    [JsonStringEnumMemberName("missing_input")]
    MissingInput,

    /// <summary>The evaluation itself failed. Upstream writes it also where both merges conflict; Tandem writes <see cref="Conflicts"/>
    /// there.</summary>
    [JsonStringEnumMemberName("error")]
    Error,
}

/// <summary>Which merge gave the tested tree; null for solo and where none worked.</summary>
[JsonConverter(typeof(StrictEnumConverter<MergeStrategy>))]
public enum MergeStrategy
{
    /// <summary>Git's own.</summary>
    [JsonStringEnumMemberName("naive")]
    Naive,

    /// <summary>Lines of both sides where they conflict.</summary>
    [JsonStringEnumMemberName("union")]
    Union,
}

/// <summary>Whether one patch could be applied to the base commit.</summary>
[JsonConverter(typeof(StrictEnumConverter<ApplyStatus>))]
public enum ApplyStatus
{
    /// <summary>It applied.</summary>
    [JsonStringEnumMemberName("applied")]
    Applied,

    /// <summary>It was empty: nothing to apply.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,

    /// <summary>Neither plainly nor three-way; the tree was reset.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>What an attempt is.</summary>
[JsonConverter(typeof(StrictEnumConverter<AttemptKind>))]
public enum AttemptKind
{
    /// <summary>Agents and evaluation.</summary>
    [JsonStringEnumMemberName("run")]
    Run,

    /// <summary>An interrupted attempt's agents, taken up again.</summary>
    [JsonStringEnumMemberName("resumed")]
    Resumed,

    /// <summary>The evaluation of patches that an earlier attempt left; no agent ran.</summary>
    [JsonStringEnumMemberName("regrade")]
    Regrade,
}

/// <summary>Why an attempt was made. A re-roll that somebody asked for counts instead of what was there before, and biases: the validation
/// counts them.</summary>
[JsonConverter(typeof(StrictEnumConverter<AttemptReason>))]
public enum AttemptReason
{
    /// <summary>The case had no counting record yet.</summary>
    [JsonStringEnumMemberName("due")]
    Due,

    /// <summary>Asked for by <c>--force</c> or <c>TANDEM_RERUN=always</c>.</summary>
    [JsonStringEnumMemberName("force")]
    Force,

    /// <summary>Asked for by a selection of the case's status.</summary>
    [JsonStringEnumMemberName("status")]
    Status,
}

/// <summary>Why a feature's tests count as failed although no test of it failed; null where the tests speak for themselves.</summary>
[JsonConverter(typeof(StrictEnumConverter<TestFailureReason>))]
public enum TestFailureReason
{
    /// <summary>There was no merged tree to test.</summary>
    [JsonStringEnumMemberName("not_merged")]
    NotMerged,

    /// <summary>The runner did not end within its time limit.</summary>
    [JsonStringEnumMemberName("timed_out")]
    TimedOut,

    /// <summary>The runner ran out of memory.</summary>
    [JsonStringEnumMemberName("out_of_memory")]
    OutOfMemory,

    /// <summary>The runner printed without end.</summary>
    [JsonStringEnumMemberName("too_much_output")]
    TooMuchOutput,

    /// <summary>No test passed, none failed, and the runner's exit code was not 0, while it does run on the gold patch.</summary>
    [JsonStringEnumMemberName("tests_did_not_run")]
    TestsDidNotRun,

    /// <summary>The agent crashed and left nothing to test.</summary>
    [JsonStringEnumMemberName("no_patch")]
    NoPatch,
}

/// <summary>Where a fault arose, decided by its type, never by its text.</summary>
[JsonConverter(typeof(StrictEnumConverter<ErrorClass>))]
public enum ErrorClass
{
    /// <summary>The engine does not answer or refused.</summary>
    [JsonStringEnumMemberName("engine")]
    Engine,

    /// <summary>The image could not be found, pulled or built.</summary>
    [JsonStringEnumMemberName("image")]
    Image,

    /// <summary>No space left.</summary>
    [JsonStringEnumMemberName("disk")]
    Disk,

    /// <summary>The host ran out of memory.</summary>
    [JsonStringEnumMemberName("host_memory")]
    HostMemory,

    /// <summary>The sandbox was lost.</summary>
    [JsonStringEnumMemberName("sandbox_lost")]
    SandboxLost,

    /// <summary>The model could not be reached.</summary>
    [JsonStringEnumMemberName("model_transport")]
    ModelTransport,

    /// <summary>The model's rate limit outlived the retries.</summary>
    [JsonStringEnumMemberName("rate_limit")]
    RateLimit,

    /// <summary>The model's endpoint refuses key, account, model or a parameter: every other case would meet it too.</summary>
    [JsonStringEnumMemberName("model_configuration")]
    ModelConfiguration,

    /// <summary>A time limit of the harness itself, not of the agent or the tests.</summary>
    [JsonStringEnumMemberName("harness_timeout")]
    HarnessTimeout,

    /// <summary>The tests run neither on the agent's work nor on the gold patch.</summary>
    [JsonStringEnumMemberName("tests_unrunnable")]
    TestsUnrunnable,

    /// <summary>A bug of the harness.</summary>
    [JsonStringEnumMemberName("harness")]
    Harness,

    /// <summary>The agent itself crashed; not an infrastructure error.</summary>
    [JsonStringEnumMemberName("agent")]
    Agent,

    /// <summary>We were interrupted or killed; not an infrastructure error.</summary>
    [JsonStringEnumMemberName("interrupted")]
    Interrupted,
}

/// <summary>The phases of a case, in their order.</summary>
[JsonConverter(typeof(StrictEnumConverter<CasePhase>))]
public enum CasePhase
{
    /// <summary>The intent is on disk.</summary>
    [JsonStringEnumMemberName("planned")]
    Planned,

    /// <summary>Sandboxes of the agents.</summary>
    [JsonStringEnumMemberName("provision")]
    Provision,

    /// <summary>The agents at work.</summary>
    [JsonStringEnumMemberName("agent")]
    Agent,

    /// <summary>Sandbox of the evaluation, patches applied and merged.</summary>
    [JsonStringEnumMemberName("merge")]
    Merge,

    /// <summary>The features' tests.</summary>
    [JsonStringEnumMemberName("tests")]
    Tests,

    /// <summary>The record and what it rests on.</summary>
    [JsonStringEnumMemberName("record")]
    Record,
}

/// <summary>Where an agent's patch came from.</summary>
[JsonConverter(typeof(StrictEnumConverter<PatchSource>))]
public enum PatchSource
{
    /// <summary>The harness's own difference of the work tree against the base commit.</summary>
    [JsonStringEnumMemberName("work_tree")]
    WorkTree,

    /// <summary>The submission file that the agent left.</summary>
    [JsonStringEnumMemberName("submission")]
    Submission,
}
