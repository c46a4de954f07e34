using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Mocha and what imitates it, with or without the time: <c>3 passing (12ms)</c>, and below it <c>1 pending</c> and <c>1
/// failing</c>.</summary>
internal sealed partial class MochaOutput : TestProgram
{
    private bool _isSummary;

    public override void Read(string line)
    {
        if (Passing.Match(line) is { Success: true } passing)
        {
            _isSummary = true;
            Add(new TestCounts(passing.Groups[1].Number(), 0, 0));
        }
        else if (_isSummary && Other.Match(line) is { Success: true } other)
        {
            int count = other.Groups[1].Number();
            Add(other.Groups[2].Value == "failing" ? new TestCounts(0, count, 0) : new TestCounts(0, 0, count));
        }
        else
        {
            _isSummary = false;
        }
    }

    [GeneratedRegex(@"^\s*([0-9]{1,7}) passing(?: \([0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)\))?$")]
    private static partial Regex Passing { get; }

    [GeneratedRegex(@"^\s*([0-9]{1,7}) (failing|pending)$")]
    private static partial Regex Other { get; }
}
