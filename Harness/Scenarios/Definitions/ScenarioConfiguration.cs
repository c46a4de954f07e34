using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Harness.Configuration;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios.Definitions;

/// <summary>What <c>experiment.json</c> of a scenario experiment says: immutable, validated when it was read, saved as used.</summary>
public sealed record ScenarioConfiguration
{
    /// <summary><see cref="ScenarioPlan.ScenariosKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The experiment's name, a safe path segment; default its folder's.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about; null where nothing is said.</summary>
    public string? Description { get; init; }

    /// <summary>Which model, or <c>builtin:echo</c>, which needs none.</summary>
    public ModelSettings Model { get; init; } = new();

    /// <summary>0 to 2; null is not sent. Default 0.2.</summary>
    public double? Temperature { get; init; } = 0.2;

    /// <summary>Conversations of each scenario under each variant, 1 to 1000; default 3.</summary>
    public int Repetitions { get; init; } = 3;

    /// <summary>The variant that others are compared with; null is the first by name.</summary>
    public string? Reference { get; init; }

    /// <summary>Whether an answer that only calls tools may have no text; default false.</summary>
    public bool AllowEmptyText { get; init; }

    /// <summary>What ends a conversation, and what all may cost.</summary>
    public ScenarioLimits Limits { get; init; } = new();

    /// <summary>How the cases are run; never changes a result.</summary>
    public ScenarioRunSettings Run { get; init; } = new();
}

/// <summary>What ends a conversation, and what it may cost.</summary>
public sealed record ScenarioLimits
{
    /// <summary>Answers of the model in one conversation, 1 to 100; a variant may set its own. Default 8.</summary>
    public int MaxTurns { get; init; } = 8;

    /// <summary>USD that one case may cost, its reruns included: so much is reserved before it begins; above 0, default 0.1.</summary>
    public decimal CaseCostUsd { get; init; } = 0.1m;

    /// <summary>USD of the whole experiment, or <c>unlimited</c>; null is not said, and then no model that costs money is asked.</summary>
    public CostLimit? MaxCostUsd { get; init; }
}

/// <summary>How the cases are run.</summary>
public sealed record ScenarioRunSettings
{
    /// <summary>Cases at once, 1 to 256; default 8. The model's rate limit bounds them further.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>How often a conversation is begun again after a fault of the transport, 0 to 10; default 2.</summary>
    public int Reruns { get; init; } = 2;

    /// <summary>Seconds before a rerun, 0 to 3600; default 5.</summary>
    public double RerunPauseSeconds { get; init; } = 5;

    /// <summary>Cases that meet the same fault one after the other before the run is paused, 1 to 1000; default 3.</summary>
    public int PauseAfter { get; init; } = 3;

    /// <summary>Minutes for which a paused run tries whether the fault is cured before it is stopped, 0 to 10080; default 15.</summary>
    public double PatienceMinutes { get; init; } = 15;

    /// <summary>What turns a case red beside a fault of the harness; default <c>none</c>.</summary>
    public ScenarioAssertion Assert { get; init; } = ScenarioAssertion.None;

    /// <summary>What the circuit breaker reads.</summary>
    internal RunSettings ForBreaker() => new()
    {
        Concurrency = Concurrency,
        Attempts = Reruns + 1,
        RetryPauseSeconds = RerunPauseSeconds,
        PauseAfter = PauseAfter,
        PatienceMinutes = PatienceMinutes,
    };
}

/// <summary>
/// What turns a case red: <c>none</c>; <c>outcome</c>, each case that fails a check; or <c>{"scenario_pass_rate": 0.66}</c>, the cases of a
/// scenario that can no longer pass in that share of its repetitions.
/// </summary>
/// <param name="Outcome">Whether each failed case is red.</param>
/// <param name="ScenarioPassRate">Above 0 to 1; null if no share is asked for.</param>
[JsonConverter(typeof(ScenarioAssertionJsonConverter))]
public sealed record ScenarioAssertion(bool Outcome, double? ScenarioPassRate)
{
    /// <summary>Nothing: a wrong answer is data.</summary>
    public static ScenarioAssertion None { get; } = new(false, null);

    /// <summary>How many of so many repetitions must pass; 0 if no share is asked for.</summary>
    public int Needed(int repetitions) => ScenarioPassRate is double rate ? (int)Math.Ceiling((rate * repetitions) - 1e-9) : 0;
}

internal sealed class ScenarioAssertionJsonConverter : JsonConverter<ScenarioAssertion>
{
    private const string RateKey = "scenario_pass_rate";

    public override ScenarioAssertion Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        JsonElement root = value.RootElement;
        if (root.ValueKind == JsonValueKind.String && root.ValueEquals("none"))
            return ScenarioAssertion.None;
        if (root.ValueKind == JsonValueKind.String && root.ValueEquals("outcome"))
            return new ScenarioAssertion(true, null);
        if (root.ValueKind == JsonValueKind.Object && root.EnumerateObject().Count() == 1
            && root.TryGetProperty(RateKey, out JsonElement rate) && rate.ValueKind == JsonValueKind.Number
            && rate.GetDouble() is > 0 and <= 1 and double share)
            return new ScenarioAssertion(false, share);
        throw new JsonException("it is \"none\", \"outcome\", or {\"scenario_pass_rate\": share} with a share above 0 and at most 1.");
    }

    public override void Write(Utf8JsonWriter writer, ScenarioAssertion value, JsonSerializerOptions options)
    {
        if (value.ScenarioPassRate is double rate)
        {
            writer.WriteStartObject();
            writer.WriteNumber(RateKey, rate);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStringValue(value.Outcome ? "outcome" : "none");
        }
    }
}
