using System.Text.RegularExpressions;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>What must be known of a Dockerfile before it is built.</summary>
/// <param name="Bases">Images that it starts from, without its own stages and <c>scratch</c>; those that depend on an argument without a
/// default are left out.</param>
/// <param name="Copied">Other images that it copies files from (<c>COPY --from=NAME</c>).</param>
/// <param name="NeedsBuildKit">Whether it uses what the engine's classic builder does not know.</param>
internal sealed partial record DockerfileFacts(IReadOnlyList<string> Bases, IReadOnlyList<string> Copied, bool NeedsBuildKit)
{
    /// <summary>All images that something of it comes from.</summary>
    public IEnumerable<string> Sources => Bases.Union(Copied);

    /// <summary>Reads the Dockerfile of a task; null if it has none.</summary>
    public static async Task<DockerfileFacts?> OfAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        string? file = source.BuildFolder is null ? null : Path.Combine(source.BuildFolder, "Dockerfile");
        return File.Exists(file) ? Read(await File.ReadAllTextAsync(file, cancellationToken)) : null;
    }

    /// <summary>Reads a Dockerfile; what is not understood is left to the engine.</summary>
    public static DockerfileFacts Read(string text)
    {
        text = Continuation().Replace(text, " ");
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal);
        var stages = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "scratch" };
        var bases = new List<string>();
        var copied = new List<string>();
        foreach (string line in text.Split('\n').Select(line => line.Trim()))
        {
            if (Argument().Match(line) is { Success: true } argument && bases.Count == 0)
                arguments[argument.Groups["name"].Value] = argument.Groups["value"].Value.Trim('"', '\'');
            if (CopyFrom().Match(line) is { Success: true } copy && copy.Groups["image"].Value is var other && !stages.Contains(other)
                && !other.All(char.IsAsciiDigit) && !other.Contains('$', StringComparison.Ordinal) && !copied.Contains(other))
                copied.Add(other);
            if (From().Match(line) is not { Success: true } from)
                continue;
            string image = Variable().Replace(from.Groups["image"].Value, match => Default(match, arguments));
            if (image.Length > 0 && !image.Contains('$', StringComparison.Ordinal) && !stages.Contains(image) && !bases.Contains(image))
                bases.Add(image);
            if (from.Groups["stage"].Success)
                stages.Add(from.Groups["stage"].Value);
        }
        return new DockerfileFacts(bases, copied, BuildKitOnly().IsMatch(text));
    }

    private static string Default(Match variable, Dictionary<string, string> arguments) =>
        arguments.TryGetValue(variable.Groups["name"].Value, out string? value) ? value
        : variable.Groups["default"].Success ? variable.Groups["default"].Value
        : variable.Value;

    [GeneratedRegex(@"\\[ \t]*\r?\n", RegexOptions.CultureInvariant)]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^ARG\s+(?<name>\w+)=(?<value>\S+)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Argument();

    [GeneratedRegex(@"^FROM\s+(?:--\S+\s+)*(?<image>\S+)(?:\s+AS\s+(?<stage>\S+))?",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex From();

    [GeneratedRegex(@"^COPY\s+(?:--\S+\s+)*?--from=(?<image>\S+)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex CopyFrom();

    [GeneratedRegex(@"\$(?:\{(?<name>\w+)(?::-(?<default>[^}]*))?\}|(?<name>\w+))", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    // The syntax line, mounts, newer options of COPY, and documents within the file.
    private const string BuildKitOnlyPattern =
        @"^\s*(?:#\s*syntax\s*="
        + @"|RUN\s+(?:--\S+\s+)*--(?:mount|network|security)="
        + @"|(?:COPY|ADD)\s+(?:--\S+\s+)*--(?:link|chmod|exclude|parents|checksum)"
        + @"|(?:RUN|COPY)\b[^\n]*<<-?[""']?[A-Za-z_])";

    [GeneratedRegex(BuildKitOnlyPattern, RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex BuildKitOnly();
}
