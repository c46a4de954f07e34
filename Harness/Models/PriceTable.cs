using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>What models cost, from a file with its date and source.</summary>
public sealed partial class PriceTable
{
    private readonly IReadOnlyDictionary<string, ModelPrice> _models;

    private PriceTable(Content content, string digest)
    {
        _models = content.Models;
        Digest = digest;
        Date = content.Date;
        Source = content.Source;
    }

    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    public string Digest { get; }

    /// <summary>The day of which the prices are.</summary>
    public DateOnly Date { get; }

    /// <summary>Where they come from.</summary>
    public string Source { get; }

    /// <summary>Reads a table: strict JSON, in which no member is unknown, double or missing, and no price below 0.</summary>
    /// <exception cref="SettingsException">The file is missing or not such a table.</exception>
    public static PriceTable Read(string file)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(file,
                [$"The price table cannot be read ({exception.Message}). Name one in model.prices, or leave it out for the built-in one."]);
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            // The serializer reads a bare null as no table at all.
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new SettingsException(file, ["The file must hold one JSON object."]);
            Content content = JsonSerializer.Deserialize<Content>(bytes, ConfigurationJson.Options)!;
            string[] faults = [.. content.Models.Where(m => m.Value is null || string.IsNullOrWhiteSpace(m.Key))
                .Select(m => $"models: '{m.Key}' needs a name and its prices.")];
            return faults.Length > 0 ? throw new SettingsException(file, faults)
                : new PriceTable(content, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (JsonException exception)
        {
            throw new SettingsException(file,
                [$"It cannot be read, {ConfigurationJson.Explain(exception)}."]);
        }
    }

    /// <summary>
    /// The price of a model; null if the table does not have it. Looked for by its exact name, then without a dated ending
    /// (<c>-2024-08-06</c>, <c>-20250514</c>), then both without what stands before the last <c>/</c>; never by likeness.
    /// </summary>
    public ModelPrice? Find(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        string bare = model[(model.LastIndexOf('/') + 1)..];
        foreach (string name in new[] { model, Undated().Replace(model, ""), bare, Undated().Replace(bare, "") })
        {
            if (_models.TryGetValue(name, out ModelPrice? price))
                return price;
        }
        return null;
    }

    [GeneratedRegex("-20[0-9]{2}(-?)(0[1-9]|1[0-2])\\1(0[1-9]|[12][0-9]|3[01])$")]
    private static partial Regex Undated();

    /// <summary>The file.</summary>
    internal sealed record Content
    {
        [JsonPropertyName("$schema")]
        public string? Schema { get; init; }

        public required DateOnly Date { get; init; }

        public required string Source { get; init; }

        public string? Note { get; init; }

        public required IReadOnlyDictionary<string, ModelPrice> Models { get; init; }
    }
}

/// <summary>A number of USD from 0.</summary>
internal sealed class PriceJsonConverter : JsonConverter<decimal>
{
    private const decimal Most = 1_000_000;

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out decimal price)
            && price is >= 0 and <= Most ? price
            : throw new JsonException($"A price is a number from 0 to {Most}, in USD per million tokens.");

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
