using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios.Definitions;

/// <summary>A scenario experiment as its folder defines it: read, checked, with the digests of what results are made with.</summary>
public sealed class ScenarioExperiment
{
    private readonly ScenarioSet _set;
    private readonly IReadOnlyDictionary<string, VariantDefinition> _variants;
    private readonly Dictionary<string, ScenarioDefinition> _scenarios;

    internal ScenarioExperiment(string folder, ScenarioConfiguration configuration, ScenarioSet set,
        IReadOnlyDictionary<string, VariantDefinition> variants, IReadOnlyDictionary<string, string> digests)
    {
        (Folder, Configuration, _set, _variants, DefinitionDigests) = (folder, configuration, set, variants, digests);
        _scenarios = set.Scenarios.ToDictionary(scenario => scenario.Id);
        Variants = [.. variants.Keys.OrderBy(name => name != configuration.Reference).ThenBy(name => name, StringComparer.Ordinal)];
    }

    /// <summary>The folder that defines it, absolute.</summary>
    public string Folder { get; }

    /// <summary>The effective configuration.</summary>
    public ScenarioConfiguration Configuration { get; }

    /// <summary>SHA-256 of each file, by its path in <see cref="Folder"/>.</summary>
    public IReadOnlyDictionary<string, string> DefinitionDigests { get; }

    /// <summary>The names of the variants, the reference first, the others by name.</summary>
    public IReadOnlyList<string> Variants { get; }

    /// <summary>Whether a built-in program stands in for a model.</summary>
    public bool IsSimulated => EchoModel.IsNamed(Configuration.Model.Name);

    /// <summary>The clock that all scenarios share; null if they do not.</summary>
    internal string? SharedClock => _scenarios.Values.Select(ClockOf).Distinct().Count() == 1 ? ClockOf(_set.Scenarios[0]) : null;

    internal bool HasPersona => _scenarios.Values.Any(scenario => PersonaOf(scenario) is not null);

    internal ScenarioDefinition Scenario(string id) => _scenarios[id];

    internal VariantDefinition Variant(string name) => _variants[name];

    internal int TurnsOf(string variant) => _variants[variant].Limits.MaxTurns ?? Configuration.Limits.MaxTurns;

    /// <summary>The model with all that a request sends.</summary>
    internal ModelSettings Model => Configuration.Model with { Temperature = Configuration.Temperature };

    /// <summary>The messages that a conversation begins with.</summary>
    internal JsonArray MessagesOf(string variant, string scenarioId)
    {
        ScenarioDefinition scenario = _scenarios[scenarioId];
        string prompt = string.Join('\n', _variants[variant].SystemPrompt.Values)
            .Replace("{now}", ClockOf(scenario) ?? "", StringComparison.Ordinal)
            .Replace("{persona}", PersonaOf(scenario) ?? "", StringComparison.Ordinal);
        return
        [
            Message("system", prompt),
            .. scenario.User is string user ? [Message("user", user)]
                : scenario.Messages.Select(message => Message(message.Role == ScenarioRole.User ? "user" : "assistant", message.Content)),
        ];
    }

    /// <summary>The variant's tools, as chat completions know them.</summary>
    internal JsonArray ToolsOf(string variant) => [.. _variants[variant].Tools.Select(tool => new JsonObject
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = tool.Name,
            ["description"] = tool.Description,
            ["parameters"] = JsonObject.Create(tool.Parameters),
        },
    })];

    /// <summary>The variant's choice of tools; null is not sent.</summary>
    internal JsonNode? ToolChoiceOf(string variant) => _variants[variant].ToolChoice switch
    {
        null => null,
        "auto" or "none" or "required" => JsonValue.Create(_variants[variant].ToolChoice),
        string tool => new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = tool } },
    };

    /// <summary>The plan, as the definition makes it now.</summary>
    /// <param name="now">When it is made.</param>
    public ScenarioPlan Plan(DateTimeOffset now) => new()
    {
        Kind = ScenarioPlan.ScenariosKind,
        SchemaVersion = ScenarioRecord.CurrentSchemaVersion,
        Experiment = Configuration.Name,
        CreatedAt = now,
        Model = Configuration.Model.Name!,
        Simulated = IsSimulated,
        ModelDigest = Digest(Identity()),
        AllowsEmptyText = Configuration.AllowEmptyText,
        ScenarioPassRate = Configuration.Run.Assert.ScenarioPassRate,
        Repetitions = Configuration.Repetitions,
        Settings = JsonSerializer.SerializeToElement(Configuration, ConfigurationJson.Options),
        DefinitionDigests = DefinitionDigests,
        Variants = [.. Variants.Select(name => new PlannedVariant(name, _variants[name].Description,
            [.. _variants[name].Tools.Select(tool => tool.Name)]))],
        Scenarios = [.. _set.Scenarios.Select(scenario => new PlannedScenario(scenario.Id, UserOf(scenario), scenario.Tags,
            ClockOf(scenario), PersonaOf(scenario)))],
        Conversations = [.. _set.Scenarios.SelectMany(scenario => Variants.Select(variant => Planned(variant, scenario)))],
    };

    private PlannedConversation Planned(string variant, ScenarioDefinition scenario)
    {
        Expectation[] expected = [.. scenario.Expect.Where(one => Expectations.AppliesTo(one, _variants[variant]))];
        return new PlannedConversation(scenario.Id, variant, Digest(new JsonObject
        {
            ["model"] = Identity(),
            ["messages"] = MessagesOf(variant, scenario.Id),
            ["tools"] = ToolsOf(variant),
            ["tool_choice"] = ToolChoiceOf(variant)?.DeepClone(),
            ["answers"] = JsonSerializer.SerializeToNode(_variants[variant].Tools.Select(tool => tool.Answers), ConfigurationJson.Options),
            ["turns"] = TurnsOf(variant),
        }), Digest(JsonSerializer.SerializeToNode(expected, ConfigurationJson.Options)!),
            [.. expected.Select(Expectations.WordsOf)]);
    }

    /// <summary>What changes answers; how the model is reached does not.</summary>
    private JsonObject Identity()
    {
        var identity = new JsonObject
        {
            ["name"] = Model.Name,
            ["temperature"] = Model.Temperature,
            ["seed"] = Model.Seed,
            ["max_output_tokens"] = Model.MaxOutputTokens,
            ["reasoning_effort"] = Model.ReasoningEffort,
        };
        // A member more would change the digests of all that was answered before there were providers.
        if (Model.Provider != ProviderChoice.OpenAi)
            identity["provider"] = EnumNames.NameOf(Model.Provider);
        return identity;
    }

    private string? ClockOf(ScenarioDefinition scenario) => scenario.FixedTimestamp ?? _set.FixedTimestamp;

    private string? PersonaOf(ScenarioDefinition scenario) => scenario.Persona ?? _set.Persona;

    private static string UserOf(ScenarioDefinition scenario) => scenario.User
        ?? string.Join("\n", scenario.Messages.Select(message => $"{(message.Role == ScenarioRole.User ? "user" : "assistant")}: "
            + message.Content));

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static string Digest(JsonNode json) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json.ToJsonString())));
}
