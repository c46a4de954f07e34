using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Vitest: <c>Tests  1 failed | 5 passed | 2 skipped (8)</c>, below a line <c>Test Files</c> of the same form; where no test came
/// to run, <c>Tests  no tests</c>.</summary>
internal sealed partial class VitestOutput : TestProgram
{
    private int _failedFiles;

    public override void Read(string line)
    {
        if (Summary.Match(line) is not { Success: true } summary)
            return;
        int failed = summary.CountOf("failed");
        if (summary.Groups["kind"].Value == "Test Files")
        {
            _failedFiles = failed;
            return;
        }
        // A file that does not compile has no tests to fail.
        Add(new TestCounts(summary.CountOf("passed"), failed > 0 ? failed : _failedFiles,
            summary.CountOf("skipped") + summary.CountOf("todo")));
        _failedFiles = 0;
    }

    [GeneratedRegex(
        @"^ *(?<kind>Tests|Test Files)  +(?:no tests|"
        + @"(?:(?<count>[0-9]{1,7}) (?<what>failed|passed|skipped|todo|expected fail)(?: \| |(?= \()))+"
        + @" \([0-9]{1,7}\))$")]
    private static partial Regex Summary { get; }
}
