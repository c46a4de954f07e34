using System.Buffers;
using System.Text;
using Tandem.Harness.Evaluation.Patches;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>A patch as it is graded.</summary>
/// <param name="Content">Its bytes; empty if nothing but white space is left.</param>
/// <param name="Dropped">The paths of the sections that are not in it.</param>
internal sealed record GradedPatch(ReadOnlyMemory<byte> Content, IReadOnlyList<PatchOmission> Dropped);

/// <summary>
/// Makes the graded patch of a raw one: sections of test files, of caches and of references to other repositories are dropped, so that
/// they do not stand in the way of the task's tests or of another agent's patch. All other bytes stay as they are.
/// </summary>
internal static class PatchFilter
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n\v\f"u8);

    /// <summary>Whether a patch holds nothing but white space.</summary>
    public static bool IsBlank(ReadOnlyMemory<byte> patch) => patch.Span.IndexOfAnyExcept(WhiteSpace) < 0;

    /// <summary>Drops what is no part of an agent's graded work, and ends the rest with a line feed. Text before the first section stays
    /// if a section does, and so does a patch without sections.</summary>
    /// <param name="raw">The patch as the agent left it.</param>
    /// <param name="tests">What the case's tests bring.</param>
    public static GradedPatch Grade(ReadOnlyMemory<byte> raw, DroppedPaths tests)
    {
        GradedPatch graded = Grade(raw, PatchSection.Read(raw), section => ReasonOf(section, tests));
        // What stands before the first section is no patch by itself.
        return graded.Dropped.Count > 0 && !PatchSection.Read(graded.Content).Any() ? graded with { Content = default } : graded;
    }

    /// <summary>The graded patch as it was made before caches and the tests' patches were looked at: by upstream's rule alone.</summary>
    public static GradedPatch GradeByNames(ReadOnlyMemory<byte> raw) =>
        Grade(raw, PatchSection.ReadGit(raw), section => NamesTestFile(section.Header.Span) ? OmissionReason.TestFile : null);

    private static GradedPatch Grade(ReadOnlyMemory<byte> raw, IEnumerable<PatchSection> all, Func<PatchSection, OmissionReason?> reasonOf)
    {
        PatchSection[] sections = [.. all];
        var kept = new List<ReadOnlyMemory<byte>> { raw[..(raw.Length - sections.Sum(section => section.Bytes.Length))] };
        var dropped = new List<PatchOmission>();
        foreach (PatchSection section in sections)
        {
            if (reasonOf(section) is not OmissionReason reason)
                kept.Add(section.Bytes);
            else
                dropped.AddRange(section.Paths.Select(path =>
                    new PatchOmission(reason == OmissionReason.Cache ? CacheFolders.Find(path) ?? path : path, reason)));
        }
        bool isWhole = kept.Count == sections.Length + 1;
        return new GradedPatch(EndWithLineFeed(isWhole ? raw : Join(kept)), PatchOmission.Bounded(dropped));
    }

    private static OmissionReason? ReasonOf(PatchSection section, DroppedPaths tests) =>
        section.IsGitlink ? OmissionReason.Gitlink
        : NamesTestFile(section.Header.Span) || section.Paths.Any(path => NamesTestFile(Encoding.UTF8.GetBytes("/" + path)))
        ? OmissionReason.TestFile
        : tests.Hold(section) ? OmissionReason.TestsPatch
        : section.Paths.Any(path => CacheFolders.Find(path) is not null) ? OmissionReason.Cache
        : null;

    /// <summary>Upstream's rule: any of these parts anywhere in the header line, in this casing. What a section without that line, or a
    /// rename, touches by other lines is looked at too.</summary>
    private static bool NamesTestFile(ReadOnlySpan<byte> header) =>
        header.IndexOf("/test_"u8) >= 0
        || header.IndexOf("/tests/"u8) >= 0
        || header.IndexOf("_test.py"u8) >= 0
        || header.IndexOf("/test/"u8) >= 0
        || header.IndexOf("tests.py"u8) >= 0;

    private static byte[] Join(List<ReadOnlyMemory<byte>> parts)
    {
        byte[] joined = new byte[parts.Sum(part => part.Length)];
        int at = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.CopyTo(joined.AsMemory(at));
            at += part.Length;
        }
        return joined;
    }

    private static ReadOnlyMemory<byte> EndWithLineFeed(ReadOnlyMemory<byte> patch)
    {
        if (IsBlank(patch))
            return default;
        if (patch.Span[^1] == (byte)'\n')
            return patch;
        byte[] ended = new byte[patch.Length + 1];
        patch.CopyTo(ended);
        ended[^1] = (byte)'\n';
        return ended;
    }
}
