using System.Globalization;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;
using Tandem.Records.Text;

namespace Tandem.Harness.Scenarios;

/// <summary>What came of a case, in one line.</summary>
public static class ScenarioText
{
    private const int LongestDetail = 160;

    /// <summary>The verdict, and of one that failed the first check that did.</summary>
    public static string Of(ScenarioRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return PrintableText.LineOf(Raw(record));
    }

    private static string Raw(ScenarioRecord record)
    {
        string reruns = record.Reruns == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $", {record.Reruns} rerun{(record.Reruns == 1 ? "" : "s")}");
        string simulated = record.Simulated ? " (simulated)" : "";
        if (record.Interrupted)
            return "interrupted";
        if (record.Error is ScenarioError error)
            return $"infrastructure error ({EnumNames.NameOf(error.Class)}): {error.Message.Split('\n')[0]}{reruns}";
        string end = record.EndedBy is ScenarioEnd.Answered or null ? "" : $", ended by {EnumNames.NameOf(record.EndedBy.Value)}";
        if (record.Passed == true)
            return $"passed{end}{reruns}{simulated}";
        ScenarioCheck[] failed = [.. record.Checks.Where(check => !check.Passed)];
        string detail = failed[0].Detail ?? "";
        if (detail.Length > LongestDetail)
            detail = detail[..LongestDetail] + " ...";
        return string.Create(CultureInfo.InvariantCulture,
            $"failed {failed.Length} of {record.Checks.Count} checks{end}{reruns}{simulated}: {failed[0].Check}: {detail}");
    }

    /// <summary>Why a case is red by what the experiment asserts (<c>run.assert</c>); null if it is not.</summary>
    /// <param name="record">The case's record.</param>
    /// <param name="assertion">What the experiment asserts.</param>
    /// <param name="repetitions">Of the experiment.</param>
    /// <param name="failed">How many of the scenario's repetitions under this variant have failed, this one included.</param>
    public static string? WhyRed(ScenarioRecord record, ScenarioAssertion assertion, int repetitions, int failed)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(assertion);
        if (record.Passed != false)
            return null;
        if (assertion.Outcome)
            return "The experiment asserts outcomes (run.assert).";
        int needed = assertion.Needed(repetitions);
        return needed == 0 || repetitions - failed >= needed ? null : string.Create(CultureInfo.InvariantCulture,
            $"Scenario {record.ScenarioId} must pass under variant {record.Variant} in {needed} of {repetitions} repetitions "
            + $"(run.assert), and {failed} have failed.");
    }
}
