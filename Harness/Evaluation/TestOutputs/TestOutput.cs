using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>
/// Counts tests in the output of a runner, piece by piece as it comes, so that no part of a long one is missed. Only whole summary lines of
/// known test programs count, never a number somewhere in a log line; several sessions in one output are added up. Keeps one line at most.
/// </summary>
internal sealed partial class TestOutput
{
    /// <summary>No summary line of any test program has more bytes; longer lines are data.</summary>
    private const int MaxLineBytes = 1000;

    private readonly byte[] _line = new byte[MaxLineBytes];
    private readonly TestProgram[] _programs =
    [
        new UnittestOutput(),
        new PytestOutput(),
        new JestOutput(),
        new VitestOutput(),
        new MochaOutput(),
        new NodeTestOutput(),
        new GoOutput(),
        new CargoOutput(),
    ];
    private int _length;
    private bool _isOverwritten;

    /// <summary>The counts of all sessions in an output; null if there is no summary of a known test program.</summary>
    public static TestCounts? Count(string output)
    {
        var count = new TestOutput();
        count.Read(Encoding.UTF8.GetBytes(output));
        return count.Finish();
    }

    /// <summary>Takes the next piece. A terminal's view is taken: of a line that was overwritten the last version.</summary>
    public void Read(ReadOnlySpan<byte> piece)
    {
        foreach (byte one in piece)
        {
            if (one == (byte)'\n')
                EndLine();
            else if (one == (byte)'\r')
                _isOverwritten = true;
            else
                Append(one);
        }
    }

    /// <summary>The counts, when all has been read; null if there was no summary of a known test program.</summary>
    public TestCounts? Finish()
    {
        EndLine();
        TestCounts? all = null;
        foreach (TestCounts counts in _programs.Select(program => program.Counts).OfType<TestCounts>())
            all = all?.Plus(counts) ?? counts;
        return all;
    }

    private void Append(byte one)
    {
        if (_isOverwritten)
            (_length, _isOverwritten) = (0, false);
        if (_length < MaxLineBytes)
            _line[_length] = one;
        if (_length <= MaxLineBytes)
            _length++;
    }

    private void EndLine()
    {
        if (_length <= MaxLineBytes)
        {
            string line = Encoding.UTF8.GetString(_line, 0, _length);
            if (line.Contains('\e'))
                line = ControlSequence.Replace(line, "");
            foreach (TestProgram program in _programs)
                program.Read(line);
        }
        (_length, _isOverwritten) = (0, false);
    }

    [GeneratedRegex(@"\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\)|[@-Z\\-_])")]
    private static partial Regex ControlSequence { get; }
}

/// <summary>Reads numbers out of summary lines.</summary>
internal static class SummaryLine
{
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
}
