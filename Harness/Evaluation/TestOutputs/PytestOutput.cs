using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>pytest: <c>===== 1 failed, 3 passed, 2 errors in 0.12s =====</c>, with <c>-q</c> without the frame.</summary>
internal sealed partial class PytestOutput : TestProgram
{
    public override void Read(string line)
    {
        if (Summary.Match(line) is { Success: true } summary)
        {
            Add(new TestCounts(
                summary.CountOf("passed"),
                summary.CountOf("failed") + summary.CountOf("error") + summary.CountOf("errors"),
                summary.CountOf("skipped")));
        }
    }

    // The first word must be one of pytest's; plugins may add others behind it. The frame is at both ends or at none.
    [GeneratedRegex(
        @"^(?<frame>=+ )?(no tests (ran|collected)"
        + @"|(?<count>[0-9]{1,7}) (?<what>passed|failed|errors?|skipped|deselected|xfailed|xpassed"
        + @"|warnings?|rerun|subtests (passed|failed|skipped))"
        + @"(, (?<count>[0-9]{1,7}) (?<what>[a-z]+( [a-z]+)?))*)"
        + @" in [0-9]+(\.[0-9]+)? ?s(econds?)?( \([^()]*\))?(?(frame) =+)$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Summary { get; }
}
