using System.Globalization;
using System.Xml;

namespace Tandem.Cli.Testing;

/// <summary>How many tests ended how.</summary>
/// <param name="Passed">Green.</param>
/// <param name="Failed">Red, or neither green nor skipped.</param>
/// <param name="Skipped">Not run, with a reason.</param>
internal sealed record TestCounts(long Passed, long Failed, long Skipped)
{
    public static TestCounts None { get; } = new(0, 0, 0);

    /// <summary>The line that readers and scripts look for: <c>12 passed, 0 failed, 3 skipped</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed, {Skipped} skipped");

    public static TestCounts operator +(TestCounts left, TestCounts right) =>
        new(left.Passed + right.Passed, left.Failed + right.Failed, left.Skipped + right.Skipped);

    /// <summary>Counts tests that were not read from a file.</summary>
    public static TestCounts Of(IReadOnlyList<TrxTest> tests) => new(tests.Count(test => test.Outcome == TrxOutcome.Passed),
        tests.Count(test => test.Outcome == TrxOutcome.Failed), tests.Count(test => test.Outcome == TrxOutcome.NotExecuted));

    /// <summary>Sums the trx files of a folder and its subfolders.</summary>
    /// <param name="folder">The folder; one that is not there holds none.</param>
    /// <param name="faults">Gets a sentence for each file that cannot be read to its end, as one of a test host that was killed.</param>
    public static TestCounts OfFolder(string folder, ICollection<string> faults)
    {
        TestCounts sum = None;
        foreach (string file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.trx", SearchOption.AllDirectories) : [])
        {
            try
            {
                using FileStream stream = File.OpenRead(file);
                sum += OfTrx(stream);
            }
            catch (XmlException exception)
            {
                faults.Add($"{file} cannot be read: {exception.Message}");
            }
        }
        return sum;
    }

    /// <summary>Counts the results of one trx file one by one: its own counters leave skipped tests out.</summary>
    /// <exception cref="XmlException">It is no whole XML document.</exception>
    public static TestCounts OfTrx(Stream stream)
    {
        using var reader = XmlReader.Create(stream);
        TestCounts counts = None;
        while (reader.Read())
        {
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "UnitTestResult")
            {
                counts = reader.GetAttribute("outcome") switch
                {
                    "Passed" => counts with { Passed = counts.Passed + 1 },
                    "NotExecuted" => counts with { Skipped = counts.Skipped + 1 },
                    _ => counts with { Failed = counts.Failed + 1 },
                };
            }
        }
        return counts;
    }
}
