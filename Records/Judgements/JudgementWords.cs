using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Judgements;

/// <summary>What one judgement came to; each record has exactly one.</summary>
[JsonConverter(typeof(StrictEnumConverter<JudgementOutcome>))]
public enum JudgementOutcome
{
    /// <summary>The judge gave a label or a score that holds; where there is a primary label, that one holds.</summary>
    [JsonStringEnumMemberName("labelled")]
    Labelled,

    /// <summary>The judge said in the right form that no label fits.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The judge gave a label, and its quotes do not bear it: it is missing data.</summary>
    [JsonStringEnumMemberName("voided")]
    Voided,

    /// <summary>There is no answer that could be read: missing data, and an error of the judge or of what it needs.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>Where the reading of one run by one judge stands, computed from files alone.</summary>
[JsonConverter(typeof(StrictEnumConverter<JudgeStatus>))]
public enum JudgeStatus
{
    /// <summary>The run counts, and this judge gave a label, a score or "none" by this rubric, prompt and evidence.</summary>
    [JsonStringEnumMemberName("complete")]
    Complete,

    /// <summary>The run counts, and this judge never read it as it now stands.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,

    /// <summary>The judge failed, what it needs did, or its quotes do not bear its label.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Begun and not finished.</summary>
    [JsonStringEnumMemberName("partial")]
    Partial,

    /// <summary>There is nothing to judge: the run's agent crashed, or the record that was judged no longer counts and no other
    /// does.</summary>
    [JsonStringEnumMemberName("agent_failed")]
    AgentFailed,
}

/// <summary>Which part of an answer a label is.</summary>
[JsonConverter(typeof(StrictEnumConverter<JudgementPart>))]
public enum JudgementPart
{
    /// <summary>The only one.</summary>
    [JsonStringEnumMemberName("label")]
    Label,

    [JsonStringEnumMemberName("primary")]
    Primary,

    [JsonStringEnumMemberName("secondary")]
    Secondary,

    /// <summary>That of one message.</summary>
    [JsonStringEnumMemberName("message")]
    Message,

    /// <summary>A number.</summary>
    [JsonStringEnumMemberName("score")]
    Score,
}

/// <summary>What may be said of the distance between two labels or scores (Stevens 1946, Science 103:677-680).</summary>
[JsonConverter(typeof(StrictEnumConverter<RatingScale>))]
public enum RatingScale
{
    /// <summary>They are equal or not.</summary>
    [JsonStringEnumMemberName("nominal")]
    Nominal,

    /// <summary>One is more than the other.</summary>
    [JsonStringEnumMemberName("ordinal")]
    Ordinal,

    /// <summary>The distance is the difference of the numbers.</summary>
    [JsonStringEnumMemberName("interval")]
    Interval,
}
