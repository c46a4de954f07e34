using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>
/// Go: with <c>-v</c> each test's line (<c>--- PASS: TestA (0.00s)</c>, subtests too), else the packages' lines (<c>ok  pkg  0.01s</c>).
/// A package in which no test was selected counts for nothing, unlike upstream, where it has passed: whether there was a test to select
/// is asked of the gold patch.
/// </summary>
internal sealed partial class GoOutput : TestProgram
{
    private TestCounts _tests = new(0, 0, 0);
    private TestCounts _packages = new(0, 0, null);
    private bool _isGo;

    // Without -v only failing tests are named: the packages say what passed. A package that does not build names no test at all.
    public override TestCounts? Counts => !_isGo ? null
        : (_tests.Passed > 0 || _tests.Skipped > 0 ? _tests : _packages) with { Failed = Math.Max(_tests.Failed, _packages.Failed) };

    public override void Read(string line)
    {
        if (Test.Match(line) is { Success: true } test)
        {
            _isGo = true;
            _tests = _tests.Plus(test.Groups[1].Value switch
            {
                "PASS" => new TestCounts(1, 0, 0),
                "FAIL" => new TestCounts(0, 1, 0),
                _ => new TestCounts(0, 0, 1),
            });
        }
        else if (Package.Match(line) is { Success: true } package)
        {
            _isGo = true;
            if (!package.Groups["idle"].Success)
                _packages = _packages.Plus(package.Groups["verdict"].Value == "ok" ? new TestCounts(1, 0, null)
                    : new TestCounts(0, 1, null));
        }
    }

    [GeneratedRegex(@"^\s*--- (PASS|FAIL|SKIP): \S+ \([0-9]+(?:\.[0-9]+)?s\)$")]
    private static partial Regex Test { get; }

    [GeneratedRegex(
        @"^((?<verdict>ok)\s+\S+\s+([0-9]+(\.[0-9]+)?s|\(cached\))(\s+coverage: .*?)?(?<idle>\s+\[no tests to run\])?"
        + @"|(?<verdict>FAIL)\s+\S+\s+([0-9]+(\.[0-9]+)?s|\[(build|setup) failed\]))$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Package { get; }
}
