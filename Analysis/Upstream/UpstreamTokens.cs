using Tandem.Records.Runs;

namespace Tandem.Analysis.Upstream;

/// <summary>Token counts as upstream writes them: four numbers, 0 where nothing was counted, and prompt tokens without the cached ones for
/// some agents.</summary>
/// <param name="Input">Prompt tokens.</param>
/// <param name="Output">Completion tokens.</param>
/// <param name="CacheRead">Of the prompt, read from a cache.</param>
/// <param name="CacheWrite">Of the prompt, written to a cache.</param>
internal readonly record struct UpstreamTokens(long Input, long Output, long CacheRead, long CacheWrite)
{
    /// <summary>In our terms; null where nothing was counted.</summary>
    /// <param name="framework">The agent: its endpoint decides what counts as input.</param>
    public TokenCounts? ToCounts(string framework) => this == default
        ? null
        : new TokenCounts(CountsCacheApart(framework) ? Input + CacheRead + CacheWrite : Input, Output, CacheRead, CacheWrite);

    /// <summary>Upstream's numbers for ours.</summary>
    public static UpstreamTokens Of(TokenCounts? tokens, string framework)
    {
        if (tokens is null)
            return default;
        (long read, long write) = (tokens.CacheRead ?? 0, tokens.CacheWrite ?? 0);
        return new UpstreamTokens(CountsCacheApart(framework) ? Math.Max(0, tokens.Input - read - write)
            : tokens.Input, tokens.Output, read, write);
    }

    // It passes on what its endpoint's API calls input_tokens, which leaves out the cached ones.
    private static bool CountsCacheApart(string framework) => framework == "claude_code";
}
