using System.Text.Json.Serialization;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>What a model costs, in USD per million tokens.</summary>
/// <param name="Input">Of the prompt.</param>
/// <param name="Output">Of the answer.</param>
/// <param name="CacheRead">Of the prompt's tokens that were read from a cache; null is as <paramref name="Input"/>.</param>
/// <param name="CacheWrite">Of the prompt's tokens that were written to a cache; null is as <paramref name="Input"/>.</param>
public sealed record ModelPrice(
    [property: JsonConverter(typeof(PriceJsonConverter))] decimal Input,
    [property: JsonConverter(typeof(PriceJsonConverter))] decimal Output,
    [property: JsonConverter(typeof(PriceJsonConverter))] decimal? CacheRead = null,
    [property: JsonConverter(typeof(PriceJsonConverter))] decimal? CacheWrite = null)
{
    /// <summary>Whether nothing costs anything, so that no budget is needed.</summary>
    [JsonIgnore]
    public bool IsFree => Input == 0 && Output == 0 && CacheRead is null or 0 && CacheWrite is null or 0;

    /// <summary>The cost of one answer in USD.</summary>
    public decimal CostOf(TokenCounts tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        long read = tokens.CacheRead ?? 0;
        long written = tokens.CacheWrite ?? 0;
        long plain = Math.Max(0, tokens.Input - read - written);
        return (plain * Input + read * (CacheRead ?? Input) + written * (CacheWrite ?? Input) + tokens.Output * Output) / 1_000_000m;
    }
}
