using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Mocha and what imitates it, with or without the time: <c>3 passing (12ms)</c>, and below it <c>1 pending</c> and <c>1
/// failing</c>.</summary>
internal static partial class MochaOutput
{
    public static IEnumerable<TestCounts> Sessions(IReadOnlyList<string> lines)
    {
        bool isSummary = false;
        foreach (string line in lines)
        {
            if (Passing.Match(line) is { Success: true } passing)
            {
                isSummary = true;
                yield return new TestCounts(passing.Groups[1].Number(), 0, 0);
            }
            else if (isSummary && Other.Match(line) is { Success: true } other)
            {
                int count = other.Groups[1].Number();
                yield return other.Groups[2].Value == "failing" ? new TestCounts(0, count, 0) : new TestCounts(0, 0, count);
            }
            else
            {
                isSummary = false;
            }
        }
    }

    [GeneratedRegex(@"^\s*([0-9]{1,7}) passing(?: \([0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)\))?$")]
    private static partial Regex Passing { get; }

    [GeneratedRegex(@"^\s*([0-9]{1,7}) (failing|pending)$")]
    private static partial Regex Other { get; }
}
