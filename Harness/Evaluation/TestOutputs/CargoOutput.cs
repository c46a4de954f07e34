using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Cargo: <c>test result: ok. 3 passed; 0 failed; 1 ignored; ...</c>, once per test program; the test program of typst: <c>3
/// passed, 0 failed, 1 skipped</c>.</summary>
internal static partial class CargoOutput
{
    public static IEnumerable<TestCounts> Sessions(IReadOnlyList<string> lines) =>
        from line in lines
        let summary = Summary.Match(line)
        where summary.Success
        select new TestCounts(summary.Groups["passed"].Number(), summary.Groups["failed"].Number(), summary.Groups["skipped"].Number());

    [GeneratedRegex(
        @"^(test result: (ok|FAILED)\. (?<passed>[0-9]{1,7}) passed; (?<failed>[0-9]{1,7}) failed; (?<skipped>[0-9]{1,7}) ignored; .*"
        + @"|(?<passed>[0-9]{1,7}) passed, (?<failed>[0-9]{1,7}) failed, (?<skipped>[0-9]{1,7}) skipped)$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Summary { get; }
}
