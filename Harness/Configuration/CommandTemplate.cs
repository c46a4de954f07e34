using System.Text.RegularExpressions;

namespace Tandem.Harness.Configuration;

/// <summary>Texts with values in braces: the command line of a command agent (see <see cref="CommandSettings.Run"/>), and what the
/// definition of an agent says.</summary>
internal static partial class CommandTemplate
{
    /// <summary>The values that a command line may name.</summary>
    public static IReadOnlyList<string> Values { get; } =
        ["task_file", "model", "case", "agent_id", "peers", "seed", "submission_file", "usage_file"];

    /// <summary>The names in it that are none of <see cref="Values"/>.</summary>
    public static IEnumerable<string> UnknownValues(string template) => UnknownValues(template, Values);

    /// <summary>The names in a text that are none of some.</summary>
    public static IEnumerable<string> UnknownValues(string template, IReadOnlyList<string> names) =>
        Placeholder().Matches(template).Select(m => m.Groups[1].Value).Where(name => !names.Contains(name));

    /// <summary>Puts the values in, each quoted as one word of the shell.</summary>
    public static string Fill(string template, Dictionary<string, string> values) =>
        Replace(template, name => $"'{values[name].Replace("'", "'\\''", StringComparison.Ordinal)}'");

    /// <summary>Puts the values in as they are.</summary>
    public static string Replace(string template, Func<string, string> valueOf) =>
        Placeholder().Replace(template, match => valueOf(match.Groups[1].Value));

    // "${name}" is the shell's own.
    [GeneratedRegex(@"(?<!\$)\{([a-z_]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
