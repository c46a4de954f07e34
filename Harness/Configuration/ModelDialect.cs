using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;

/// <summary>A protocol in which programs ask models.</summary>
[JsonConverter(typeof(StrictEnumConverter<ModelDialect>))]
public enum ModelDialect
{
    /// <summary>POST /v1/messages.</summary>
    [JsonStringEnumMemberName("anthropic_messages")]
    AnthropicMessages,

    /// <summary>POST /v1/chat/completions.</summary>
    [JsonStringEnumMemberName("openai_chat")]
    OpenAiChat,

    /// <summary>POST /v1/responses.</summary>
    [JsonStringEnumMemberName("openai_responses")]
    OpenAiResponses,

    /// <summary>POST /v1beta/models/MODEL:streamGenerateContent.</summary>
    [JsonStringEnumMemberName("gemini_content")]
    GeminiContent,
}
