using System.Text.Json.Nodes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>A model that answers a conversation.</summary>
public interface IChatModel
{
    /// <summary>Who answers.</summary>
    ModelProvider Provider { get; }

    /// <summary>Asks for the next message of a conversation. Waits, and tries again, as the endpoint demands.</summary>
    /// <exception cref="ModelException">There is no answer, and trying again is of no use or was tried enough.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<ChatReply> CompleteAsync(ChatRequest request, CancellationToken cancellationToken);
}

/// <summary>What a model is asked.</summary>
public sealed record ChatRequest
{
    /// <summary>The conversation, as chat completions know messages; what an endpoint would refuse in it is repaired as it is sent. Only
    /// read.</summary>
    public required JsonArray Messages { get; init; }

    /// <summary>The tools that the model may call, as chat completions know them; may be empty. Only read.</summary>
    public required JsonArray Tools { get; init; }

    /// <summary>Which tool the model must call, as chat completions know <c>tool_choice</c>; null is not sent. Only read.</summary>
    public JsonNode? ToolChoice { get; init; }

    /// <summary>Whether more requests with the same beginning will follow soon, so that it pays to have it kept in a cache where that is
    /// asked for and paid. Default true.</summary>
    public bool GoesOn { get; init; } = true;

    /// <summary>USD of answers that cannot be used, at which the request is given up; null is no bound.</summary>
    public decimal? MostUnusableUsd { get; init; }

    /// <summary>The case's seed, from 0; it is added to the model's own where that is set.</summary>
    public int? Seed { get; init; }
}

/// <summary>What a model answered.</summary>
public sealed record ChatReply
{
    /// <summary>The text; null if there is none.</summary>
    public required string? Content { get; init; }

    /// <summary>The tool calls, in the model's order; may be empty.</summary>
    public required IReadOnlyList<ChatToolCall> ToolCalls { get; init; }

    /// <summary>Why it ended, in the endpoint's word, for example <c>stop</c>, <c>length</c>, <c>tool_calls</c>; null if it does not
    /// say. Where another protocol has a word for the same, it is that of chat completions.</summary>
    public required string? FinishReason { get; init; }

    /// <summary>What the answer used; null if the endpoint does not say.</summary>
    public required TokenCounts? Tokens { get; init; }

    /// <summary>USD; null if the model has no price, or its tokens are unknown.</summary>
    public required decimal? Cost { get; init; }

    /// <summary>From the sending of the request that was answered to the end of its answer; earlier tries, pauses and queueing not
    /// included.</summary>
    public required TimeSpan Latency { get; init; }

    /// <summary>Tries that failed before, from 0.</summary>
    public required int Retries { get; init; }

    /// <summary>Answers of those tries that were paid and could not be used; their tokens are not in <see cref="Tokens"/>.</summary>
    public IReadOnlyList<UnusableAnswer> Unusable { get; init; } = [];

    /// <summary>What this answer and the unusable ones before it used; null if the endpoint does not say for this one.</summary>
    public TokenCounts? AllTokens => Tokens is null ? null : Totals.OfTokens([Tokens, .. Unusable.Select(one => one.Tokens)]);

    /// <summary>What this answer and the unusable ones before it cost, in USD; null if one has no known cost.</summary>
    public decimal? AllCost => Totals.OfCosts([Cost, .. Unusable.Select(one => one.Cost)]);

    /// <summary>The assistant message as it goes back into the conversation: role, content, tool_calls, and thoughts where the endpoint
    /// gave some; other members that only some endpoints know are dropped. Where the order of thoughts, texts and calls counts, it is in
    /// <c>blocks</c>.</summary>
    public required JsonObject Message { get; init; }
}

/// <summary>An answer that was paid and that nobody can use: the request was made again, or given up.</summary>
/// <param name="Why">What is wrong with it, one line.</param>
/// <param name="Tokens">What it used.</param>
/// <param name="Cost">USD; null if the model has no price.</param>
public sealed record UnusableAnswer(string Why, TokenCounts Tokens, decimal? Cost);

/// <summary>A model's wish to use a tool.</summary>
/// <param name="Id">The endpoint's id of the call, or ours where it gave none.</param>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">What the model wrote; meant to be a JSON object, which nobody has checked.</param>
public sealed record ChatToolCall(string Id, string Name, string Arguments);
