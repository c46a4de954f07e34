using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Store;

namespace Tandem.Harness.Scenarios;

/// <summary>
/// Which cases of a scenario experiment; all parts narrow each other, and an empty one leaves all. Travels to the test process as JSON in
/// the variable <see cref="Variable"/>.
/// </summary>
public sealed record ScenarioSelection
{
    /// <summary>Name of the variable that carries a selection.</summary>
    public const string Variable = "TANDEM_SCENARIOS";

    /// <summary>Names of variants.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    /// <summary>Ids of scenarios.</summary>
    public IReadOnlyList<string> Scenarios { get; init; } = [];

    /// <summary>Tags, any of which a scenario must have.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Repetitions, from 1.</summary>
    public IReadOnlyList<int> Repetitions { get; init; } = [];

    /// <summary>Status of the case; asking for one makes completed cases run again as well.</summary>
    public IReadOnlyList<RunStatus> Statuses { get; init; } = [];

    /// <summary>The selection as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ConfigurationJson.Options);

    /// <summary>Reads what <see cref="ToJson"/> wrote; no text is a selection of all.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static ScenarioSelection Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new ScenarioSelection();
        try
        {
            return JsonSerializer.Deserialize<ScenarioSelection>(text, ConfigurationJson.Options) ?? new ScenarioSelection();
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{Variable} is not a selection of scenarios: {exception.Message}", exception);
        }
    }
}
