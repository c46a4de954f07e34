using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Cargo: <c>test result: ok. 3 passed; 0 failed; 1 ignored; ...</c>, once per test program; the test program of typst: <c>3
/// passed, 0 failed, 1 skipped</c>; nextest: <c>Summary [ 0.1s] 3 tests run: 3 passed, 0 skipped</c>.</summary>
internal sealed partial class CargoOutput : TestProgram
{
    public override void Read(string line)
    {
        if (Summary.Match(line) is { Success: true } summary)
            Add(new TestCounts(summary.Groups["passed"].Number(), summary.Groups["failed"].Number(), summary.Groups["skipped"].Number()));
        else if (Nextest.Match(line) is { Success: true } nextest)
            Add(new TestCounts(nextest.CountOf("passed"), nextest.CountOf("failed") + nextest.CountOf("timed out"),
                nextest.CountOf("skipped")));
    }

    [GeneratedRegex(
        @"^ *Summary \[ *[0-9.]+s\] [0-9]{1,7}(?:/[0-9]{1,7})? tests? run:"
        + @"(?:,? (?<count>[0-9]{1,7}) (?<what>passed|failed|timed out|skipped)(?: \([^()]*\))?)+$")]
    private static partial Regex Nextest { get; }

    [GeneratedRegex(
        @"^(test result: (ok|FAILED)\. (?<passed>[0-9]{1,7}) passed; (?<failed>[0-9]{1,7}) failed; (?<skipped>[0-9]{1,7}) ignored; .*"
        + @"|(?<passed>[0-9]{1,7}) passed, (?<failed>[0-9]{1,7}) failed, (?<skipped>[0-9]{1,7}) skipped)$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Summary { get; }
}
