using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.Configuration;

public sealed class ConfigurationReaderTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"tandem-settings-{Guid.NewGuid():n}.json");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_shortest_experiment_has_the_documented_defaults()
    {
        ExperimentConfiguration configuration = Read("""{ "name": "x" }""");

        configuration.Tasks.Path.Should().Be("tasks");
        configuration.SeedsOf(Setting.Solo).Should().Equal(0, 1, 2);
        configuration.SeedsOf(Setting.CoopNocomm).Should().Equal(0);
        configuration.Limits.Steps.Should().Be(100);
        configuration.Limits.AgentMinutes.Should().Be(10);
        configuration.Limits.CaseCostUsd.Should().Be(3);
        configuration.Limits.MaxCostUsd.Should().BeNull();
        configuration.Run.Concurrency.Should().Be(4);
        configuration.Run.Attempts.Should().Be(3);
        configuration.Sandbox.Provider.Should().Be(SandboxChoice.Auto);
    }

    [Fact]
    public void Variables_override_the_file_in_any_casing_and_with_any_kind_of_value()
    {
        ExperimentConfiguration configuration = Read(
            """{ "name": "x", "limits": { "steps": 5 } }""",
            ("TANDEM__Limits__Steps", "7"),
            ("TANDEM__LIMITS__MAX_COST_USD", "unlimited"),
            ("TANDEM__limits__caseCostUsd", "0.5"),
            ("TANDEM__Settings", "coop-nocomm, solo"),
            ("TANDEM__Seeds__coop_nocomm", "[3,4]"),
            ("TANDEM__Sandbox__AgentNetwork", "bridge"),
            ("TANDEM__Model__Name", "7"),
            ("UNRELATED", "1"));

        configuration.Limits.Steps.Should().Be(7);
        configuration.Limits.MaxCostUsd.Should().Be(new CostLimit(null));
        configuration.Limits.CaseCostUsd.Should().Be(0.5m);
        configuration.Settings.Should().Equal(Setting.CoopNocomm, Setting.Solo);
        configuration.SeedsOf(Setting.CoopNocomm).Should().Equal(3, 4);
        configuration.Sandbox.AgentNetwork.Should().Be(SandboxNetwork.Bridge);
        configuration.Model.Name.Should().Be("7", "a name is text, also if it looks like a number");
    }

    [Theory]
    [InlineData("TANDEM__Agent__Kind", "nop", "x-nop")]
    [InlineData("TANDEM__Model__Name", "vendor/Model-1 (beta)", "x-model-1--beta")]
    [InlineData("TANDEM__Tasks__Path", "/data/dataset/", "x-dataset")]
    [InlineData("TANDEM__Limits__Steps", "9", "x")]
    [InlineData("TANDEM__Name", "y", "y")]
    public void Another_agent_model_or_task_set_makes_another_name(string variable, string value, string name) =>
        Read("""{ "name": "x" }""", (variable, value)).Name.Should().Be(name);

    [Fact]
    public void All_faults_of_an_experiment_are_reported_at_once()
    {
        Action read = () => Read(
            """{ "name": "x", "limits": { "steps": "many", "stpes": 3 }, "agnet": {}, "settings": ["duo"], "sandbox": { "provider": 1"""
                + """ }, "run": null }""",
            ("TANDEM__Nonsense__Key", "1"));

        read.Should().Throw<SettingsException>().Which.Faults.Should().SatisfyRespectively(
            fault => fault.Should().Be("TANDEM__Nonsense__Key: there is no key 'Nonsense'; there are name, tasks, settings, seeds, "
                + "agent, model, limits, sandbox, judges, run."),
            fault => fault.Should().Be("limits.steps: \"many\" is not of the right kind."),
            fault => fault.Should().StartWith("limits.stpes: there is no such key; there are steps, agent_minutes"),
            fault => fault.Should().StartWith("agnet: there is no such key"),
            fault => fault.Should().Contain("'duo' is none of solo, coop-comm, coop-nocomm"),
            fault => fault.Should().StartWith("sandbox.provider: 'Number' is none of auto, docker, process"),
            fault => fault.Should().Be("run: it may not be null."));
    }

    [Fact]
    public void Values_out_of_range_are_reported_with_their_range()
    {
        Action read = () =>
            Read("""{ "name": "a b", "limits": { "steps": 0, "agent_minutes": 0 }, "seeds": { "solo": [1, 1], "duo": [0] }, "run": {"""
                + """ "concurrency": 1000 }, "settings": [] }""");

        read.Should().Throw<SettingsException>().Which.Faults.Should().HaveCount(7)
            .And.Contain("limits.steps: 0 is out of range; it may be 1 to 10000.")
            .And.Contain("run.concurrency: 1000 is out of range; it may be 1 to 256.")
            .And.Contain("settings: at least one is needed.");
    }

    [Theory]
    [InlineData("{ \"name\": \"x\", }x", "line 1")]
    [InlineData("{ \"name\": \"x\" // a comment\n}", "line 1")]
    [InlineData("{ \"name\": \"x\",\n}", "line 2")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{}", "name: it is missing")]
    [InlineData("{ \"name\": \"x\", \"limits\": { \"max_cost_usd\": \"none\" } }", "the word \"unlimited\"")]
    [InlineData("{ \"name\": \"x\", \"limits\": { \"max_cost_usd\": -1 } }", "from 0")]
    public void A_file_that_is_no_experiment_is_refused(string content, string message)
    {
        Action read = () => Read(content);

        read.Should().Throw<SettingsException>().WithMessage($"{_file} cannot be used:*{message}*");
    }

    [Fact]
    public void A_missing_file_says_what_to_do()
    {
        Action read = () => ConfigurationReader.Read(_file, new Dictionary<string, string>());

        read.Should().Throw<SettingsException>().WithMessage("*There is no such file*experiments/*");
    }

    [Fact]
    public void The_schema_beside_the_experiments_names_each_setting_and_no_other()
    {
        JsonNode schema = JsonNode.Parse(File.ReadAllText(Path.Combine(ProjectFolder.Find(), "experiments", "experiment.schema.json")))!;

        Keys(schema, "").Should().BeEquivalentTo(Keys(ConfigurationJson.TypeInfo, ""));
    }

    [Fact]
    public void Every_experiment_of_the_folder_can_be_read()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(ProjectFolder.Find(), "experiments"), "*.json")
            .Where(file => !file.EndsWith(".schema.json", StringComparison.Ordinal) && Path.GetFileName(file) != "prices.json")];

        files.Should().NotBeEmpty();
        files.Should().AllSatisfy(file =>
            ConfigurationReader.Read(file, new Dictionary<string, string>()).Name.Should().Be(Path.GetFileNameWithoutExtension(file)));
    }

    private static IEnumerable<string> Keys(JsonNode schema, string path) => schema["properties"] is not JsonObject properties
        ? []
        : properties.Where(p => p.Key != "$schema" && path != "seeds.")
        .SelectMany(p => Keys(p.Value!, path + p.Key + ".").Prepend(path + p.Key));

    private static IEnumerable<string> Keys(JsonTypeInfo type, string path) => type.Kind != JsonTypeInfoKind.Object
        ? []
        : type.Properties.SelectMany(p => Keys(ConfigurationJson.TypeInfoOf(p.PropertyType), path + p.Name + ".").Prepend(path + p.Name));

    private ExperimentConfiguration Read(string json, params (string Name, string Value)[] variables)
    {
        File.WriteAllText(_file, json);
        return ConfigurationReader.Read(_file, variables.ToDictionary(v => v.Name, v => v.Value));
    }
}
