namespace Tandem.Records.Cases;

/// <summary>Which names may become a path segment of the store: those that mean the same on every file system.</summary>
public static class SafeSegment
{
    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule =
        "only letters, digits, '.', '_' and '-', at most 100, not starting with '.' or '-', not ending with '.', and no device of Windows "
        + "(CON, NUL, COM1)";

    public static bool IsSafe(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > 100 || name[0] is '.' or '-' || name[^1] == '.')
            return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                return false;
        }
        return !IsWindowsDevice(name);
    }

    // On Windows these are devices in every folder, whatever their casing and extension.
    private static bool IsWindowsDevice(ReadOnlySpan<char> name)
    {
        int dot = name.IndexOf('.');
        Span<char> upper = stackalloc char[100];
        ReadOnlySpan<char> stem = upper[..(dot < 0 ? name : name[..dot]).ToUpperInvariant(upper)];
        return stem is "CON" or "PRN" or "AUX" or "NUL"
            || (stem.Length == 4 && (stem.StartsWith("COM") || stem.StartsWith("LPT")) && char.IsAsciiDigit(stem[3]));
    }
}
