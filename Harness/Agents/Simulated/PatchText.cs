using System.Text;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>A patch of git's, taken apart into files.</summary>
/// <param name="Files">In the patch's order.</param>
internal sealed record PatchText(IReadOnlyList<FilePatch> Files)
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static PatchText Empty { get; } = new([]);

    /// <summary>The names of functions and classes whose text it changes or removes; those that it only adds are not among them.</summary>
    public IReadOnlySet<string> ChangedNames =>
        Files.SelectMany(file => file.Edits).SelectMany(edit => edit.ChangedNames).ToHashSet(StringComparer.Ordinal);

    /// <summary>The names of functions, classes and variables that it brings in.</summary>
    public IReadOnlySet<string> DefinedNames =>
        Files.SelectMany(file => file.Edits).SelectMany(edit => edit.DefinedNames).ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads a patch file, which must be UTF-8.</summary>
    /// <exception cref="DecoderFallbackException">It is not.</exception>
    public static PatchText Read(string path) => Parse(s_utf8.GetString(File.ReadAllBytes(path)));

    /// <summary>Takes a patch apart; text before its first file is dropped.</summary>
    public static PatchText Parse(string text)
    {
        var files = new List<List<string>>();
        foreach (string line in text.Split('\n')[..^(text.EndsWith('\n') ? 1 : 0)])
        {
            if (line.StartsWith("diff --git ", StringComparison.Ordinal))
                files.Add([]);
            if (files.Count > 0)
                files[^1].Add(line);
        }
        return new PatchText([.. files.Select(FilePatch.Parse)]);
    }

    /// <summary>What the patch does to a file; null if it leaves it alone.</summary>
    public FilePatch? Find(string path) => Files.FirstOrDefault(file => file.Path == path);

    /// <summary>The patch without one of its files, with another in its place, or with one more.</summary>
    public PatchText With(string path, FilePatch? file)
    {
        FilePatch[] kept = [.. Files.Select(f => f.Path == path ? file : f).OfType<FilePatch>()];
        return new PatchText(file is null || Find(path) is not null ? kept : [.. kept, file]);
    }
}

/// <summary>What a patch does to one file.</summary>
/// <param name="Path">The file, as it is called afterwards; before, if it is deleted.</param>
/// <param name="Header">The lines before the first hunk.</param>
/// <param name="Hunks">None for a binary file, a change of mode, or a file that is only renamed.</param>
/// <param name="IsExact">Whether its hunks have no context, so that only their line numbers say where they belong.</param>
internal sealed record FilePatch(string Path, IReadOnlyList<string> Header, IReadOnlyList<Hunk> Hunks, bool IsExact = false)
{
    public bool IsNew => Header.Any(line => line.StartsWith("new file mode ", StringComparison.Ordinal));

    public bool IsDeleted => Header.Any(line => line.StartsWith("deleted file mode ", StringComparison.Ordinal));

    /// <summary>Whether it is text for people only.</summary>
    public bool IsDocument => System.IO.Path.GetExtension(Path) is ".md" or ".rst" or ".txt";

    public IReadOnlyList<Edit> Edits => [.. Hunks.SelectMany(hunk => hunk.Edits)];

    public int Added => Edits.Sum(edit => edit.Added.Count);

    public int Removed => Edits.Sum(edit => edit.Removed.Count);

    public static FilePatch Parse(List<string> lines)
    {
        int[] starts = [.. Enumerable.Range(0, lines.Count).Where(i => lines[i].StartsWith("@@ ", StringComparison.Ordinal))];
        IReadOnlyList<string> header = lines[..(starts.Length > 0 ? starts[0] : lines.Count)];
        return new FilePatch(PathOf(header), header,
            [.. starts.Select((start, i) => Hunk.Parse(lines[start..(i + 1 < starts.Length ? starts[i + 1] : lines.Count)]))]);
    }

    /// <summary>A file that is not changed yet.</summary>
    public static FilePatch Empty(string path) => new(path, [$"diff --git a/{path} b/{path}", $"--- a/{path}", $"+++ b/{path}"], []);

    /// <summary>The same file with other edits, as hunks without context.</summary>
    public FilePatch WithEdits(IEnumerable<Edit> edits)
    {
        var hunks = new List<Hunk>();
        int shift = 0;
        foreach (Edit edit in edits.OrderBy(edit => edit.Line))
        {
            hunks.Add(edit.ToHunk(shift));
            shift += edit.Added.Count - edit.Removed.Count;
        }
        return this with { Hunks = hunks, IsExact = true };
    }

    public override string ToString() =>
        string.Concat(Header.Concat(Hunks.SelectMany(hunk => hunk.Lines.Prepend(hunk.Head))).Select(line => line + "\n"));

    private static string PathOf(IReadOnlyList<string> header)
    {
        string? named = header.FirstOrDefault(line => line.StartsWith("+++ b/", StringComparison.Ordinal))
            ?? header.FirstOrDefault(line => line.StartsWith("--- a/", StringComparison.Ordinal));
        // Without hunks there is no such line; git then writes the name twice, "a/NAME b/NAME".
        return named is not null ? named["+++ b/".Length..].TrimEnd('\t')
            : header[0][(header[0].IndexOf(" b/", StringComparison.Ordinal) + 3)..];
    }
}
