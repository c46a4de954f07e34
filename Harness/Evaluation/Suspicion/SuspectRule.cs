using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.Suspicion;

/// <summary>Something in a patch that a person should look at before a passing verdict is believed.</summary>
/// <param name="Name">As records hold it.</param>
/// <param name="Files">The paths that it is about, as a pattern; case does not matter.</param>
/// <param name="Lines">What an added line holds; null where adding or changing the file is enough.</param>
/// <param name="Why">What such code can do to the tests.</param>
internal sealed record SuspectRule(string Name, string Files, string? Lines, string Why)
{
    // Patches are the agents' to write: the time is linear in their length.
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private readonly Regex _files = new(Files, Linear | RegexOptions.IgnoreCase);
    private readonly Regex? _lines = Lines is null ? null : new Regex(Lines, Linear);
    private Regex? _except;
    private Regex? _firstLine;

    /// <summary>Paths that the rule is not about, although <see cref="Files"/> says so; null for none.</summary>
    public string? Except
    {
        get;
        init => (field, _except) = (value, value is null ? null : new Regex(value, Linear | RegexOptions.IgnoreCase));
    }

    /// <summary>A first line that makes a file be one of the rule's whatever its path; null for none.</summary>
    public string? FirstLine
    {
        get;
        init => (field, _firstLine) = (value, value is null ? null : new Regex(value, Linear));
    }

    /// <summary>The lines that are not looked at; null looks at all.</summary>
    public SuspectComment? Comment { get; init; }

    /// <summary>Whether it is about symbolic links alone.</summary>
    public bool OfLinks { get; init; }

    /// <summary>Whether the file as a whole is what the rule is about.</summary>
    public bool IsOfFile => _lines is null;

    /// <param name="path">The file's.</param>
    /// <param name="firstLine">Of the file; null where the patch does not add it.</param>
    /// <param name="isLink">Whether it is a symbolic link.</param>
    public bool IsAbout(string path, string? firstLine, bool isLink) => (isLink || !OfLinks)
        && (_files.IsMatch(path) || (firstLine is not null && _firstLine?.IsMatch(firstLine) == true)) && _except?.IsMatch(path) != true;

    /// <summary>Where in an added line stands what the rule looks for, from 0; null if it does not.</summary>
    public int? Find(string line) =>
        Comment?.Is(line) != true && _lines?.Match(line) is { Success: true } match
            ? match.Index : null;
}
