using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Upstream;

/// <summary>What <c>eval.json</c> says of the merge of a coop pair, flattened to one outcome.</summary>
/// <param name="Outcome">Ours; null where what it says makes no sense.</param>
/// <param name="Status">Upstream's word.</param>
/// <param name="Strategy">Which merge was tested.</param>
/// <param name="NaiveConflict">Whether git's own merge conflicted.</param>
internal sealed record UpstreamMerge(MergeOutcome? Outcome, MergeStatus? Status, MergeStrategy? Strategy, bool? NaiveConflict)
{
    /// <summary>Upstream's error where the naive merge conflicts and the union merge does, too; what follows the first sentence may
    /// vary.</summary>
    public const string Unmergeable =
        "Both naive and union merge strategies failed. Naive: conflicts. Union: Union merge still has conflicts";

    private static readonly string s_unmergeableBegin = Unmergeable[..Unmergeable.IndexOf('.')];

    /// <summary>What its batch evaluation writes instead.</summary>
    private const string UnmergeableInBatch = "merge_failed";

    /// <summary>Neither merge worked: a failed pair, not an error of the evaluation.</summary>
    public static readonly UpstreamMerge Neither = new(MergeOutcome.MergeFailed, MergeStatus.Conflicts, null, NaiveConflict: true);

    /// <summary>Whether the tests ran on one agent's own tree instead of a merged one.</summary>
    public bool IsOneAgentsTree { get; private init; }

    private static readonly UpstreamMerge s_unknown = new(null, null, null, null);

    /// <summary>Whether an evaluation's error is not one, but says that the pair cannot be merged.</summary>
    public static bool IsUnmergeable(string? error) => error is not null
        && (error.StartsWith(s_unmergeableBegin, StringComparison.Ordinal) || error == UnmergeableInBatch);

    /// <summary>Flattens a status and a strategy. What is unknown, or contradicts itself, has no outcome.</summary>
    public static UpstreamMerge Of(string? status, string? strategy) => (status, strategy) switch
    {
        // The batch evaluation names no strategy.
        ("clean", "naive" or null) => new(MergeOutcome.MergeClean, MergeStatus.Clean, MergeStrategy.Naive, NaiveConflict: false),
        // A union merge is only tried where the naive one conflicted, whatever the status says.
        ("clean", "union") => new(MergeOutcome.MergeUnion, MergeStatus.Clean, MergeStrategy.Union, NaiveConflict: true),
        ("conflicts", "union") or ("union", "union" or null) =>
            new(MergeOutcome.MergeUnion, MergeStatus.Conflicts, MergeStrategy.Union, NaiveConflict: true),
        // From its 0.0.16 on there is no union merge: after a conflict nothing is tested, unless one agent's own tree passes.
        ("conflicts", "naive" or null) => Neither,
        ("conflicts", "solo-agent1" or "solo-agent2") => Neither with { IsOneAgentsTree = true },
        // Both agents handed in the same patch.
        ("identical", "skip-merge-identical" or null) =>
            new(MergeOutcome.MergeClean, MergeStatus.Clean, MergeStrategy.Naive, NaiveConflict: false),
        ("missing_input", "naive") => new(MergeOutcome.MergeFailed, MergeStatus.MissingInput, MergeStrategy.Naive, NaiveConflict: false),
        ("missing_input", "union") => new(MergeOutcome.MergeFailed, MergeStatus.MissingInput, MergeStrategy.Union, NaiveConflict: true),
        ("missing_input", null) => new(MergeOutcome.MergeFailed, MergeStatus.MissingInput, null, NaiveConflict: null),
        ("error", null) => new(MergeOutcome.MergeFailed, MergeStatus.Error, null, NaiveConflict: null),
        _ => s_unknown with { Status = EnumNames.TryParse(status, out MergeStatus known) ? known : null },
    };
}
