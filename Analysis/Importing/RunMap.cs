using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Analysis.Data;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Importing;

/// <summary>What a map file says of one run.</summary>
/// <param name="Setting">How its agents worked together.</param>
/// <param name="Seed">Its repeat number, from 0.</param>
internal sealed record RunMapEntry(Setting Setting, int Seed = 0);

/// <summary>Reads a map file: <c>{"my-run": {"setting": "coop-comm", "seed": 1}, ...}</c>.</summary>
internal static class RunMap
{
    /// <summary>The entries, by the name of the run.</summary>
    /// <exception cref="RefusedException">The file cannot be read, or is no such map.</exception>
    public static IReadOnlyDictionary<string, RunCell> Read(string path)
    {
        try
        {
            Dictionary<string, RunMapEntry?> entries = JsonSerializer
                .Deserialize(File.ReadAllBytes(path), RunMapContext.Default.DictionaryStringRunMapEntry)
                ?? throw new JsonException("The file holds null.");
            if (entries.Count == 0)
                throw new JsonException("It names no run.");
            return entries.ToDictionary(entry => entry.Key, entry => CellOf(entry.Key, entry.Value), StringComparer.Ordinal);
        }
        catch (JsonException exception)
        {
            throw new RefusedException($"The map {path} cannot be used: {exception.Message}", Shape, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The map {path} cannot be read: {exception.Message}", Shape, exception);
        }
    }

    private const string Shape =
        """Name each run of the logs that is to be imported: {"my-run": {"setting": "coop-comm", "seed": 1}, ...}; """
            + "settings are solo, coop-comm and coop-nocomm, seeds start at 0.";

    private static RunCell CellOf(string run, RunMapEntry? entry) => entry switch
    {
        null => throw new JsonException($"'{run}' is mapped to null; leave out what is not to be imported."),
        { Seed: < 0 } => throw new JsonException($"'{run}' has seed {entry.Seed}."),
        _ => new RunCell(entry.Setting, entry.Seed),
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Dictionary<string, RunMapEntry>))]
internal sealed partial class RunMapContext : JsonSerializerContext;
