using System.Text.RegularExpressions;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Upstream;

/// <summary>Upstream's word for an agent's end, in ours.</summary>
/// <param name="Status">Ours.</param>
/// <param name="Limit">Which limit it was; null for none, or where the word does not say.</param>
/// <param name="IsKnown">False if the word is none that upstream is known to write, so that ours was read out of it.</param>
internal readonly partial record struct UpstreamStatus(AgentStatus Status, string? Limit, bool IsKnown)
{
    /// <summary>Reads a word. Upstream passes through whatever ended an agent, so there is no list of all.</summary>
    public static UpstreamStatus Of(string word)
    {
        if (EnumNames.TryParse(word, out AgentStatus known))
            return new UpstreamStatus(known, null, IsKnown: true);
        // What a model's endpoint limits (requests per minute) is no limit of the agent's.
        if (Limits().IsMatch(word) && !RateLimit().IsMatch(word))
            return new UpstreamStatus(AgentStatus.LimitsExceeded, LimitOf(word), IsKnown: true);
        return new UpstreamStatus(Errors().IsMatch(word) ? AgentStatus.Error : AgentStatus.Unknown, null, IsKnown: false);
    }

    private static string? LimitOf(string word) =>
        word.Contains("Cost", StringComparison.OrdinalIgnoreCase) || word.Contains("Budget", StringComparison.OrdinalIgnoreCase) ? "cost"
        : word.Contains("Context", StringComparison.OrdinalIgnoreCase) ? "context"
        : word.Contains("Token", StringComparison.OrdinalIgnoreCase) ? "tokens"
        : word.Contains("Step", StringComparison.OrdinalIgnoreCase) || word.Contains("Turn", StringComparison.OrdinalIgnoreCase)
        || word.Contains("Iteration", StringComparison.OrdinalIgnoreCase) ? "steps"
        : word.Contains("Time", StringComparison.OrdinalIgnoreCase) ? "wall_clock"
        : null;

    [GeneratedRegex("limit|budget|context.?window|max.?(turns|iterations|steps)", RegexOptions.IgnoreCase)]
    private static partial Regex Limits();

    [GeneratedRegex("rate.?limit", RegexOptions.IgnoreCase)]
    private static partial Regex RateLimit();

    [GeneratedRegex("error|exception|fail|crash|rate.?limit", RegexOptions.IgnoreCase)]
    private static partial Regex Errors();
}
