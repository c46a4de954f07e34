using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;

namespace Tandem.Harness.Scenarios.Definitions;

/// <summary>What of scenarios and variants cannot work: each fault with the path of its value.</summary>
internal static partial class DefinitionRules
{
    /// <summary>The most turns of one conversation.</summary>
    public const int MostTurns = 100;

    public static void CheckVariant(VariantDefinition variant, DefinitionFile file)
    {
        if (variant.SystemPrompt.IsGiven && variant.SystemPrompt.Values.All(string.IsNullOrWhiteSpace))
            file.Add("system_prompt", "it may not be blank.");
        foreach (string name in UnknownPlaces(variant).Distinct())
            file.Add("system_prompt", $"there is no value {{{name}}}; there are {{now}} and {{persona}}.");
        if (variant.Limits.MaxTurns is < 1 or > MostTurns)
            file.Add("limits.max_turns", $"it may be 1 to {MostTurns}.");
        for (int i = 0; i < variant.Tools.Count; i++)
        {
            if (variant.Tools[i] is not null)
                CheckTool(variant, i, file);
        }
        if (variant.ToolChoice is string choice && choice is not ("auto" or "none" or "required")
            && variant.Tools.All(tool => tool?.Name != choice) && file.IsWhole)
            file.Add("tool_choice", $"'{choice}' is neither auto, none, required nor a tool of this variant.");
        if (variant.ToolChoice is not null && variant.Tools.Count == 0)
            file.Add("tool_choice", "there is no tool to choose.");
    }

    private static void CheckTool(VariantDefinition variant, int index, DefinitionFile file)
    {
        ToolDefinition tool = variant.Tools[index];
        string at = string.Create(CultureInfo.InvariantCulture, $"tools[{index}]");
        if (!ToolName().IsMatch(tool.Name))
            file.Add($"{at}.name", $"'{tool.Name}' is no tool's name for every endpoint: 1 to 64 letters, digits, '_' and '-'.");
        if (variant.Tools.Take(index).Any(other => other?.Name == tool.Name))
            file.Add($"{at}.name", $"'{tool.Name}' is the name of another tool.");
        if (tool.Parameters.ValueKind != JsonValueKind.Object || SchemaFault(tool.Parameters) is not null)
            file.Add($"{at}.parameters", $"it must be a JSON schema of an object{Because(SchemaFault(tool.Parameters))}.");
        for (int i = 0; i < tool.Answers.Count; i++)
        {
            if (tool.Answers[i] is not ToolAnswer answer)
                continue;
            string here = string.Create(CultureInfo.InvariantCulture, $"{at}.answers[{i}]");
            if ((answer.Answer is null) == (answer.Table is null))
                file.Add(here, "it has either an answer or a table.");
            if ((answer.By is null) != (answer.Table is null))
                file.Add(here, "a table needs the argument in 'by' that chooses from it, and nothing else has one.");
            if (answer.When is JsonElement when && when.ValueKind != JsonValueKind.Object)
                file.Add($"{here}.when", "it must be an object of arguments.");
            if (i > 0 && tool.Answers[i - 1] is { When: null, Table: null })
                file.Add(here, "the answer before it fits every call, so that this one is never given.");
        }
    }

