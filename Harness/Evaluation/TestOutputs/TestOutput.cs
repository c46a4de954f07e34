using System.Globalization;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>
/// Counts tests in the output of a runner. Only whole summary lines of known test programs count, never a number somewhere in a log line;
/// several sessions in one output are added up.
/// </summary>
internal static partial class TestOutput
{
    /// <summary>No summary line of any test program is longer; longer lines are data.</summary>
    private const int MaxLineLength = 1000;

    private static readonly Func<IReadOnlyList<string>, IEnumerable<TestCounts>>[] Programs =
    [
        UnittestOutput.Sessions,
        PytestOutput.Sessions,
        JestOutput.Sessions,
        MochaOutput.Sessions,
        GoOutput.Sessions,
        CargoOutput.Sessions,
    ];

    /// <summary>The counts of all sessions in the output; null if there is no summary of a known test program.</summary>
    public static TestCounts? Count(string output)
    {
        List<string> lines = Lines(output);
        TestCounts? all = null;
        foreach (TestCounts session in Programs.SelectMany(sessions => sessions(lines)))
            all = all?.Plus(session) ?? session;
        return all;
    }

    /// <summary>The number beside a word in a summary line, where the pattern's groups <c>what</c> and <c>count</c> repeat for each word; 0
    /// if it does not occur.</summary>
    public static int CountOf(this Match summary, string what)
    {
        for (int i = 0; i < summary.Groups["what"].Captures.Count; i++)
        {
            if (summary.Groups["what"].Captures[i].Value == what)
                return Number(summary.Groups["count"].Captures[i]);
        }
        return 0;
    }

    /// <summary>A number that the pattern bounds to 7 digits.</summary>
    public static int Number(this Capture digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    /// <summary>The lines as a terminal would show them: without colours, and of a line that was overwritten the last version.</summary>
    private static List<string> Lines(string output)
    {
        var lines = new List<string>();
        foreach (Range range in output.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = output.AsSpan(range).TrimEnd('\r');
            line = line[(line.LastIndexOf('\r') + 1)..];
            if (line.Length <= MaxLineLength)
                lines.Add(line.Contains('\e') ? ControlSequence.Replace(line.ToString(), "") : line.ToString());
        }
        return lines;
    }

    [GeneratedRegex(@"\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\)|[@-Z\\-_])")]
    private static partial Regex ControlSequence { get; }
}
