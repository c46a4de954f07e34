using System.Text.Json.Nodes;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Exporting;

/// <summary>
/// A record as upstream's <c>eval.json</c>. It says what the tests said: upstream has no rule that a limit fails a pair. What has no
/// verdict has an error there, which upstream leaves out of its pass rate.
/// </summary>
internal static class UpstreamEvaluation
{
    private const int MostDiffCharacters = 5000;
    private const int GivenUp = -1;

    public static JsonObject Of(RunRecord record, CaseFiles files)
    {
        bool isSolo = record.Setting == Setting.Solo;
        string? error = ErrorOf(record);
        FeatureTestReport?[] tests =
            [.. record.Features.Select(feature => error is null ? record.Tests.FirstOrDefault(test => test.FeatureId == feature) : null)];
        bool?[] passed = [record.Feature1Passed, record.Feature2Passed];
        var eval = new JsonObject
        {
            ["repo"] = record.Repo,
            ["task_id"] = record.TaskId,
            ["features"] = new JsonArray([.. record.Features.Select(feature => JsonValue.Create(feature))]),
            ["setting"] = UpstreamRun.FolderOf(record.Setting),
        };
        if (!isSolo)
            eval["apply_status"] = new JsonObject(Enumerable.Range(0, record.Features.Count)
                .Select(i => KeyValuePair.Create<string, JsonNode?>(FormattableString.Invariant($"agent{i + 1}"), AppliedOf(record, i))));
        eval["merge"] = isSolo ? null : MergeOf(record, error, files);
        for (int i = 0; i < passed.Length; i++)
            eval[$"feature{i + 1}"] = isSolo ? Brief(record, i, passed[i], files) : Full(record, i, tests[i], passed[i], files);
        eval["both_passed"] = error is null && passed.All(one => one == true);
        eval["error"] = error;
        eval["evaluated_at"] = UpstreamClock.Format(files.EvaluatedAt() ?? record.StartedAt.AddSeconds(record.DurationSeconds));
        return eval;
    }

    private static string? ErrorOf(RunRecord record) =>
        IsUnmergeable(record) ? UpstreamMerge.Unmergeable
        : record.Feature1Passed is null || record.Feature2Passed is null
        ? record.EvalError ?? record.Error?.Message ?? "There is no verdict."
        : null;

    private static bool IsUnmergeable(RunRecord record) =>
        record is { MergeOutcome: MergeOutcome.MergeFailed, MergeStatus: MergeStatus.Conflicts }
        && record.Tests.All(test => test.Passed != true);

    private static string AppliedOf(RunRecord record, int index) =>
        record.Agents.FirstOrDefault(agent => agent.Features.Contains(record.Features[index]))?.ApplyStatus is ApplyStatus applied
            ? EnumNames.NameOf(applied) : "unknown";

    private static JsonObject? MergeOf(RunRecord record, string? error, CaseFiles files)
    {
        if (error is not null && (record.MergeStatus is null || IsUnmergeable(record)))
            return Merge(EnumNames.NameOf(MergeStatus.Error), null, "");
        // Agents that crashed without leaving anything were not merged.
        return record.MergeStatus is MergeStatus status
            ? Merge(EnumNames.NameOf(status), record.MergeStrategy is MergeStrategy strategy ? EnumNames.NameOf(strategy)
            : null, Cut(files.MergedDiff())) : null;
    }

    private static JsonObject Merge(string status, string? strategy, string diff) =>
        new() { ["status"] = status, ["strategy"] = strategy, ["diff"] = diff };

    private static JsonObject Brief(RunRecord record, int index, bool? passed, CaseFiles files) =>
        new() { ["passed"] = passed == true, ["test_output"] = files.TestOutput(record.Features[index]) };

    private static JsonObject Full(RunRecord record, int index, FeatureTestReport? tests, bool? passed, CaseFiles files) => new()
    {
        ["feature_id"] = tests?.FeatureId,
        ["passed"] = tests is not null && passed == true,
        ["exit_code"] = tests?.Reason == TestFailureReason.TimedOut ? GivenUp : tests?.ExitCode,
        ["tests_passed"] = tests?.TestsPassed ?? 0,
        ["tests_failed"] = tests?.TestsFailed ?? 0,
        ["test_output"] = tests is null ? "" : files.TestOutput(record.Features[index]),
    };

    private static string Cut(string diff) =>
        diff.Length <= MostDiffCharacters
            ? diff : diff[..(char.IsHighSurrogate(diff[MostDiffCharacters - 1]) ? MostDiffCharacters - 1 : MostDiffCharacters)];
}
