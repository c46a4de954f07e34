using System.Text;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>What two agents both write at a place where both have something to do, so that a merge finds the same on either side.</summary>
/// <param name="Path">The file.</param>
/// <param name="Place">The place; what either had planned there is left out.</param>
/// <param name="Edits">What is written instead.</param>
internal sealed record CommonText(string Path, Place Place, IReadOnlyList<Edit> Edits)
{
    /// <summary>A patch with this text in place of its own.</summary>
    /// <param name="patch">The patch.</param>
    /// <param name="file">The file's entry, for the case that the patch leaves it alone.</param>
    public PatchText PutInto(PatchText patch, FilePatch file)
    {
        FilePatch at = patch.Find(Path) ?? file with { Hunks = [] };
        return patch.With(Path, at.WithEdits([.. at.Edits.Where(edit => !edit.Place.Touches(Place)), .. Edits]));
    }
}

/// <summary>A question with the text to write in common, exactly: it travels in the message, and is taken from there.</summary>
internal sealed partial record Proposal(IReadOnlyList<CommonText> Texts)
{
    private const string Opening =
        "Question: we both work at these places. May we both write exactly this there, so that our changes merge?";

    /// <summary>The proposal of somebody who has counted wrong.</summary>
    public Proposal Shifted(int lines) => new([.. Texts.Select(text => text with
    {
        Place = new Place(text.Place.From + lines, text.Place.To + lines),
        Edits = [.. text.Edits.Select(edit => edit with { Line = edit.Line + lines })],
    })]);

    public string ToMessage()
    {
        var message = new StringBuilder(Opening).Append('\n');
        foreach (CommonText text in Texts)
        {
            message.Append('`').Append(text.Path).Append("`, ").Append(PlaceText.Write(text.Place)).Append(":\n```diff\n");
            foreach (Hunk hunk in text.Edits.Select(edit => edit.ToHunk(shift: 0)))
                message.AppendJoin('\n', hunk.Lines.Prepend(hunk.Head)).Append('\n');
            message.Append("```\n");
        }
        return message.ToString().TrimEnd();
    }

    /// <summary>Reads a proposal from a message; null if it is none.</summary>
    public static Proposal? TryParse(string message) => !message.StartsWith(Opening, StringComparison.Ordinal)
        ? null : new Proposal([.. TextPattern().Matches(message + "\n").Select(match =>
    {
        string path = match.Groups["path"].Value;
        PatchText patch = PatchText.Parse($"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n{match.Groups["diff"].Value}");
        return new CommonText(path, PlaceText.ReadAll(match.Groups["place"].Value)[0], patch.Files[0].Edits);
    })]);

    [GeneratedRegex(@"^`(?<path>[^`\n]+)`, (?<place>.+):\n```diff\n(?<diff>(?:[-+@\\].*\n)+)```\n", RegexOptions.Multiline)]
    private static partial Regex TextPattern();
}
