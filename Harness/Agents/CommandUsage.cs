using System.Globalization;
using System.Text.Json;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>What a command-line agent says that it used. What it does not say, or cannot have been so, is null.</summary>
/// <param name="CostUsd">Its model calls, in USD: as it says, else by the price table.</param>
/// <param name="Tokens">Of all its calls.</param>
/// <param name="Steps">As it counts them.</param>
/// <param name="ModelCalls">As it counts them.</param>
/// <param name="Note">For the trajectory: where the figures come from, or why one is unknown.</param>
internal sealed record CommandUsage(decimal? CostUsd, TokenCounts? Tokens, int? Steps, int? ModelCalls, string Note)
{
    private const long MostTokens = 1_000_000_000_000;

    // Contracts, batches and calls of a cheaper helper model make a cost differ from the table's, though not by more than this.
    private const int MostFactor = 10;
    private const decimal RoundingUsd = 0.01m;

    private const int MostTimesLimit = 100;
    private const int MostSteps = 1_000_000;

    /// <summary>Nothing known.</summary>
    public static CommandUsage Unknown(string why) => new(null, null, null, null, why);

    /// <summary>Reads a usage file.</summary>
    /// <param name="json">Its bytes.</param>
    /// <param name="model">The experiment's model; null where it names none.</param>
    /// <param name="price">What the price table says of it; null where it has no price.</param>
    /// <param name="limitUsd">What the agent may cost; null is not known. A cost of many times that is not believed, since one agent's word
    /// would use up the experiment's budget.</param>
    public static CommandUsage Read(ReadOnlyMemory<byte> json, string? model, ModelPrice? price, decimal? limitUsd = null)
    {
        try
        {
            using var parsed = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(parsed.RootElement, model, price, limitUsd);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or OverflowException)
        {
            return Unknown($"the command's usage file is not right, its cost is unknown: {exception.Message}");
        }
    }

    private static CommandUsage Read(JsonElement root, string? model, ModelPrice? price, decimal? limitUsd)
    {
        decimal? stated = Number(root, "cost_usd");
        (TokenCounts? tokens, string? fault) = TokensOf(root);
        var notes = new List<string> { "as the command's usage file says" };
        if (fault is not null)
            notes.Add($"its tokens are unknown: {fault}");
        decimal? cost = stated;
        if (stated > limitUsd * MostTimesLimit)
        {
            cost = null;
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"its cost is unknown: {stated:0.00####} USD is more than "
                + $"{MostTimesLimit} times what it may cost ({limitUsd:0.00##} USD)"));
        }
        else if (stated is decimal usd && tokens is not null && WhyNot(usd, tokens, model, price) is string why)
        {
            cost = null;
            notes.Add($"its cost is unknown: {why}");
        }
        else if (stated is null)
        {
            cost = tokens is null ? null : price?.CostOf(tokens);
            notes.Add(cost is not null ? $"its cost is that of its tokens by the price table, for the model '{model}'"
                : tokens is null ? "its cost is unknown: it says neither cost_usd nor input_tokens and output_tokens that can be priced"
                : model is null ? "its cost is unknown: it says no cost_usd, and the experiment names no model (model.name) to price it by"
                : $"its cost is unknown: it says no cost_usd, and the price table has no model '{model}'");
        }
        int? CountOf(string name)
        {
            int? count = Count(root, name);
            if (count is null or <= MostSteps)
                return count;
            notes.Add($"its {name} are unknown: no agent takes {count}");
            return null;
        }
        return new CommandUsage(cost, tokens, CountOf("steps"), CountOf("model_calls"), string.Join("; ", notes));
    }

    /// <summary>The tokens, or why they cannot be as they are said; neither where none are said.</summary>
    private static (TokenCounts? Tokens, string? Fault) TokensOf(JsonElement root)
    {
        long? Said(string name) => Number(root, name) is not decimal number ? null
            : number > MostTokens ? throw new JsonException($"no agent can have used so many {name}.")
            : number == decimal.Truncate(number) ? (long)number
            : throw new JsonException($"'{name}' must be a whole number.");
        (long? input, long? output) = (Said("input_tokens"), Said("output_tokens"));
        (long? read, long? written) = (Said("cache_read_tokens"), Said("cache_write_tokens"));
        if (input is null || output is null)
            return (null, null);
        return (read ?? 0) + (written ?? 0) > input
            ? (null, "more of them were cached than there were input_tokens, which must include the cached ones")
            : (new TokenCounts(input.Value, output.Value, read, written), null);
    }

    /// <summary>Why so many tokens cannot have cost that; null if they can.</summary>
    private static string? WhyNot(decimal usd, TokenCounts tokens, string? model, ModelPrice? price)
    {
        if (tokens.Input + tokens.Output == 0)
            return null;
        string said = string.Create(CultureInfo.InvariantCulture,
            $"{usd:0.00####} USD cannot be right for {tokens.Input} tokens in and {tokens.Output} out");
        if (price is null)
            return usd > 0 ? null : model is null ? $"{said} of a model that the experiment does not name (model.name)"
                : $"{said} of the model '{model}', of which the price table does not say that it is free";
        decimal cached = Math.Min(price.Input, price.CacheRead ?? price.Input);
        decimal least = (tokens.Input * cached + tokens.Output * price.Output) / 1_000_000m;
        decimal most = (tokens.Input * Math.Max(price.Input, price.CacheWrite ?? price.Input) + tokens.Output * price.Output) / 1_000_000m;
        bool isTooLittle = usd == 0 ? least > 0 : usd < least / MostFactor - RoundingUsd;
        return !isTooLittle && usd <= most * MostFactor + RoundingUsd ? null : string.Create(CultureInfo.InvariantCulture,
            $"{said}, which are {least:0.00####} to {most:0.00####} USD for the model '{model}' by the price table");
    }

    private static int? Count(JsonElement root, string name) => Number(root, name) is not decimal number ? null
        : number == decimal.Truncate(number) && number <= int.MaxValue ? (int)number
        : throw new JsonException($"'{name}' must be a whole number.");

    /// <summary>A number from 0; null if the member is absent or null.</summary>
    private static decimal? Number(JsonElement root, string name) =>
        !root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.TryGetDecimal(out decimal number) && number >= 0 ? number
        : throw new JsonException($"'{name}' must be a number from 0.");
}
