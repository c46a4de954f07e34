using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>Python's unittest: <c>Ran 4 tests in 0.001s</c>, and below it <c>FAILED (failures=1, skipped=1)</c>.</summary>
internal sealed partial class UnittestOutput : TestProgram
{
    /// <summary>How many lines may lie between the two: an empty one, and what another thread or process printed.</summary>
    private const int MaxDistance = 5;

    private int _ran;
    private int _distanceLeft;

    public override void Read(string line)
    {
        if (Ran.Match(line) is { Success: true } ran)
        {
            (_ran, _distanceLeft) = (ran.Groups[1].Number(), MaxDistance);
        }
        else if (_distanceLeft > 0)
        {
            _distanceLeft--;
            if (VerdictLine.Match(line) is not { Success: true } verdict)
                return;
            _distanceLeft = 0;
            Add(Session(_ran, verdict));
        }
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
