using System.Globalization;
using System.Text;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Sandboxes.Docker;

namespace Tandem.Cli.Agents;

/// <summary>The list of agents.</summary>
internal static class AgentTable
{
    /// <summary>One line per agent, and the commands that help.</summary>
    /// <param name="definitions">The command-line agents.</param>
    /// <param name="own">The programs on the engine; null where none answers.</param>
    /// <param name="whyNot">Why none answers.</param>
    public static string ToText(IReadOnlyList<AgentDefinition> definitions, IReadOnlyList<OwnPrograms>? own, string? whyNot)
    {
        var text = new StringBuilder();
        int width = AgentCatalog.All.Select(kind => kind.Kind).Concat(definitions.Select(one => one.Name)).Append("agent")
            .Max(name => name.Length);
        string[] missing = [.. definitions.Where(one => FindMark(one, own ?? []) is null).Select(one => one.Name)];
        HashSet<string> needed = [.. definitions.Select(one => ProgramStore.VolumeName(one.Recipe))];
        int unneeded = own?.Count(one => !needed.Contains(one.Volume.Name)) ?? 0;
        Append("agent", "programs", "size", "what it is");
        foreach (AgentKind kind in AgentCatalog.All)
            Append(kind.Kind, "built in", "", kind.Description);
        foreach (AgentDefinition one in definitions)
            Append(one.Name, StateOf(one, own), SizeOf(one, own), one.Description);
        if (own is null)
            text.AppendLine(CultureInfo.InvariantCulture, $"No engine answers, so it is not known which programs are ready: {whyNot}");
        else if (missing.Length > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"Not ready: {string.Join(", ", missing)}. `./run.sh agents build {missing[0]}` makes an agent's programs, and so does a "
                + $"run that needs them.");
        if (unneeded > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"Volumes that no definition names: {unneeded}. `./run.sh agents clean` removes them.");
        return text.ToString();

        void Append(string name, string state, string size, string what) => text.AppendLine(
            CultureInfo.InvariantCulture, $"{name.PadRight(width)}  {state,-9}{size,8}  {what}");
    }

    /// <summary>Bytes in powers of 1000: <c>400 MB</c>.</summary>
    public static string Size(long bytes) => bytes < 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");

    /// <summary><c>ready</c>, <c>missing</c>, <c>torn</c> or <c>unknown</c>.</summary>
    public static string StateOf(AgentDefinition definition, IReadOnlyList<OwnPrograms>? own) => own is null ? "unknown"
        : Find(definition, own) is not { } found ? "missing" : found.Mark is null ? "torn" : "ready";

    /// <summary>The size on the engine; before they are made about what the definition says.</summary>
    public static string SizeOf(AgentDefinition definition, IReadOnlyList<OwnPrograms>? own) =>
        FindMark(definition, own ?? []) is { } mark ? Size(mark.Bytes) : "~" + Size(definition.Install.SizeMb * 1_000_000L);

    private static OwnPrograms? Find(AgentDefinition definition, IReadOnlyList<OwnPrograms> own) =>
        own.FirstOrDefault(one => one.Volume.Name == ProgramStore.VolumeName(definition.Recipe));

    private static ProgramMark? FindMark(AgentDefinition definition, IReadOnlyList<OwnPrograms> own) => Find(definition, own)?.Mark;
}
