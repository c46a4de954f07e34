using System.Text.Json.Serialization;

namespace Tandem.Records.Runs;

/// <summary>Whether a feature's tests pass with its gold patch (<c>.gold/*.json</c> of a store).</summary>
/// <param name="SchemaVersion">Version of this layout.</param>
/// <param name="Passes">Whether they passed when they were run last.</param>
/// <param name="Asked">How often they were run.</param>
/// <param name="AskedAt">When they were run last.</param>
/// <param name="Evidence">How that run ended, and the end of what it printed.</param>
public sealed record GoldAnswer(int SchemaVersion, bool Passes, int Asked, DateTimeOffset AskedAt, string Evidence)
{
    /// <summary>Tests that passed in that run; null where none were counted, or the answer is older than this field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TestsPassed { get; init; }
}
