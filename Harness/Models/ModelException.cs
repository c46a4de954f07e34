namespace Tandem.Harness.Models;

/// <summary>Why a model gave no answer.</summary>
public enum ModelFault
{
    /// <summary>The endpoint does not accept the key.</summary>
    Authentication,

    /// <summary>The endpoint does not know the model.</summary>
    UnknownModel,

    /// <summary>The endpoint does not accept the request, for example one of its parameters.</summary>
    Refused,

    /// <summary>The endpoint does not accept this conversation: it has answered others with the same settings.</summary>
    ConversationRefused,

    /// <summary>The conversation is longer than the model can read.</summary>
    ContextOverflow,

    /// <summary>The request alone is larger than what the endpoint takes per minute, so that waiting is of no use.</summary>
    RequestTooLarge,

    /// <summary>The account has no money left.</summary>
    Quota,

    /// <summary>Too many requests, past all retries.</summary>
    RateLimit,

    /// <summary>Connection, time-out, the endpoint's own fault or an unusable answer, past all retries.</summary>
    Transport,
}

/// <summary>A model gave no answer. The message says what failed, with which evidence, and what to do; no secret is in it.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">In full sentences.</param>
/// <param name="unusable">Answers that were paid and could not be used; null is none.</param>
public sealed class ModelException(ModelFault fault, string message, IReadOnlyList<UnusableAnswer>? unusable = null) : Exception(message)
{
    /// <summary>Why.</summary>
    public ModelFault Fault { get; } = fault;

    /// <summary>Answers of this call that were paid and could not be used.</summary>
    public IReadOnlyList<UnusableAnswer> Unusable { get; } = unusable ?? [];

    /// <summary>Whether every other case will meet it too, until somebody changes the settings, the key or the account.</summary>
    public bool IsConfiguration => Fault is ModelFault.Authentication or ModelFault.UnknownModel or ModelFault.Refused or ModelFault.Quota;
}
