using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>A record in one line, for consoles and test output.</summary>
public static class Verdict
{
    /// <summary>The outcome's word, with what it rests on.</summary>
    public static string Of(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        string word = record.Outcome.ToWords();
        if (record.IsMissingData)
            return $"{word} ({record.Error?.Message.Split('\n')[0]})";
        var parts = new List<string>();
        if (record.AgentStatus != AgentStatus.Submitted)
            parts.Add($"agent {EnumNames.NameOf(record.AgentStatus)}");
        if (record.MergeOutcome is MergeOutcome merge)
            parts.Add(EnumNames.NameOf(merge));
        parts.AddRange(record.Tests.Select(test => $"f{test.FeatureId} {(test.Passed == true ? "passed" : "failed")}{Why(test)}"));
        return $"{word} ({string.Join(", ", parts)})";
    }

    private static string Why(FeatureTestReport test) =>
        test.Reason is TestFailureReason reason ? $" ({EnumNames.NameOf(reason)})"
        : test.TestsPassed is int passed ? $" {passed}/{passed + (test.TestsFailed ?? 0)}"
        : "";
}
