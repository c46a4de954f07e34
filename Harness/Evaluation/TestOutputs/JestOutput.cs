using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Jest: <c>Tests:       1 failed, 2 skipped, 5 passed, 8 total</c>, below a line <c>Test Suites:</c> of the same form.</summary>
internal static partial class JestOutput
{
    public static IEnumerable<TestCounts> Sessions(IReadOnlyList<string> lines)
    {
        int failedSuites = 0;
        foreach (Match summary in lines.Select(line => Summary.Match(line)).Where(match => match.Success))
        {
            int failed = summary.CountOf("failed");
            if (summary.Groups["kind"].Value == "Test Suites")
            {
                failedSuites = failed;
                continue;
            }
            // A suite that does not compile has no tests to fail.
            yield return new TestCounts(summary.CountOf("passed"), failed > 0 ? failed
                : failedSuites, summary.CountOf("skipped") + summary.CountOf("todo"));
            failedSuites = 0;
        }
    }

    [GeneratedRegex(
        @"^(?<kind>Tests|Test Suites): +(?:(?<count>[0-9]{1,7}) (?<what>failed|passed|skipped|todo), )*"
        + @"[0-9]{1,7}(?: of [0-9]{1,7})? total$")]
    private static partial Regex Summary { get; }
}
