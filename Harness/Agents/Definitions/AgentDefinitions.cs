using Tandem.Harness.Configuration;
using Tandem.Records.Cases;

namespace Tandem.Harness.Agents.Definitions;

/// <summary>The definitions in a folder, one folder each: <c>agents/NAME/agent.json</c>.</summary>
/// <param name="folder">The folder; it need not be there.</param>
internal sealed class AgentDefinitions(string folder)
{
    /// <summary>The file of a definition in its folder.</summary>
    public const string FileName = "agent.json";

    /// <summary>Those of the project, in its folder <c>agents/</c>.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no project.</exception>
    public static AgentDefinitions OfProject => new(Path.Combine(ProjectFolder.Find(), "agents"));

    /// <summary>Where they are.</summary>
    public string Folder { get; } = folder;

    /// <summary>The names of all that are there, also of those that cannot be read, in ordinal order.</summary>
    public IReadOnlyList<string> Names => Directory.Exists(Folder)
        ? [.. Directory.EnumerateDirectories(Folder).Where(one => File.Exists(Path.Combine(one, FileName)))
            .Select(one => Path.GetFileName(one)).Where(SafeSegment.IsSafe).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>All of them, in the order of their names.</summary>
    /// <exception cref="SettingsException">One cannot be used; every fault of every one is listed.</exception>
    public IReadOnlyList<AgentDefinition> All
    {
        get
        {
            var faults = new List<string>();
            AgentDefinition?[] all = [.. Names.Select(name => AgentDefinitionReader.Read(Folder, name, faults))];
            return faults.Count > 0 ? throw new SettingsException(Folder, faults) : [.. all.OfType<AgentDefinition>()];
        }
    }

    /// <summary>Whether there is one of this name, readable or not.</summary>
    public bool Has(string name) => Names.Contains(name);

    /// <summary>Reads the definition of a name.</summary>
    /// <exception cref="SettingsException">There is none, or it cannot be used; every fault is listed.</exception>
    public AgentDefinition Find(string name)
    {
        IReadOnlyList<string> names = Names;
        if (!names.Contains(name))
            throw new SettingsException($"The agent '{name}'", [names.Count == 0 ? $"There is no definition in {Folder}."
                : $"There is no definition of this name in {Folder}; there are {string.Join(", ", names)}."]);
        var faults = new List<string>();
        AgentDefinition? definition = AgentDefinitionReader.Read(Folder, name, faults);
        return faults.Count > 0 || definition is null ? throw new SettingsException(Folder, faults) : definition;
    }
}
