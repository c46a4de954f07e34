using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Node's own test program: <c>ℹ pass 3</c> and <c>ℹ fail 1</c>, each on a line of its own below <c>ℹ tests 4</c>; with
/// <c>#</c> for <c>ℹ</c> where it prints TAP.</summary>
internal sealed partial class NodeTestOutput : TestProgram
{
    private bool _isSummary;

    public override void Read(string line)
    {
        if (Summary.Match(line) is not { Success: true } summary)
        {
            _isSummary = false;
            return;
        }
        int count = summary.Groups["count"].Number();
        string what = summary.Groups["what"].Value;
        _isSummary |= what == "tests";
        if (!_isSummary)
            return;
        if (what == "pass")
            Add(new TestCounts(count, 0, 0));
        else if (what is "fail" or "cancelled")
            Add(new TestCounts(0, count, 0));
        else if (what is "skipped" or "todo")
            Add(new TestCounts(0, 0, count));
    }

    [GeneratedRegex(@"^(?:ℹ|#) (?<what>tests|suites|pass|fail|cancelled|skipped|todo) (?<count>[0-9]{1,7})$")]
    private static partial Regex Summary { get; }
}
