using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;

/// <summary>How the matrix is run.</summary>
public sealed record RunSettings
{
    /// <summary>Cases at once, 1 to 256; default 4.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Attempts of a case that meets infrastructure errors, 1 to 10; default 3.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Seconds before the second attempt, doubled before each further one, 0 to 3600; default 2.</summary>
    public double RetryPauseSeconds { get; init; } = 2;

    /// <summary>Cases that meet the same infrastructure error one after the other before the run is paused, 1 to 1000; default 3.</summary>
    public int PauseAfter { get; init; } = 3;

    /// <summary>Minutes for which a paused run tries whether the fault is cured before it is stopped, 0 to 10080; default 15.</summary>
    public double PatienceMinutes { get; init; } = 15;

    /// <summary>Which cases begin first; default <c>settings</c>.</summary>
    public OrderChoice Order { get; init; } = OrderChoice.Settings;

    /// <summary>What <c>blocks</c> are shuffled by, from 0; default 0.</summary>
    public int OrderSeed { get; init; }

    /// <summary>What keeps two workers from the same case, default <c>files</c>; <c>postgres</c> for workers on several machines.</summary>
    public ClaimChoice Claims { get; init; } = ClaimChoice.Files;

    /// <summary>Default <c>none</c>; <c>outcome</c> turns a case red that the agents did not solve.</summary>
    public AssertChoice Assert { get; init; } = AssertChoice.None;
}

/// <summary>Which cases begin first.</summary>
[JsonConverter(typeof(StrictEnumConverter<OrderChoice>))]
public enum OrderChoice
{
    /// <summary>Setting by setting: solo first, since the difficulty of a pair comes from it.</summary>
    [JsonStringEnumMemberName("settings")]
    Settings,

    /// <summary>All settings of a pair together, shuffled, so that what drifts over time meets all settings alike.</summary>
    [JsonStringEnumMemberName("blocks")]
    Blocks,
}

/// <summary>What keeps two workers from the same case.</summary>
[JsonConverter(typeof(StrictEnumConverter<ClaimChoice>))]
public enum ClaimChoice
{
    /// <summary>Lock files in the store's folder.</summary>
    [JsonStringEnumMemberName("files")]
    Files,

    /// <summary>Locks in a PostgreSQL, which also holds the numbers of attempts and one ledger of money; TANDEM_POSTGRES says how it is
    /// reached.</summary>
    [JsonStringEnumMemberName("postgres")]
    Postgres,
}

/// <summary>What turns a test red beside a fault of the harness.</summary>
[JsonConverter(typeof(StrictEnumConverter<AssertChoice>))]
public enum AssertChoice
{
    /// <summary>Nothing: a wrong patch is data.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>A failing outcome.</summary>
    [JsonStringEnumMemberName("outcome")]
    Outcome,
}
