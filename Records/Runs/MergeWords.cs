using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

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
    [JsonStringEnumMemberName("applied")]
    Applied,

    /// <summary>It was empty: nothing to apply.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,

    /// <summary>Neither plainly nor three-way; the tree was reset.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}
