using System.Globalization;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>What became of an attempt, in words.</summary>
internal static class Story
{
    /// <summary>Why it came to that, in half a line; empty where there is nothing to add.</summary>
    public static string Reason(RunRecord record)
    {
        if (record.IsMissingData)
            return record.Error is { } error ? $"{EnumNames.NameOf(error.Class)} in phase {EnumNames.NameOf(error.Phase)}: {error.Message}"
                : record.EvalError ?? "";
        var parts = new List<string>();
        if (record.AgentStatus == AgentStatus.LimitsExceeded)
            parts.Add("a limit ended " + string.Join(" and ", record.Agents.Where(a => a.Status == AgentStatus.LimitsExceeded)
                .Select(a => a.Limit is null ? a.AgentId : $"{a.AgentId} ({a.Limit})")));
        if (record.AgentStatus == AgentStatus.Error)
            parts.Add($"crashed: {string.Join(", ", record.Agents.Where(a => a.Status == AgentStatus.Error).Select(a => a.AgentId))}");
        if (record.MergeOutcome == MergeOutcome.MergeFailed)
            parts.Add(MergeFailure(record));
        else if (record.MergeOutcome == MergeOutcome.MergeUnion)
            parts.Add("merged only by union");
        parts.AddRange(record.Tests.Where(test => test.Passed == false).Select(TestFailure));
        if (record.EvalError is not null)
            parts.Add(record.EvalError);
        if (record.Suspect is [_, ..] marks)
            parts.Add($"marked: {SuspectWords.Rules(marks)}");
        return string.Join("; ", parts);
    }

    public static string Tests(FeatureTestReport test) =>
        test.TestsPassed is int passed && test.TestsFailed is int failed
            ? string.Create(CultureInfo.InvariantCulture,
            $"{passed} of {passed + failed} tests passed{(test.TestsSkipped > 0 ? $", {test.TestsSkipped} skipped" : "")}")
            : "no count of tests";

    private static string TestFailure(FeatureTestReport test) => test.Reason is TestFailureReason reason
        ? $"feature {test.FeatureId}: {EnumNames.NameOf(reason).Replace('_', ' ')}"
        : $"feature {test.FeatureId}: {(test.TestsPassed is null ? "tests failed, not known how many" : Tests(test))}";

    private static string MergeFailure(RunRecord record)
    {
        string[] unapplied = [.. record.Agents.Where(a => a.ApplyStatus == ApplyStatus.Failed).Select(a => a.AgentId)];
        return unapplied.Length > 0 ? $"the patch of {string.Join(" and ", unapplied)} does not apply"
            : record.Setting == Setting.Solo ? "the patch does not apply"
            : "neither the naive nor the union merge works";
    }
}