    public static void CheckScenarios(ScenarioSet set, IReadOnlyDictionary<string, VariantDefinition> variants, bool areVariantsWhole,
        DefinitionFile file)
    {
        if (set.Scenarios.Count == 0 && file.IsWhole)
            file.Add("scenarios", "at least one is needed.");
        if (set.FixedTimestamp is string clock && !IsTime(clock))
            file.Add("fixed_timestamp", s_noTime);
        for (int i = 0; i < set.Scenarios.Count; i++)
        {
            if (set.Scenarios[i] is not ScenarioDefinition scenario)
                continue;
            string at = string.Create(CultureInfo.InvariantCulture, $"scenarios[{i}]");
            if (!SafeSegment.IsSafe(scenario.Id))
                file.Add($"{at}.id", $"'{scenario.Id}' cannot name a scenario: {SafeSegment.Rule}.");
            if (set.Scenarios.Take(i).Any(other => string.Equals(other?.Id, scenario.Id, StringComparison.OrdinalIgnoreCase)))
                file.Add($"{at}.id", $"'{scenario.Id}' is the id of another scenario.");
            if ((scenario.User is null) == (scenario.Messages.Count == 0))
                file.Add(at, "it has either user or messages.");
            if (scenario.User is string user && string.IsNullOrWhiteSpace(user))
                file.Add($"{at}.user", "it may not be blank.");
            if (scenario.Messages.Count > 0 && scenario.Messages[^1] is { } last && last.Role != ScenarioRole.User)
                file.Add($"{at}.messages", "the last message must be the user's: the model answers it.");
            if (scenario.Messages.Any(message => message is not null && string.IsNullOrWhiteSpace(message.Content)))
                file.Add($"{at}.messages", "no message may be blank.");
            if (scenario.FixedTimestamp is string own && !IsTime(own))
                file.Add($"{at}.fixed_timestamp", s_noTime);
            if (scenario.Tags.Any(string.IsNullOrWhiteSpace))
                file.Add($"{at}.tags", "no tag may be blank.");
            foreach (string variant in variants.Keys.Where(name => variants[name].SystemPrompt.IsGiven))
                CheckPlaces(set, scenario, variant, variants[variant], at, file);
            CheckExpectations(scenario, variants, areVariantsWhole, at, file);
        }
    }

    private static void CheckPlaces(ScenarioSet set, ScenarioDefinition scenario, string name, VariantDefinition variant, string at,
        DefinitionFile file)
    {
        string prompt = string.Join('\n', variant.SystemPrompt.Values);
        bool hasClock = (scenario.FixedTimestamp ?? set.FixedTimestamp) is not null;
        if (hasClock != prompt.Contains("{now}", StringComparison.Ordinal))
            file.Add(at, hasClock ? $"it has a clock, and the system prompt of variant '{name}' has no {{now}} that shows it."
                : $"the system prompt of variant '{name}' shows {{now}}, and there is no fixed_timestamp.");
        if ((scenario.Persona ?? set.Persona) is not null && !prompt.Contains("{persona}", StringComparison.Ordinal))
            file.Add(at, $"it has a persona, and the system prompt of variant '{name}' has no {{persona}} that shows it.");
    }

    private static void CheckExpectations(ScenarioDefinition scenario, IReadOnlyDictionary<string, VariantDefinition> variants,
        bool areVariantsWhole, string at, DefinitionFile file)
    {
        for (int i = 0; i < scenario.Expect.Count; i++)
        {
            string here = string.Create(CultureInfo.InvariantCulture, $"{at}.expect[{i}]");
            if (scenario.Expect[i] is not Expectation expectation)
                continue;
            foreach ((string member, string fault) in ExpectationRules.Faults(expectation, variants, areVariantsWhole))
                file.Add(member.Length == 0 ? here : $"{here}.{member}", fault);
        }
        // Of what could not be read nobody knows what it is for.
        if (scenario.Expect.Any(one => one is null))
            return;
        foreach (string variant in variants.Keys.Where(name => !scenario.Expect.Any(one => Expectations.AppliesTo(one, variants[name]))))
            file.Add($"{at}.expect", $"nothing is expected under variant '{variant}', so that it could neither pass nor fail.");
    }

    /// <summary>Why a text is no JSON schema; null if it is one.</summary>
    public static string? SchemaFault(JsonElement schema)
    {
        try
        {
            return schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False) ? "it is no object"
                : MetaSchemas.Draft202012.Evaluate(schema).IsValid && JsonSchema.FromText(schema.GetRawText()) is not null ? null
                : "a keyword has a value that it may not have";
        }
        catch (Exception exception) when (exception is JsonException or JsonSchemaException or ArgumentException or FormatException
            or RegexParseException)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    private static string Because(string? why) => why is null ? "" : $" ({why})";

    private static IEnumerable<string> UnknownPlaces(VariantDefinition variant) =>
        Places().Matches(string.Join('\n', variant.SystemPrompt.Values)).Select(match => match.Groups[1].Value)
            .Where(name => name is not ("now" or "persona"));

    private static readonly string s_noTime = "it must be a time with its offset, for example 2026-03-02T09:00:00+01:00.";

    private static bool IsTime(string text) => Time().IsMatch(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$")]
    private static partial Regex Time();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ToolName();

    [GeneratedRegex(@"\{([a-z_]+)\}")]
    private static partial Regex Places();
}
