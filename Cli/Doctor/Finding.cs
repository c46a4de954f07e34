using System.Globalization;

namespace Tandem.Cli.Doctor;

internal enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Good to know.</summary>
    Note,

    /// <summary>A run can go wrong or be slow for it.</summary>
    Warning,

    /// <summary>A run cannot go well.</summary>
    Fault,
}

/// <summary>One thing that the doctor looked at.</summary>
/// <param name="Id">A stable name in capitals, to search for.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Evidence">What was seen, with numbers.</param>
/// <param name="Remedy">What the user can do; null where nothing is needed.</param>
internal sealed record Finding(string Id, Severity Severity, string Evidence, string? Remedy = null)
{
    private const int SeverityColumn = 7;
    private const int IdColumn = 11;

    public static Finding Ok(string id, string evidence) => new(id, Severity.Ok, evidence);

    /// <summary>One line, whatever the evidence holds: <c>warning DISK-TEMP   0.5 GiB free at /tmp; fix: free some space</c>.</summary>
    public override string ToString() =>
        $"{Severity.ToString().ToLowerInvariant().PadRight(SeverityColumn)} {Id.PadRight(IdColumn)} "
            + $"{OneLine(Evidence)}{(Remedy is null ? "" : $"; fix: {OneLine(Remedy)}")}";

    /// <summary>A number of bytes as people read it.</summary>
    public static string Gib(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB");

    /// <summary>Lists come as a line that ends in a colon and lines that start with a dash, all of them sentences.</summary>
    private static string OneLine(string text) =>
        string.Join("; ", text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.TrimEnd('.')))
        .Replace(":; - ", ": ", StringComparison.Ordinal)
        .Replace("; - ", "; ", StringComparison.Ordinal);
}
