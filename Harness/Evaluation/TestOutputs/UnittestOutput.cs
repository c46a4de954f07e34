using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Python's unittest: <c>Ran 4 tests in 0.001s</c>, and below it <c>FAILED (failures=1, skipped=1)</c>.</summary>
internal static partial class UnittestOutput
{
    /// <summary>How many lines may lie between the two: an empty one, and what another thread or process printed.</summary>
    private const int MaxDistance = 5;

    public static IEnumerable<TestCounts> Sessions(IReadOnlyList<string> lines)
    {
        for (int i = 0; i < lines.Count; i++)
        {
            if (Ran.Match(lines[i]) is { Success: true } ran && Verdict(lines, i + 1) is Match verdict)
                yield return Session(ran.Groups[1].Number(), verdict);
        }
    }

    private static Match? Verdict(IReadOnlyList<string> lines, int from)
    {
        for (int i = from; i < Math.Min(from + MaxDistance, lines.Count) && !Ran.IsMatch(lines[i]); i++)
        {
            if (VerdictLine.Match(lines[i]) is { Success: true } verdict)
                return verdict;
        }
        return null;
    }

    /// <summary>An expected failure is neither a pass nor a failure. Errors in the set-up of a class or module are not among the tests that
    /// ran, hence the lower bound.</summary>
    private static TestCounts Session(int ran, Match verdict)
    {
        int failed = verdict.CountOf("failures") + verdict.CountOf("errors") + verdict.CountOf("unexpected successes");
        int skipped = verdict.CountOf("skipped");
        return new TestCounts(Math.Max(0, ran - failed - skipped - verdict.CountOf("expected failures")), failed, skipped);
    }

    [GeneratedRegex(@"^Ran ([0-9]{1,7}) tests? in [0-9]+(?:\.[0-9]+)?s$")]
    private static partial Regex Ran { get; }

    [GeneratedRegex(@"^(?:OK|FAILED|NO TESTS RAN)(?: \((?:(?<what>[a-z]+(?: [a-z]+)?)=(?<count>[0-9]{1,7})(?:, )?)+\))?$")]
    private static partial Regex VerdictLine { get; }
}
