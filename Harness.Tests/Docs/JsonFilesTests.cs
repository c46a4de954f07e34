using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Json.Schema;
using Tandem.Harness.Agents;
using Xunit;

namespace Tandem.Harness.Tests.Docs;

/// <summary>A file named .json is JSON, and an experiment is what the schema beside it says, by an ordinary validator.</summary>
public sealed class JsonFilesTests
{
    private static readonly string s_schemaText = File.ReadAllText(Path.Combine(Page.Root, "experiments", "experiment.schema.json"));
    private static readonly JsonSchema s_schema = JsonSchema.FromText(s_schemaText);

    public static TheoryData<string> Files =>
        [.. new[] { "experiments", "agents", "tasks", "prompts", "rubrics" }
            .Select(folder => Path.Combine(Page.Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Page.Root, file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Experiments =>
        [.. Files.Select(row => row.Data).Where(file => Path.GetDirectoryName(file) == "experiments" && file != "experiments/prices.json"
            && !file.EndsWith(".schema.json", StringComparison.Ordinal))];

    public static TheoryData<string> ScenarioFiles =>
        [.. Files.Select(row => row.Data).Where(file => file.StartsWith("experiments/", StringComparison.Ordinal)
            && Path.GetDirectoryName(file) != "experiments")];

    [Theory]
    [MemberData(nameof(ScenarioFiles))]
    public void The_schema_that_a_file_of_scenarios_names_takes_it(string file)
    {
        string path = Path.Combine(Page.Root, file);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        string schema = Path.Combine(Path.GetDirectoryName(path)!, json.RootElement.GetProperty("$schema").GetString()!);

        JsonSchema.FromText(File.ReadAllText(schema)).Evaluate(json.RootElement).IsValid.Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_strict_reader_takes_the_file(string file)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(Page.Root, file));
        using var json = JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false });

        json.RootElement.ValueKind.Should().Be(JsonValueKind.Object);
    }

    [Theory]
    [MemberData(nameof(Experiments))]
    public void The_schema_takes_the_experiment(string file) => Evaluate(File.ReadAllText(Path.Combine(Page.Root, file))).Should().BeTrue();

    [Theory]
    [InlineData("""{ "name": "x", "limits": { "max_cost_usd": "unlimited" }, "sandbox": { "agent_network": null } }""", true)]
    [InlineData("""{ "settings": ["solo"] }""", false)]
    [InlineData("""{ "name": "x", "limits": { "stpes": 3 } }""", false)]
    [InlineData("""{ "name": "x", "settings": ["duo"] }""", false)]
    [InlineData("""{ "name": "x", "seeds": { "solo": [0, 0] } }""", false)]
    [InlineData("""{ "name": "x", "limits": { "max_cost_usd": "much" } }""", false)]
    public void The_schema_refuses_what_is_no_experiment(string experiment, bool isOne) => Evaluate(experiment).Should().Be(isOne);

    [Fact]
    public void The_schema_is_one_and_names_every_agent()
    {
        MetaSchemas.Draft202012.Evaluate(JsonDocument.Parse(s_schemaText).RootElement).IsValid.Should().BeTrue();

        JsonNode.Parse(s_schemaText)!["properties"]!["agent"]!["properties"]!["kind"]!["anyOf"]![0]!["enum"]!.AsArray()
            .Select(name => (string)name!).Should().BeEquivalentTo(AgentCatalog.All.Select(kind => kind.Kind));
    }

    private static bool Evaluate(string experiment)
    {
        using var json = JsonDocument.Parse(experiment);
        return s_schema.Evaluate(json.RootElement).IsValid;
    }
}
