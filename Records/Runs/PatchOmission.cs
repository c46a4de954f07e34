using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>A path that an agent changed and its patch does not hold, or the graded patch not any more.</summary>
/// <param name="Path">Relative to the repository; a folder stands for all that is in it.</param>
/// <param name="Reason">Why.</param>
public sealed record PatchOmission(string Path, OmissionReason Reason)
{
    /// <summary>Entries that a record has at most.</summary>
    public const int Most = 200;

    /// <summary>Each path once, and no more than a record has.</summary>
    public static IReadOnlyList<PatchOmission> Bounded(IEnumerable<PatchOmission> omissions) =>
        [.. omissions.DistinctBy(omission => omission.Path).Take(Most)];
}

/// <summary>Why a changed path is in no patch, or in no graded one.</summary>
[JsonConverter(typeof(StrictEnumConverter<OmissionReason>))]
public enum OmissionReason
{
    /// <summary>A submodule of the repository: a patch cannot carry what is inside.</summary>
    [JsonStringEnumMemberName("submodule")]
    Submodule,

    /// <summary>Another work tree of the same repository, which the agent made inside.</summary>
    [JsonStringEnumMemberName("linked_work_tree")]
    LinkedWorkTree,

    /// <summary>With it the patch would have been larger than any patch may be.</summary>
    [JsonStringEnumMemberName("too_large")]
    TooLarge,

    /// <summary>It could not be read, or git refuses its name.</summary>
    [JsonStringEnumMemberName("not_readable")]
    NotReadable,

    /// <summary>A reference to another repository without what is in it.</summary>
    [JsonStringEnumMemberName("gitlink")]
    Gitlink,

    /// <summary>A test file by upstream's rule.</summary>
    [JsonStringEnumMemberName("test_file")]
    TestFile,

    /// <summary>The patch of the task's own tests touches it.</summary>
    [JsonStringEnumMemberName("tests_patch")]
    TestsPatch,

    /// <summary>What a tool left behind as it ran.</summary>
    [JsonStringEnumMemberName("cache")]
    Cache,
}

/// <summary>What became of the submission file that an agent left.</summary>
[JsonConverter(typeof(StrictEnumConverter<SubmissionState>))]
public enum SubmissionState
{
    /// <summary>It applies to the base commit.</summary>
    [JsonStringEnumMemberName("applies")]
    Applies,

    /// <summary>It does not apply. The work tree was taken, unless nothing was changed there.</summary>
    [JsonStringEnumMemberName("does_not_apply")]
    DoesNotApply,

    /// <summary>It holds nothing but white space: as if there were none.</summary>
    [JsonStringEnumMemberName("blank")]
    Blank,

    /// <summary>It is larger than a patch may be. The work tree was taken.</summary>
    [JsonStringEnumMemberName("too_large")]
    TooLarge,

    /// <summary>Git could not say whether it applies.</summary>
    [JsonStringEnumMemberName("not_checked")]
    NotChecked,
}
