using System.Text.RegularExpressions;
using Tandem.Harness.Evaluation.TestOutputs;

namespace Tandem.Harness.Tests.Docs;

/// <summary>TAP: <c># pass 3</c>, <c># fail 1</c>, in this order.</summary>
internal static partial class TapOutput
{
    public static IEnumerable<TestCounts> Sessions(IReadOnlyList<string> lines) =>
        from pair in lines.Zip(lines.Skip(1))
        let passed = Pass.Match(pair.First)
        let failed = Fail.Match(pair.Second)
        where passed.Success && failed.Success
        select new TestCounts(passed.Groups[1].Number(), failed.Groups[1].Number(), null);

    [GeneratedRegex("^# pass ([0-9]{1,7})$")]
    private static partial Regex Pass { get; }

    [GeneratedRegex("^# fail ([0-9]{1,7})$")]
    private static partial Regex Fail { get; }
}
