using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Scenarios.Definitions;

/// <summary>What <c>scenarios.json</c> holds.</summary>
internal sealed record ScenarioSet
{
    /// <summary>The clock of scenarios that have none of their own, ISO 8601 with its offset; null is none.</summary>
    public string? FixedTimestamp { get; init; }

    /// <summary>Who asks in scenarios that describe nobody; null is nobody.</summary>
    public string? Persona { get; init; }

    /// <summary>Empty where the member is missing, which is reported.</summary>
    public required IReadOnlyList<ScenarioDefinition> Scenarios { get; init; } = [];
}

/// <summary>One scenario.</summary>
internal sealed record ScenarioDefinition
{
    /// <summary>A safe path segment, unlike any other scenario's.</summary>
    public required string Id { get; init; }

    /// <summary>What the user says; null where <see cref="Messages"/> are given.</summary>
    public string? User { get; init; }

    /// <summary>A conversation so far, ending with the user; empty where <see cref="User"/> is given.</summary>
    public IReadOnlyList<ScenarioMessage> Messages { get; init; } = [];

    /// <summary>Its clock; null is the set's.</summary>
    public string? FixedTimestamp { get; init; }

    /// <summary>Who asks; null is the set's.</summary>
    public string? Persona { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public required IReadOnlyList<Expectation> Expect { get; init; }
}

/// <summary>One message of a conversation that a scenario takes up.</summary>
internal sealed record ScenarioMessage
{
    public required ScenarioRole Role { get; init; }

    public required string Content { get; init; }
}

/// <summary>Who speaks.</summary>
[JsonConverter(typeof(StrictEnumConverter<ScenarioRole>))]
internal enum ScenarioRole
{
    [JsonStringEnumMemberName("user")]
    User,

    [JsonStringEnumMemberName("assistant")]
    Assistant,
}

/// <summary>What is expected of a conversation.</summary>
internal sealed record Expectation
{
    public required ExpectationKind Check { get; init; }

    /// <summary>For <c>tool_called</c> and <c>tool_not_called</c>: the tool, or several of which any will do.</summary>
    public OneOrMore Tool { get; init; } = OneOrMore.Empty;

    /// <summary>For <c>tools_in_order</c>: tools that are called one after the other; others may come between.</summary>
    public IReadOnlyList<OneOrMore> Tools { get; init; } = [];

    /// <summary>For <c>tool_called</c>: values that a call must have among its arguments.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>For <c>tool_called</c>: a JSON schema for the arguments of a call.</summary>
    public JsonElement? ArgumentsSchema { get; init; }

    /// <summary>For <c>tool_called</c>: how many calls fit, exactly; null is at least one.</summary>
    public int? Times { get; init; }

    /// <summary>For <c>text_contains</c> and <c>text_lacks</c>: a text, or several of which any counts.</summary>
    public OneOrMore Text { get; init; } = OneOrMore.Empty;

    /// <summary>For <c>text_matches</c>: a regular expression of .NET.</summary>
    public string? Pattern { get; init; }

    /// <summary>Whether upper and lower case differ in <see cref="Text"/> and <see cref="Pattern"/>; default false.</summary>
    public bool MatchCase { get; init; }

    /// <summary>The variants that it is expected of, those that extend them included; empty is all.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];
}

/// <summary>The kinds of expectation.</summary>
[JsonConverter(typeof(StrictEnumConverter<ExpectationKind>))]
internal enum ExpectationKind
{
    [JsonStringEnumMemberName("tool_called")]
    ToolCalled,

    [JsonStringEnumMemberName("tool_not_called")]
    ToolNotCalled,

    [JsonStringEnumMemberName("tools_in_order")]
    ToolsInOrder,

    [JsonStringEnumMemberName("no_tool")]
    NoTool,

    [JsonStringEnumMemberName("text_contains")]
    TextContains,

    [JsonStringEnumMemberName("text_lacks")]
    TextLacks,

    [JsonStringEnumMemberName("text_matches")]
    TextMatches,

    [JsonStringEnumMemberName("text_not_empty")]
    TextNotEmpty,
}

/// <summary>What <c>variants/NAME.json</c> holds.</summary>
internal sealed record VariantDefinition
{
    /// <summary>The variant whose members it has where it has none of its own, and whose tools it has beside its own; null is
    /// none.</summary>
    public string? Extends { get; init; }

    /// <summary>Its own name, and that of the variant that it extends: checks for that one are for it, too.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Names { get; init; } = [];

    public string? Description { get; init; }

    /// <summary>One text, or its lines. <c>{now}</c> stands for the scenario's clock, <c>{persona}</c> for who asks.
    /// Not given where the member is missing, which is reported.</summary>
    public required OneOrMore SystemPrompt { get; init; } = OneOrMore.Empty;

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary><c>auto</c>, <c>none</c>, <c>required</c>, or a tool's name; null is not sent.</summary>
    public string? ToolChoice { get; init; }

    public VariantLimits Limits { get; init; } = new();
}

/// <summary>Limits of a variant's own.</summary>
internal sealed record VariantLimits
{
    /// <summary>Answers of the model in one conversation, 1 to 100; null is the experiment's.</summary>
    public int? MaxTurns { get; init; }
}

/// <summary>A tool that the model may call.</summary>
internal sealed record ToolDefinition
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>A JSON schema of the arguments, which are an object.</summary>
    public required JsonElement Parameters { get; init; }

    /// <summary>What it answers; the first that fits a call counts. Empty: a call ends the conversation.</summary>
    public IReadOnlyList<ToolAnswer> Answers { get; init; } = [];
}

/// <summary>What a tool answers.</summary>
internal sealed record ToolAnswer
{
    /// <summary>Values that a call must have among its arguments; null is none.</summary>
    public JsonElement? When { get; init; }

    /// <summary>A text as it is, anything else as JSON; null where <see cref="Table"/> is given.</summary>
    public JsonElement? Answer { get; init; }

    /// <summary>The argument whose value chooses from <see cref="Table"/>.</summary>
    public string? By { get; init; }

    /// <summary>Answers by the value of <see cref="By"/>, in any casing.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Table { get; init; }
}

/// <summary>One text, or a list of them.</summary>
/// <param name="Values">None is blank.</param>
[JsonConverter(typeof(OneOrMoreJsonConverter))]
internal sealed record OneOrMore(IReadOnlyList<string> Values)
{
    public static OneOrMore Empty { get; } = new([]);

    public bool IsGiven => Values.Count > 0;

    /// <summary>As checks name it: <c>a or b</c>.</summary>
    public override string ToString() => string.Join(" or ", Values);
}

internal sealed class OneOrMoreJsonConverter : JsonConverter<OneOrMore>
{
    public override OneOrMore Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return value.RootElement switch
        {
            { ValueKind: JsonValueKind.String } one => new OneOrMore([one.GetString()!]),
            { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() > 0
                && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                => new OneOrMore([.. list.EnumerateArray().Select(item => item.GetString()!)]),
            _ => throw new JsonException("it is a text, or a list of texts that is not empty."),
        };
    }

    public override void Write(Utf8JsonWriter writer, OneOrMore value, JsonSerializerOptions options)
    {
        if (value.Values.Count == 1)
        {
            writer.WriteStringValue(value.Values[0]);
            return;
        }
        writer.WriteStartArray();
        foreach (string text in value.Values)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
