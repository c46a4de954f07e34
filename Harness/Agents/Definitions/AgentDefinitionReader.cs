using Tandem.Harness.Configuration;

namespace Tandem.Harness.Agents.Definitions;

/// <summary>Reads a definition; each fault with its file and line.</summary>
internal static class AgentDefinitionReader
{
    /// <summary>Reads <c>NAME/agent.json</c> of a folder.</summary>
    /// <param name="folder">The folder of all definitions.</param>
    /// <param name="name">Of the definition.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <returns>Null if it has faults.</returns>
    public static AgentDefinition? Read(string folder, string name, List<string> faults)
    {
        int before = faults.Count;
        var file = new DefinitionFile(folder, $"{name}/{AgentDefinitions.FileName}", faults, "agents/codex");
        if (file.Read<AgentDefinition>() is not AgentDefinition definition)
            return null;
        AgentRules.Check(definition, file);
        return faults.Count > before ? null : definition with { Name = name, Digest = file.Digest };
    }
}
