using System.Globalization;
using System.Text.Json;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>Reads the tokens of an answer, under the names that the endpoints give them.</summary>
internal static class UsageReader
{
    private static readonly string[] s_input = ["prompt_tokens", "input_tokens"];
    private static readonly string[] s_output = ["completion_tokens", "output_tokens"];

    /// <summary>The counts; null if the endpoint does not say how many tokens went in and out.</summary>
    public static TokenCounts? Read(JsonElement answer)
    {
        if (Part(answer, "usage") is not JsonElement usage)
            return null;
        long? total = Count(usage, "total_tokens");
        if (First(usage, s_input) is not long input || (First(usage, s_output) ?? total - input) is not long stated || stated < 0)
            return null;
        JsonElement? details = Part(usage, "prompt_tokens_details") ?? Part(usage, "input_tokens_details");
        // OpenAI, vLLM, OpenRouter, LiteLLM; Anthropic as LiteLLM passes it on; DeepSeek; Moonshot.
        long? read = Count(details, "cached_tokens") ?? Count(usage, "cache_read_input_tokens") ?? Count(usage, "prompt_cache_hit_tokens")
            ?? Count(usage, "cached_tokens");
        // OpenRouter; LiteLLM; Anthropic as LiteLLM passes it on.
        long? written = Count(details, "cache_write_tokens") ?? Count(details, "cache_creation_tokens")
            ?? Count(usage, "cache_creation_input_tokens");
        // Anthropic's own counts leave cached tokens out of the prompt's, and some gateways pass them on so: more cached than there are in
        // all can mean nothing else, and neither can a total that is the sum of all of them.
        long cached = (read ?? 0) + (written ?? 0);
        long thought = Count(Part(usage, "completion_tokens_details") ?? Part(usage, "output_tokens_details"), "reasoning_tokens") ?? 0;
        bool isApart = cached > input || (cached > 0 && total == input + stated + cached && total != input + stated + thought);
        long all = isApart ? input + cached : input;
        // Some endpoints leave what was thought out of the completion's tokens, and bill it: it is in the total, or stands by itself.
        long output = Math.Max(stated, (total ?? 0) - all);
        if (thought > output)
            output = stated + thought;
        return new TokenCounts(all, output, read, written);
    }

    /// <summary>The counts as Anthropic gives them: cached tokens are not among those of the prompt, thoughts are among those of the
    /// answer. Null if the endpoint does not say how many tokens went in and out.</summary>
    public static TokenCounts? ReadApart(JsonElement answer)
    {
        if (Part(answer, "usage") is not JsonElement usage || Count(usage, "input_tokens") is not long plain
            || Count(usage, "output_tokens") is not long output)
            return null;
        (long? read, long? written) = (Count(usage, "cache_read_input_tokens"), Count(usage, "cache_creation_input_tokens"));
        return new TokenCounts(plain + (read ?? 0) + (written ?? 0), output, read, written);
    }

    private static JsonElement? Part(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.Object ? found : null;

    private static long? First(JsonElement usage, string[] names) =>
        names.Select(name => Count(usage, name)).FirstOrDefault(count => count is not null);

    private static long? Count(JsonElement? of, string name)
    {
        if (of is not { ValueKind: JsonValueKind.Object } usage || !usage.TryGetProperty(name, out JsonElement value))
            return null;
        decimal count = -1;
        bool isRead = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDecimal(out count),
            JsonValueKind.String => decimal.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out count),
            _ => false,
        };
        return isRead ? Plausible.Tokens(count) : null;
    }
}
