using Tandem.Analysis.Markup;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>A patch in colours. Signs stay at the begin of each line, so that it reads without them, too.</summary>
internal static class DiffView
{
    public static void Write(HtmlWriter html, Excerpt patch)
    {
        html.Add($"<pre class=diff tabindex=0>");
        patch.Write(html, WriteLines);
        html.Add($"</pre>");
    }

    /// <summary>What a patch changes: files, lines added, lines removed; of what is shown of it.</summary>
    public static (int Files, int Added, int Removed) Count(Excerpt patch)
    {
        (int files, int added, int removed) = (0, 0, 0);
        foreach (string part in new[] { patch.Head, patch.Tail })
        {
            bool isHunk = false;
            foreach (ReadOnlySpan<char> line in part.AsSpan().EnumerateLines())
            {
                switch (KindOf(line, ref isHunk))
                {
                    case Kind.File when line.StartsWith("diff --git "):
                        files++;
                        break;
                    case Kind.Added:
                        added++;
                        break;
                    case Kind.Removed:
                        removed++;
                        break;
                }
            }
        }
        return (files, added, removed);
    }

    private static void WriteLines(HtmlWriter html, string text)
    {
        bool isHunk = false;
        Kind? open = null;
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            int end = rest.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? rest : rest[..(end + 1)];
            rest = rest[line.Length..];
            Kind kind = KindOf(line, ref isHunk);
            // Lines of a kind share their element: half the size of a page full of patches.
            if (kind != open)
            {
                if (open is not null and not Kind.Context)
                    html.Add($"</span>");
                switch (kind)
                {
                    case Kind.File:
                        html.Add($"<span class=f>");
                        break;
                    case Kind.Hunk:
                        html.Add($"<span class=h>");
                        break;
                    case Kind.Added:
                        html.Add($"<span class=a>");
                        break;
                    case Kind.Removed:
                        html.Add($"<span class=d>");
                        break;
                }
                open = kind;
            }
            html.AddText(line);
        }
        if (open is not null and not Kind.Context)
            html.Add($"</span>");
    }

    // Within a hunk a line "--- x" is a removed one.
    private static Kind KindOf(ReadOnlySpan<char> line, ref bool isHunk)
    {
        if (line.StartsWith("diff --git "))
        {
            isHunk = false;
            return Kind.File;
        }
        if (line.StartsWith("@@"))
        {
            isHunk = true;
            return Kind.Hunk;
        }
        if (!isHunk)
            return Kind.File;
        return line.Length == 0 ? Kind.Context : line[0] switch
        {
            '+' => Kind.Added,
            '-' => Kind.Removed,
            _ => Kind.Context,
        };
    }

    private enum Kind
    {
        Context,
        File,
        Hunk,
        Added,
        Removed,
    }
}
