using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;

namespace Tandem.Harness.Judging.Rules;

/// <summary>Passages of the evidence that rules quote.</summary>
internal static class Passages
{
    /// <summary>The first line with something in it, whole; null if there is none.</summary>
    public static string? FirstLine(string text) => Line(text, static line => !string.IsNullOrWhiteSpace(line));

    /// <summary>The first line that a rule picks, whole; null if there is none.</summary>
    public static string? Line(string text, Predicate<string> picks) =>
        text.Split('\n').FirstOrDefault(line => !string.IsNullOrWhiteSpace(line) && picks(line));

    /// <summary>The texts of a part.</summary>
    public static IEnumerable<EvidenceBlock> Of(Evidence evidence, EvidencePart part) =>
        evidence.Sections.Where(section => section.Part == part).SelectMany(section => section.Blocks)
            .Where(block => block.Text.Length > 0);
}
