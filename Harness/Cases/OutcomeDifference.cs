using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>How two evaluations of the same patches differ. Times are left out: they always do.</summary>
public static class OutcomeDifference
{
    /// <summary>The differences in words, the verdict first; empty where there is none.</summary>
    /// <param name="before">The earlier record.</param>
    /// <param name="after">The later one.</param>
    public static IReadOnlyList<string> Of(RunRecord before, RunRecord after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var differences = new List<string>();
        if (before.Outcome != after.Outcome)
            differences.Add($"{before.Outcome.ToWords()} -> {after.Outcome.ToWords()}");
        Add("merge", NameOf(before.MergeOutcome), NameOf(after.MergeOutcome));
        Add("strategy", NameOf(before.MergeStrategy), NameOf(after.MergeStrategy));
        foreach (int feature in before.Tests.Concat(after.Tests).Select(test => test.FeatureId).Distinct().Order())
            Add($"f{feature}", Text(before, feature), Text(after, feature));
        if (differences.Count == 0 && !Applied(before).SequenceEqual(Applied(after)))
            Add("patches", string.Join(' ', Applied(before)), string.Join(' ', Applied(after)));
        return differences;

        void Add(string name, string one, string other)
        {
            if (one != other)
                differences.Add($"{name} {one} -> {other}");
        }
    }

    private static string Text(RunRecord record, int feature) =>
        record.Tests.FirstOrDefault(test => test.FeatureId == feature) is not FeatureTestReport test ? "none"
        : test.Reason is TestFailureReason reason ? $"failed ({EnumNames.NameOf(reason)})"
        : $"{(test.Passed switch { true => "passed", false => "failed", null => "no verdict" })} {Count(test.TestsPassed)} passed "
            + $"{Count(test.TestsFailed)} failed {Count(test.TestsSkipped)} skipped";

    private static string Count(int? count) => count?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?";

    private static IEnumerable<string> Applied(RunRecord record) => record.Agents.Select(agent => NameOf(agent.ApplyStatus));

    private static string NameOf<TEnum>(TEnum? value)
        where TEnum : struct, Enum => value is TEnum name ? EnumNames.NameOf(name) : "none";
}
