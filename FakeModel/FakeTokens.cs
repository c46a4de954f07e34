namespace Tandem.FakeModel;

/// <summary>What an answer used, in tokens, whatever words its dialect has for it.</summary>
/// <param name="Input">The whole prompt, with what was read from the cache or written to it.</param>
/// <param name="Cached">The part of <paramref name="Input"/> that was read from the cache.</param>
/// <param name="CacheWrite">The part of <paramref name="Input"/> that was written to the cache; only Anthropic's dialect says it.</param>
/// <param name="Output">The whole answer, with its reasoning.</param>
/// <param name="Reasoning">The part of <paramref name="Output"/> that is reasoning.</param>
public sealed record FakeTokens(long Input, long Cached, long CacheWrite, long Output, long Reasoning);
