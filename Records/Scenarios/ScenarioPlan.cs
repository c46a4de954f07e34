using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Scenarios;

/// <summary>What <c>experiment.json</c> of a scenario experiment holds in a store: the choice as used, and the plan. Scenarios, variants
/// and repetitions may be added and changed later: each record has the digests of what it was made with.</summary>
public sealed record ScenarioPlan : IJsonOnDeserialized
{
    /// <summary>What <see cref="Kind"/> says.</summary>
    public const string ScenariosKind = "scenarios";

    /// <summary><see cref="ScenariosKind"/>; the plan of pairs has no such member.</summary>
    public required string Kind { get; init; }

    public required int SchemaVersion { get; init; }

    public required string Experiment { get; init; }

    /// <summary>When the plan was first written.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The model that is asked.</summary>
    public required string Model { get; init; }

    /// <summary>Whether a built-in program stands in for a model.</summary>
    public required bool Simulated { get; init; }

    /// <summary>Digest of what may never change under one name: the model and how it is asked.</summary>
    public required string ModelDigest { get; init; }

    /// <summary>Whether an answer that only calls tools may have no text.</summary>
    public required bool AllowsEmptyText { get; init; }

    /// <summary>The least share of a scenario's repetitions that must pass under each variant, above 0 to 1; null if none is asked
    /// for.</summary>
    public required double? ScenarioPassRate { get; init; }

    /// <summary>Of each scenario and variant.</summary>
    public required int Repetitions { get; init; }

    /// <summary>The effective settings, as used.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>SHA-256 of each file of the definition, by its path in the experiment's folder.</summary>
    public required IReadOnlyDictionary<string, string> DefinitionDigests { get; init; }

    /// <summary>The names of the variants, in their order; the first is what others are compared with.</summary>
    public required IReadOnlyList<PlannedVariant> Variants { get; init; }

    /// <summary>The scenarios, in their order.</summary>
    public required IReadOnlyList<PlannedScenario> Scenarios { get; init; }

    /// <summary>What each scenario is made of under each variant, in the order of the scenarios, then of the variants.</summary>
    public required IReadOnlyList<PlannedConversation> Conversations { get; init; }

    /// <summary>Every case: by repetition, then scenario, then variant, so that what drifts over time meets all variants alike. A plan that
    /// was joined from parts may know a scenario under some of its variants alone: no other of them is a case.</summary>
    [JsonIgnore]
    public IEnumerable<ScenarioCaseId> Cases
    {
        get
        {
            HashSet<(string, string)> known = [.. Conversations.Select(one => (one.Variant, one.Scenario))];
            return Enumerable.Range(1, Repetitions).SelectMany(rep => Scenarios.SelectMany(scenario => Variants
                .Where(variant => known.Contains((variant.Name, scenario.Id)))
                .Select(variant => new ScenarioCaseId(variant.Name, scenario.Id, rep))));
        }
    }

    /// <summary>What a case is made of; null if it is not of this plan.</summary>
    public PlannedConversation? Find(string variant, string scenario) =>
        Conversations.FirstOrDefault(one => one.Variant == variant && one.Scenario == scenario);

    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(Variants);
        StrictList.HoldsNoNull(Scenarios);
        StrictList.HoldsNoNull(Conversations);
        StrictList.HoldsNoNull(DefinitionDigests.Values);
    }
}

/// <summary>A variant of the plan.</summary>
/// <param name="Name">A safe path segment.</param>
/// <param name="Description">In the definition's words; null if it has none.</param>
/// <param name="Tools">The names of its tools.</param>
public sealed record PlannedVariant(string Name, string? Description, IReadOnlyList<string> Tools);

/// <summary>A scenario of the plan.</summary>
/// <param name="Id">A safe path segment.</param>
/// <param name="User">What the user says; of several messages, each by its role.</param>
/// <param name="Tags">In the definition's order; may be empty.</param>
/// <param name="FixedTimestamp">Its clock; null if it has none.</param>
/// <param name="Persona">Who asks; null if nobody is described.</param>
public sealed record PlannedScenario(string Id, string User, IReadOnlyList<string> Tags, string? FixedTimestamp, string? Persona);

/// <summary>A scenario under a variant.</summary>
/// <param name="Scenario">The scenario's id.</param>
/// <param name="Variant">The variant's name.</param>
/// <param name="ConversationDigest">Digest of all that the model is asked with.</param>
/// <param name="ExpectationsDigest">Digest of what is expected of it.</param>
/// <param name="Checks">The expectations in words, as <see cref="ScenarioCheck.Check"/> has them.</param>
public sealed record PlannedConversation(
    string Scenario, string Variant, string ConversationDigest, string ExpectationsDigest, IReadOnlyList<string> Checks);
