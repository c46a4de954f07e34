namespace Tandem.Records.Cases;

/// <summary>Which names may become a path segment of the store: those that mean the same on every file system.</summary>
public static class SafeSegment
{
    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "only letters, digits, '.', '_' and '-', at most 100, not starting with '.' or '-'";

    /// <summary>Whether a name may become a path segment.</summary>
    public static bool IsSafe(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > 100 || name[0] is '.' or '-' || name[^1] == '.')
            return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                return false;
        }
        return true;
    }
}
