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

    /// <summary>Whether the case is a red test: it met an infrastructure error, or it failed and the experiment asserts outcomes.</summary>
    /// <param name="record">The case's record.</param>
    /// <param name="assertsOutcome">Whether a failing outcome is red too (<c>run.assert</c>).</param>
    public static bool IsRed(RunRecord record, bool assertsOutcome)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.InfraError || record.Error?.Class == ErrorClass.ModelConfiguration || (assertsOutcome && record.BothPassed != true);
    }

    private static string Why(FeatureTestReport test) =>
        test.Reason is TestFailureReason reason ? $" ({EnumNames.NameOf(reason)})"
        : test.TestsPassed is int passed ? $" {passed}/{passed + (test.TestsFailed ?? 0)}"
        : "";
}
