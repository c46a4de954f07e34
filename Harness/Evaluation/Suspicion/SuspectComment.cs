using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.Suspicion;

/// <summary>Lines that run nothing.</summary>
/// <param name="Begin">Their beginning, behind blanks.</param>
/// <param name="Ends">What such a line may not hold, as a pattern: it ends a text of several lines, in which the beginning means nothing,
/// and what stands behind it is run.</param>
internal sealed record SuspectComment(string Begin, string Ends)
{
    private readonly Regex _ends = new(Ends, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public bool Is(string line) => line.AsSpan().TrimStart().StartsWith(Begin) && !_ends.IsMatch(line);
}
