using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Importing;

/// <summary>What <c>eval.json</c> says, in our terms. Feature 1 is the pair's smaller one, whatever order upstream evaluated them
/// in.</summary>
internal sealed record ImportedEvaluation
{
    /// <summary>Upstream's exit code of a runner that it gave up waiting for.</summary>
    private const int GivenUp = -1;

    /// <summary>How long a merge's diff is at most: upstream cuts it there.</summary>
    private const int MostDiffCharacters = 5000;

    public required UpstreamMerge Merge { get; init; }

    /// <summary>One per feature, ascending; empty if there is no verdict.</summary>
    public required IReadOnlyList<FeatureTestReport> Tests { get; init; }

    /// <summary>Why there is no verdict; null if there is one.</summary>
    public required string? Error { get; init; }

    /// <summary>Whether each feature's patch applied, ascending; null where upstream does not say.</summary>
    public required IReadOnlyList<ApplyStatus?> ApplyStatus { get; init; }

    /// <summary>What the runners printed, ascending by feature.</summary>
    public required IReadOnlyList<string?> Outputs { get; init; }

    /// <summary>The merged difference; null if there is none, or if upstream cut it.</summary>
    public required string? MergedDiff { get; init; }

    /// <returns>Null if the file is about other features, which gives a warning.</returns>
    public static ImportedEvaluation? Of(UpstreamObject eval, CaseId caseId)
    {
        if (OrderOf(eval, caseId.Features) is not int[] order)
            return null;
        UpstreamObject?[] features = [.. order.Select(position => eval.Object(position == 0 ? "feature1" : "feature2"))];
        bool isCoop = caseId.Setting != Setting.Solo;
        string? error = eval.Content("error");
        UpstreamMerge merge = isCoop ? MergeOf(eval, error) : new UpstreamMerge(MergeOutcome.MergeClean, null, null, null);
        error = error is { Length: > 0 } && !UpstreamMerge.IsUnmergeable(error) ? error
            : merge.Status == MergeStatus.Error ? "upstream's evaluation failed without saying why"
            : null;
        IReadOnlyList<FeatureTestReport> tests =
            error is not null ? []
            : merge is { Outcome: MergeOutcome.MergeFailed, Status: MergeStatus.Conflicts, IsOneAgentsTree: false }
            ? [.. caseId.Features.Select(id => new FeatureTestReport(id, false, null, null, null, null, TestFailureReason.NotMerged, null))]
            : [.. caseId.Features.Select((id, i) => TestsOf(id, features[i]))];
        if (tests.Count > 0 && tests.Any(test => test.Passed is null))
        {
            eval.File.Warn("does not say of both features whether their tests passed; the case has no verdict");
            (tests, error) = ([], "eval.json does not say of both features whether their tests passed");
        }
        if (tests.Count > 0 && eval.Flag("both_passed") is bool both && both != tests.All(test => test.Passed == true))
            eval.Warn("both_passed", $"is {(both ? "true" : "false")}, which the two features' verdicts contradict; theirs stand");
        if (merge.IsOneAgentsTree)
            eval.File.Warn("is of tests on one agent's own tree, since the patches conflict: the verdict stands, the merge has failed");
        UpstreamObject? applied = isCoop ? eval.Object("apply_status") : null;
        // Here agent1 is the agent of the feature that was evaluated first.
        ApplyStatus?[] statuses = [.. order.Select(position => applied is null
            ? (ApplyStatus?)null : ApplyStatusOf(applied, position == 0 ? "agent1" : "agent2"))];
        if (isCoop && statuses.All(status => status == Records.Runs.ApplyStatus.Skipped))
            merge = merge with { Outcome = null, NaiveConflict = null };
        return new ImportedEvaluation
        {
            Merge = merge,
            Tests = tests,
            Error = error,
            ApplyStatus = statuses,
            // Where it skipped the merge it calls them by another name.
            Outputs = [.. features.Select(feature => feature?.Content("test_output") ?? feature?.Content("output"))],
            MergedDiff = isCoop && eval.Object("merge")?.Text("diff") is { Length: > 0 and < MostDiffCharacters } diff ? diff : null,
        };
    }

    /// <summary>For each feature, ascending, its 0-based position in the file. With features given as 5,3, upstream's first is 5.</summary>
    private static int[]? OrderOf(UpstreamObject eval, FeatureSet pair)
    {
        int?[] ids = [eval.Object("feature1")?.Count("feature_id"), eval.Object("feature2")?.Count("feature_id")];
        if (ids.Any(id => id is null))
        {
            IReadOnlyList<int>? listed = eval.Wholes("features");
            if (listed is null)
                eval.File.Warn($"does not say which features it is about; taken as {pair[0]}, then {pair[1]}");
            ids = [.. (listed ?? pair).Select(id => (int?)id)];
        }
        if (ids.Length == 2 && ids[0] == pair[0] && ids[1] == pair[1])
            return [0, 1];
        if (ids.Length == 2 && ids[0] == pair[1] && ids[1] == pair[0])
            return [1, 0];
        eval.File.Warn($"is about the features {string.Join(", ", ids)}, not {pair}; the case is left out");
        return null;
    }

    private static UpstreamMerge MergeOf(UpstreamObject eval, string? error)
    {
        if (UpstreamMerge.IsUnmergeable(error))
            return UpstreamMerge.Neither;
        UpstreamObject? merge = eval.Object("merge");
        (string? status, string? strategy) = (merge?.Text("status"), merge?.Text("strategy"));
        // An evaluation that failed may not have come to the merge.
        if (status is null && error is { Length: > 0 })
            status = "error";
        UpstreamMerge flattened = UpstreamMerge.Of(status, strategy);
        if (flattened.Outcome is null)
            eval.File.Warn(status is null ? "says nothing of the merge; its outcome is unknown"
                : $"says of the merge '{status}' by '{strategy}', which upstream is not known to write; its outcome is unknown");
        return flattened;
    }

    private static FeatureTestReport TestsOf(int feature, UpstreamObject? tests)
    {
        long? exit = tests?.Whole("exit_code");
        bool isGivenUp = exit == GivenUp;
        return new FeatureTestReport(
            feature,
            tests?.Flag("passed"),
            tests?.Count("tests_passed"),
            tests?.Count("tests_failed"),
            null,
            isGivenUp || exit is < int.MinValue or > int.MaxValue ? null : (int?)exit,
            isGivenUp ? TestFailureReason.TimedOut : null,
            null);
    }

    private static ApplyStatus? ApplyStatusOf(UpstreamObject applied, string agent)
    {
        string? word = applied.Text(agent);
        if (EnumNames.TryParse(word, out ApplyStatus status))
            return status;
        if (word is not null and not "unknown")
            applied.Warn(agent, $"is '{word}', which upstream is not known to write; it is taken as unknown");
        return null;
    }
}
