using System.Text;
using Tandem.Harness.Evaluation.Patches;
using Tandem.Records.Runs;
using Tandem.Records.Text;

namespace Tandem.Harness.Evaluation.Suspicion;

/// <summary>Marks passing verdicts that a person should look at. It never changes one.</summary>
internal static class Suspects
{
    private const int MostOfARulePerFile = 3;
    private const int ExcerptBefore = 40;

    /// <summary>The marks of what the tests ran on.</summary>
    /// <param name="diff">The tested difference, as git wrote it.</param>
    public static IEnumerable<SuspectMark> InPatch(ReadOnlyMemory<byte> diff) => PatchSection.Read(diff).SelectMany(InSection);

    /// <summary>The mark of a patch that touched protected paths in a form which only git could read.</summary>
    public static IEnumerable<SuspectMark> OfEscaped(IEnumerable<PatchOmission> escaped) => escaped
        .Where(omission => omission.Reason is OmissionReason.TestFile or OmissionReason.TestsPatch)
        .Select(omission => new SuspectMark(SuspectMark.PathRule) { File = PrintableText.Of(omission.Path) });

    /// <summary>The mark of a count that is not gold's; null where it may be. A library can bring a test or two of its own.</summary>
    /// <param name="featureId">The feature.</param>
    /// <param name="got">Tests that passed.</param>
    /// <param name="gold">Tests that pass with the gold patch; null where that is not known.</param>
    public static SuspectMark? OfCounts(int featureId, int? got, int? gold) =>
        got is int passed && gold is int expected && (passed < expected || passed > 2L * expected + 10)
            ? new SuspectMark(SuspectMark.CountsRule) { FeatureId = featureId, Got = passed, Gold = expected } : null;

    /// <summary>No more marks than a record has.</summary>
    public static IReadOnlyList<SuspectMark> Bounded(IEnumerable<SuspectMark> marks) => [.. marks.Take(SuspectMark.Most)];

    private static IEnumerable<SuspectMark> InSection(PatchSection section)
    {
        if (section.Paths.Count == 0)
            yield break;
        string shown = PrintableText.Of(section.Paths[^1]);
        AddedLine[] lines = [.. AddedLine.Of(section)];
        string? first = lines is [{ Number: 1 } begin, ..] ? begin.Text : null;
        SuspectRule[] rules = [.. SuspectRules.All.Where(rule => section.Paths.Any(path => rule.IsAbout(path, first, section.IsLink)))];
        foreach (SuspectRule rule in rules.Where(rule => rule.IsOfFile))
            yield return new SuspectMark(rule.Name) { File = shown };
        var found = new Dictionary<SuspectRule, int>();
        SuspectRule[] ofLines = [.. rules.Where(rule => !rule.IsOfFile)];
        // A line of several says only what its parts did not.
        IEnumerable<(AddedLine, int)> looked =
            lines.Select(line => (line, MostOfARulePerFile)).Concat(Joined(lines).Select(line => (line, 1)));
        foreach ((AddedLine line, int most) in looked)
        {
            foreach (SuspectRule rule in ofLines)
            {
                if (found.GetValueOrDefault(rule) < most && rule.Find(line.Text) is int at)
                {
                    found[rule] = found.GetValueOrDefault(rule) + 1;
                    yield return new SuspectMark(rule.Name) { File = shown, Line = line.Number, Excerpt = ExcerptOf(line.Text, at) };
                }
            }
        }
    }

    /// <summary>The lines that a backslash at their end makes one, with the number of the first.</summary>
    private static IEnumerable<AddedLine> Joined(AddedLine[] lines)
    {
        var text = new StringBuilder();
        for (int i = 0, first = 0; i < lines.Length; i++)
        {
            bool goesOn = lines[i].Text.EndsWith('\\') && i + 1 < lines.Length && lines[i + 1].Number == lines[i].Number + 1;
            if (text.Length == 0)
                first = lines[i].Number;
            if (goesOn)
            {
                text.Append(lines[i].Text.AsSpan()[..^1]);
                // A line of a backslash only is a part too.
                if (text.Length == 0)
                    text.Append(' ');
            }
            else if (text.Length > 0)
            {
                yield return new AddedLine(first, text.Append(lines[i].Text).ToString());
                text.Clear();
            }
        }
    }

    private static string ExcerptOf(string line, int at)
    {
        int from = line.Length <= SuspectMark.MostExcerpt ? 0 : Math.Max(0, at - ExcerptBefore);
        int to = Math.Min(line.Length, from + SuspectMark.MostExcerpt);
        // No half of a pair stays, which JSON could not hold.
        from += from > 0 && char.IsLowSurrogate(line[from]) ? 1 : 0;
        to -= to < line.Length && char.IsLowSurrogate(line[to]) ? 1 : 0;
        return PrintableText.Of(line[from..to].Trim().ReplaceLineEndings(" "));
    }
}
