using System.Text.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>Reads the tokens of an answer, under the names that the endpoints give them.</summary>
internal static class UsageReader
{
    /// <summary>The counts; null if the endpoint does not say how many tokens went in and out.</summary>
    public static TokenCounts? Read(JsonElement answer)
    {
        if (!answer.TryGetProperty("usage", out JsonElement usage) || usage.ValueKind != JsonValueKind.Object)
            return null;
        if (Count(usage, "prompt_tokens") is not long input || Count(usage, "completion_tokens") is not long output)
            return null;
        JsonElement details = usage.TryGetProperty("prompt_tokens_details", out JsonElement found)
            && found.ValueKind == JsonValueKind.Object ? found : default;
        // OpenAI, vLLM, OpenRouter, LiteLLM; Anthropic as LiteLLM passes it on; DeepSeek.
        long? read = Count(details, "cached_tokens") ?? Count(usage, "cache_read_input_tokens") ?? Count(usage, "prompt_cache_hit_tokens");
        // OpenRouter; LiteLLM; Anthropic as LiteLLM passes it on.
        long? written = Count(details, "cache_write_tokens") ?? Count(details, "cache_creation_tokens")
            ?? Count(usage, "cache_creation_input_tokens");
        // Anthropic's own counts leave cached tokens out of the prompt's, and some gateways pass them on so: more cached than there are in
        // all can mean nothing else.
        long cached = (read ?? 0) + (written ?? 0);
        return new TokenCounts(cached > input ? input + cached : input, output, read, written);
    }

    private static long? Count(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDecimal(out decimal count)
            && count is >= 0 and <= long.MaxValue / 4 ? (long)count : null;
}
