using System.Text.Json.Nodes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation.Verification;

internal sealed record PairResult(TaskPair Pair, bool? HasConflict, IReadOnlyList<ApplyStatus> Applied, string? Error)
{
    public string Key => Pair.Case(Setting.Solo, 0).PairKey;
}

/// <summary>The merge conflicts of the gold patches, in upstream's format (<c>gold_conflict_report.json</c>).</summary>
internal static class ConflictReport
{
    public static byte[] Write(IReadOnlyList<PairResult> pairs, TimeSpan elapsed)
    {
        int conflicts = pairs.Count(p => p.HasConflict == true);
        var report = new JsonObject
        {
            ["summary"] = new JsonObject
            {
                ["total_pairs"] = pairs.Count,
                ["conflicts"] = conflicts,
                ["clean_merges"] = pairs.Count(p => p.HasConflict == false),
                ["errors"] = pairs.Count(p => p.HasConflict is null),
                ["conflict_rate"] = pairs.Count == 0 ? "0.0%"
                    : (100.0 * conflicts / pairs.Count).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) + "%",
                ["elapsed_seconds"] = Math.Round(elapsed.TotalSeconds, 1),
            },
            ["per_task"] = new JsonObject(pairs.GroupBy(p => $"{p.Pair.Task.Repo}/task{p.Pair.Task.TaskId}")
                .Select(task => KeyValuePair.Create<string, JsonNode?>(task.Key, new JsonObject
                {
                    ["total"] = task.Count(),
                    ["conflicts"] = task.Count(p => p.HasConflict == true),
                    ["clean"] = task.Count(p => p.HasConflict == false),
                    ["errors"] = task.Count(p => p.HasConflict is null),
                }))),
            ["conflict_pairs"] = new JsonArray([.. pairs.Where(p => p.HasConflict == true).Select(Names)]),
            ["all_results"] = new JsonArray([.. pairs.Select(Row)]),
        };
        return System.Text.Encoding.UTF8.GetBytes(report
            .ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    private static JsonObject Names(PairResult pair) => new()
    {
        ["repo"] = pair.Pair.Task.Repo,
        ["task_id"] = pair.Pair.Task.TaskId,
        ["f1"] = pair.Pair.Features[0],
        ["f2"] = pair.Pair.Features[1],
    };

    private static JsonObject Row(PairResult pair)
    {
        JsonObject row = Names(pair);
        row["has_conflict"] = pair.HasConflict;
        row["patch1_apply_failed"] = pair.Applied.Count > 0 ? pair.Applied[0] == ApplyStatus.Failed : null;
        row["patch2_apply_failed"] = pair.Applied.Count > 1 ? pair.Applied[1] == ApplyStatus.Failed : null;
        row["error"] = pair.Error;
        return row;
    }
}
