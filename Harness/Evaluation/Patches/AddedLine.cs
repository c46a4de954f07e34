using System.Globalization;
using System.Text;

namespace Tandem.Harness.Evaluation.Patches;

/// <summary>A line that a difference adds.</summary>
/// <param name="Number">In the file as it is afterwards, from 1.</param>
/// <param name="Text">Without its end.</param>
internal readonly record struct AddedLine(int Number, string Text)
{
    /// <summary>The lines that a section of git's own making adds; none of a binary file.</summary>
    public static IEnumerable<AddedLine> Of(PatchSection section)
    {
        int number = 0;
        foreach (string line in Encoding.UTF8.GetString(section.Bytes.Span).Split('\n'))
        {
            if (line.StartsWith("@@ -", StringComparison.Ordinal))
            {
                number = BeginOf(line);
            }
            else if (number > 0 && line.StartsWith('+'))
            {
                yield return new AddedLine(number++, line[1..].TrimEnd('\r'));
            }
            else if (number > 0 && !line.StartsWith('-') && !line.StartsWith('\\'))
            {
                number++;
            }
        }
    }

    /// <summary><c>@@ -1,2 +3,4 @@</c>: 3.</summary>
    private static int BeginOf(string hunk)
    {
        ReadOnlySpan<char> added = hunk.AsSpan(hunk.IndexOf('+', StringComparison.Ordinal) + 1);
        int end = added.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? added : added[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int begin)
            ? Math.Max(1, begin) : 1;
    }
}
