using Tandem.Records.Text;

namespace Tandem.Analysis.Importing;

/// <summary>Something in upstream's files that could not be taken as it stands.</summary>
/// <param name="File">Relative to the folder that is imported, with '/'.</param>
/// <param name="What">What is the matter, and what was done about it.</param>
internal sealed record ImportWarning(string File, string What)
{
    /// <summary><c>file: what</c>.</summary>
    public override string ToString() => $"{File}: {What}";
}

internal sealed class ImportWarnings
{
    private const int MostCharacters = 300;

    private readonly List<ImportWarning> _all = [];

    public IReadOnlyList<ImportWarning> All => _all;

    public void Add(string file, string what) => _all.Add(new ImportWarning(Printable(file), Printable(what)));

    // One warning is one line, also in the file that keeps them.
    private static string Printable(string text) =>
        PrintableText.Of(text.Length <= MostCharacters ? text : text[..MostCharacters] + "...").Replace('\n', ' ').Replace('\r', ' ')
            .Replace('\t', ' ');
}
