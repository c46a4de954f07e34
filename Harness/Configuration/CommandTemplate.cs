using System.Text.RegularExpressions;

namespace Tandem.Harness.Configuration;

/// <summary>The command line of a command agent, with values in braces: see <see cref="CommandSettings.Run"/>.</summary>
internal static partial class CommandTemplate
{
    /// <summary>The values that it may name.</summary>
    public static IReadOnlyList<string> Values { get; } =
        ["task_file", "model", "case", "agent_id", "peers", "seed", "submission_file", "usage_file"];

    /// <summary>The names in it that are none of <see cref="Values"/>.</summary>
    public static IEnumerable<string> UnknownValues(string template) =>
        Placeholder().Matches(template).Select(m => m.Groups[1].Value).Where(name => !Values.Contains(name));

    /// <summary>Puts the values in, each quoted as one word of the shell.</summary>
    public static string Fill(string template, Dictionary<string, string> values) =>
        Placeholder().Replace(template, match => $"'{values[match.Groups[1].Value].Replace("'", "'\\''", StringComparison.Ordinal)}'");

    // "${name}" is the shell's own.
    [GeneratedRegex(@"(?<!\$)\{([a-z_]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
