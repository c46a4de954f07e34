namespace Tandem.Records.Text;

/// <summary>A word of a command line as a person types it into a shell.</summary>
public static class ShellWord
{
    /// <summary>The word as it is if a shell takes it for one word; else in single quotes.</summary>
    public static string Quote(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "-_./=:,+@%^".Contains(c, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }
}
