using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>The agent on whose behalf the gateway asks: its limits, its books, its trajectory, its messages. Safe for concurrent
/// use.</summary>
internal interface IGatewayClient
{
    /// <summary><c>solo</c>, <c>agent1</c>, ...</summary>
    string AgentId { get; }

    /// <summary>How it writes to teammates; null where the setting has no messages.</summary>
    IAgentMessages? Messages { get; }

    /// <summary>The teammates that it can write to.</summary>
    IReadOnlyList<string> Peers { get; }

    /// <summary>Begins a model call: each is a step.</summary>
    /// <param name="takesMessages">Whether what teammates wrote is to go into the prompt of this call.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<GatewayPermit> BeginCallAsync(bool takesMessages, CancellationToken cancellationToken);

    /// <summary>Until it is disposed of, what this flow of control books and records belongs to that step: an agent may have several calls
    /// under way.</summary>
    IDisposable At(int step);

    /// <summary>Books and records an answer; it is on disk when this returns.</summary>
    void BookAnswer(ChatReply reply);

    /// <summary>Books and records what was paid, or may have been, and is no answer; it is on disk when this returns.</summary>
    /// <param name="why">What is wrong with it, one line.</param>
    /// <param name="tokens">What it used; null if nobody knows, and then its cost is unknown.</param>
    /// <param name="cost">USD; null if it is unknown.</param>
    void BookUnusable(string why, TokenCounts? tokens, decimal? cost);

    /// <summary>A call was ended by the harness before its answer was whole: nobody knows what it had cost. Nothing of it is recorded, so
    /// that a resumption makes it again.</summary>
    void BookLost();

    /// <summary>Records what a tool of the agent gave, as its next request says it.</summary>
    void NoteToolOutput(ChatToolCall call, string output);

    /// <summary>Records something else that happened at the gateway.</summary>
    void NoteEvent(string what, string? detail = null);

    /// <summary>The agent waits for the endpoint: its wall clock stands still until <see cref="GoOn"/>. Calls come in pairs.</summary>
    void Wait();

    /// <summary>The agent is answered; of what passed, this much was the model's own time, which counts.</summary>
    void GoOn(TimeSpan counted);
}

/// <summary>Whether a model call may begin.</summary>
/// <param name="Limit">The limit that is reached, by its name in records; null if it may begin.</param>
/// <param name="Messages">What goes into its prompt, a text for each message; may be empty.</param>
internal sealed record GatewayPermit(string? Limit, IReadOnlyList<string> Messages)
{
    /// <summary>The call's number among the agent's steps, from 1.</summary>
    public int Step { get; init; }
}
