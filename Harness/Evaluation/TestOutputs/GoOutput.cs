using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>
/// Go: with <c>-v</c> each test's line (<c>--- PASS: TestA (0.00s)</c>, subtests too), else the packages' lines (<c>ok  pkg  0.01s</c>).
/// A package in which no test was selected counts for nothing.
/// </summary>
internal static partial class GoOutput
{
    public static IEnumerable<TestCounts> Sessions(IReadOnlyList<string> lines)
    {
        string[] tests = [.. lines.Select(line => Test.Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        string[] packages = [.. lines.Select(line => Package.Match(line)).Where(match => match.Success)
            .Select(match => match.Groups["idle"].Success ? "idle" : match.Groups["verdict"].Value)];
        if (tests.Length == 0 && packages.Length == 0)
            yield break;

        // Without -v only failing tests are named: the packages say what passed. A package that does not build names no test at all.
        bool isVerbose = tests.Any(verdict => verdict is "PASS" or "SKIP");
        int failed = Math.Max(tests.Count(verdict => verdict == "FAIL"), packages.Count(verdict => verdict == "FAIL"));
        yield return isVerbose
            ? new TestCounts(tests.Count(verdict => verdict == "PASS"), failed, tests.Count(verdict => verdict == "SKIP"))
            : new TestCounts(packages.Count(verdict => verdict == "ok"), failed, null);
    }

    [GeneratedRegex(@"^\s*--- (PASS|FAIL|SKIP): \S+ \([0-9]+(?:\.[0-9]+)?s\)$")]
    private static partial Regex Test { get; }

    [GeneratedRegex(
        @"^((?<verdict>ok)\s+\S+\s+([0-9]+(\.[0-9]+)?s|\(cached\))(\s+coverage: .*?)?(?<idle>\s+\[no tests to run\])?"
        + @"|(?<verdict>FAIL)\s+\S+\s+([0-9]+(\.[0-9]+)?s|\[(build|setup) failed\]))$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Package { get; }
}
