using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>What becomes of a file.</summary>
internal enum FileFate
{
    Changed,
    New,
    Deleted,
}

/// <summary>What somebody is going to do to a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Fate">What becomes of it.</param>
/// <param name="Places">Where it is changed.</param>
internal sealed record PlannedFile(string Path, FileFate Fate, IReadOnlyList<Place> Places);

/// <summary>What one agent writes to the other about its work: files and lines, and the names of what it changes. It is written as a
/// message that people can read, and read from it again.</summary>
/// <param name="Files">In the patch's order.</param>
/// <param name="Names">Functions and classes that will not be as they were.</param>
internal sealed partial record WorkPlan(IReadOnlyList<PlannedFile> Files, IReadOnlySet<string> Names)
{
    private const string NamesStart = "This changes ";

    public static WorkPlan Of(PatchText patch) => new(
        [.. patch.Files.Select(file => new PlannedFile(
            file.Path,
            file.IsNew ? FileFate.New : file.IsDeleted ? FileFate.Deleted : FileFate.Changed,
            file.IsNew || file.IsDeleted ? [] : [.. file.Edits.Select(edit => edit.Place)]))],
        patch.ChangedNames);

    public PlannedFile? Find(string path) => Files.FirstOrDefault(file => file.Path == path);

    /// <summary>The plan of somebody who has counted wrong.</summary>
    public WorkPlan Shifted(int lines) => this with
    {
        Files = [.. Files.Select(file =>
            file with { Places = [.. file.Places.Select(place => new Place(place.From + lines, place.To + lines))] })],
    };

    /// <param name="opening">The first line.</param>
    public string ToMessage(string opening)
    {
        var text = new StringBuilder(opening).Append('\n');
        foreach (PlannedFile file in Files)
        {
            string what = file.Fate switch
            {
                FileFate.New => "new file",
                FileFate.Deleted => "deleted",
                FileFate.Changed => string.Join(", ", file.Places.Select(PlaceText.Write)),
                _ => throw new ArgumentOutOfRangeException(nameof(opening), file.Fate, null),
            };
            text.Append(CultureInfo.InvariantCulture, $"- `{file.Path}`: {what}\n");
        }
        if (Names.Count > 0)
            text.Append(NamesStart).AppendJoin(", ", Names.Order(StringComparer.Ordinal).Select(name => $"`{name}`")).Append('.');
        return text.ToString().TrimEnd();
    }

    /// <summary>Reads a plan from a message; null if there is none in it.</summary>
    public static WorkPlan? TryParse(string message)
    {
        PlannedFile[] files = [.. FilePattern().Matches(message).Select(match => new PlannedFile(
            match.Groups["path"].Value,
            match.Groups["what"].Value switch { "new file" => FileFate.New, "deleted" => FileFate.Deleted, _ => FileFate.Changed },
            PlaceText.ReadAll(match.Groups["what"].Value)))];
        string? names = message.Split('\n').FirstOrDefault(line => line.StartsWith(NamesStart, StringComparison.Ordinal));
        return files.Length == 0 ? null
            : new WorkPlan(files, names is null ? new HashSet<string>()
            : QuotedPattern().Matches(names).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^- `(?<path>[^`\n]+)`: (?<what>.*)$", RegexOptions.Multiline)]
    private static partial Regex FilePattern();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex QuotedPattern();
}

/// <summary>Places as people write them: <c>line 12</c>, <c>lines 12-14</c>, <c>after line 12</c>.</summary>
internal static partial class PlaceText
{
    public static string Write(Place place) => (place.To - place.From) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"after line {place.From - 1}"),
        1 => string.Create(CultureInfo.InvariantCulture, $"line {place.From}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"lines {place.From}-{place.To - 1}"),
    };

    public static IReadOnlyList<Place> ReadAll(string text) => [.. Pattern().Matches(text).Select(match =>
    {
        int first = int.Parse(match.Groups["first"].ValueSpan, CultureInfo.InvariantCulture);
        return match.Groups["after"].Success ? new Place(first + 1, first + 1)
            : match.Groups["last"].Success ? new Place(first, int.Parse(match.Groups["last"].ValueSpan, CultureInfo.InvariantCulture) + 1)
            : new Place(first, first + 1);
    })];

    [GeneratedRegex(@"(?<after>after )?lines? (?<first>\d{1,9})(-(?<last>\d{1,9}))?")]
    private static partial Regex Pattern();
}
