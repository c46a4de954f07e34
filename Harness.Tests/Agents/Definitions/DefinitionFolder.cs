using System.Text.Json.Nodes;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Tests.Docs;

namespace Tandem.Harness.Tests.Agents.Definitions;

/// <summary>Definitions in a temporary folder.</summary>
internal sealed class DefinitionFolder : IDisposable
{
    /// <summary>The least that a definition can say.</summary>
    public const string Smallest = """
        {
          "description": "an agent",
          "dialect": "openai_chat",
          "install": { "run": ["true"], "check": ["{programs}/bin/x"], "says": "1.0", "size_mb": 1 },
          "command": ["{programs}/bin/x", "{model}"]
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-agents-");

    /// <summary>The project's own.</summary>
    public static AgentDefinitions Shipped { get; } = new(Path.Combine(Page.Root, "agents"));

    public AgentDefinitions Definitions => new(_folder.FullName);

    /// <summary>Writes a definition.</summary>
    public DefinitionFolder With(string name, string json)
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, name));
        File.WriteAllText(Path.Combine(_folder.FullName, name, AgentDefinitions.FileName), json);
        return this;
    }

    /// <summary>The smallest definition with members of one's own.</summary>
    public static AgentDefinition Read(string members = "{}")
    {
        var json = (JsonObject)JsonNode.Parse(Smallest)!;
        foreach ((string name, JsonNode? value) in (JsonObject)JsonNode.Parse(members)!)
            json[name] = value?.DeepClone();
        using DefinitionFolder folder = new DefinitionFolder().With("mine", json.ToJsonString());
        return folder.Definitions.Find("mine");
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
