using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Scenarios;

/// <summary>How a conversation came to its end.</summary>
[JsonConverter(typeof(StrictEnumConverter<ScenarioEnd>))]
public enum ScenarioEnd
{
    /// <summary>The model answered and called no further tool.</summary>
    [JsonStringEnumMemberName("answered")]
    Answered,

    /// <summary>The model called a tool for which the variant has no answer; that is what happened, and no error.</summary>
    [JsonStringEnumMemberName("tool_without_answer")]
    ToolWithoutAnswer,

    /// <summary>The model called tools in each of the turns that it may have.</summary>
    [JsonStringEnumMemberName("max_turns")]
    MaxTurns,

    /// <summary>The conversation became longer than the model reads.</summary>
    [JsonStringEnumMemberName("context_overflow")]
    ContextOverflow,

    /// <summary>The endpoint refused this conversation, after it had answered others with the same settings.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,
}
