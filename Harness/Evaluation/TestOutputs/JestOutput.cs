using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Jest: <c>Tests:       1 failed, 2 skipped, 5 passed, 8 total</c>, below a line <c>Test Suites:</c> of the same form.</summary>
internal sealed partial class JestOutput : TestProgram
{
    private int _failedSuites;

    public override void Read(string line)
    {
        if (Summary.Match(line) is not { Success: true } summary)
            return;
        int failed = summary.CountOf("failed");
        if (summary.Groups["kind"].Value == "Test Suites")
        {
            _failedSuites = failed;
            return;
        }
        // A suite that does not compile has no tests to fail.
        Add(new TestCounts(summary.CountOf("passed"), failed > 0 ? failed : _failedSuites,
            summary.CountOf("skipped") + summary.CountOf("todo")));
        _failedSuites = 0;
    }

    [GeneratedRegex(
        @"^(?<kind>Tests|Test Suites): +(?:(?<count>[0-9]{1,7}) (?<what>failed|passed|skipped|todo), )*"
        + @"[0-9]{1,7}(?: of [0-9]{1,7})? total$")]
    private static partial Regex Summary { get; }
}
