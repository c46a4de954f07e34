using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>One try of a request failed.</summary>
/// <param name="fault">What it is if no other try goes better.</param>
/// <param name="what">What happened, without a full stop: the rest of a sentence that begins with the endpoint.</param>
/// <param name="remedy">What to do, one sentence.</param>
internal sealed class FailedTry(ModelFault fault, string what, string remedy) : Exception(what)
{
    public ModelFault Fault { get; } = fault;

    public string Remedy { get; } = remedy;

    /// <summary>Whether another try may go better.</summary>
    public bool IsTransient => !IsLast && Fault is ModelFault.RateLimit or ModelFault.Transport;

    /// <summary>Whether one conversation alone may have provoked it: filters and gateways refuse what a history says with 403 and 404,
    /// too.</summary>
    public bool MayBeOfConversation { get; init; } = fault == ModelFault.Refused;

    /// <summary>Whether no further try is made whatever it is: what was paid in vain has reached its bound.</summary>
    public bool IsLast { get; set; }

    /// <summary>What the endpoint asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the endpoint says that its unusable answer used; null if it used nothing, or the endpoint does not say.</summary>
    public TokenCounts? Tokens { get; private set; }

    /// <summary>The same, with what its answer used.</summary>
    public FailedTry With(TokenCounts? tokens)
    {
        Tokens = tokens is { Input: 0, Output: 0 } ? null : tokens;
        return this;
    }
}
