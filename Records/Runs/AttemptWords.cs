using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

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

    /// <summary>Asked for by the verb <c>regrade</c>: the same patches, evaluated again.</summary>
    [JsonStringEnumMemberName("regrade")]
    Regrade,
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

    [JsonStringEnumMemberName("agent")]
    Agent,

    /// <summary>Sandbox of the evaluation, patches applied and merged.</summary>
    [JsonStringEnumMemberName("merge")]
    Merge,

    [JsonStringEnumMemberName("tests")]
    Tests,

    /// <summary>The record and what it rests on.</summary>
    [JsonStringEnumMemberName("record")]
    Record,
}

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
