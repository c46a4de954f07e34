using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;

/// <summary>Whose protocol an endpoint speaks.</summary>
[JsonConverter(typeof(StrictEnumConverter<ProviderChoice>))]
public enum ProviderChoice
{
    /// <summary>OpenAI's chat completions, which most endpoints speak.</summary>
    [JsonStringEnumMemberName("openai")]
    OpenAi,

    /// <summary>Anthropic's messages.</summary>
    [JsonStringEnumMemberName("anthropic")]
    Anthropic,

    /// <summary>Gemini's generateContent. It gives a default address and key variable to command-line agents; nothing here asks a model by
    /// it.</summary>
    [JsonStringEnumMemberName("gemini")]
    Gemini,
}

/// <summary>Where a provider itself is reached.</summary>
internal static class ProviderDefaults
{
    /// <summary>The address of its own endpoint.</summary>
    public static string BaseUrlOf(ProviderChoice provider) => provider switch
    {
        ProviderChoice.OpenAi => "https://api.openai.com/v1",
        ProviderChoice.Anthropic => "https://api.anthropic.com/v1",
        ProviderChoice.Gemini => "https://generativelanguage.googleapis.com/v1beta",
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, null),
    };

    /// <summary>The variable in which its own tools look for the key.</summary>
    public static string KeyVariableOf(ProviderChoice provider) => provider switch
    {
        ProviderChoice.OpenAi => "OPENAI_API_KEY",
        ProviderChoice.Anthropic => "ANTHROPIC_API_KEY",
        ProviderChoice.Gemini => "GEMINI_API_KEY",
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, null),
    };
}
