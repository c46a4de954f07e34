using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>A record in one line, for consoles and test output.</summary>
public static class Verdict
{
    /// <summary><c>pass</c>, <c>fail</c>, <c>infrastructure error</c> or <c>interrupted</c>.</summary>
    public static string Word(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.InfraError ? "infrastructure error" : record.Interrupted ? "interrupted"
            : record.BothPassed == true ? "pass" : "fail";
    }

    /// <summary>The word, with what it rests on.</summary>
    public static string Of(RunRecord record)
    {
        string word = Word(record);
        if (record.InfraError || record.Interrupted)
            return $"{word} ({record.Error?.Message.Split('\n')[0]})";
        var parts = new List<string>();
        if (record.AgentStatus != AgentStatus.Submitted)
            parts.Add($"agent {EnumNames.NameOf(record.AgentStatus)}");
        if (record.MergeOutcome is MergeOutcome merge)
            parts.Add(EnumNames.NameOf(merge));
        parts.AddRange(record.Tests.Select(test =>
            $"f{test.FeatureId} "
                + $"{(test.Passed == true ? "passed" : "failed")}{(test.Reason is TestFailureReason reason ? $" ({EnumNames.NameOf(reason)})" : test.TestsPassed is int passed ? $" {passed}/{passed + (test.TestsFailed ?? 0)}" : "")}"));
        return $"{word} ({string.Join(", ", parts)})";
    }
}
