using System.Diagnostics;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Models;
using Tandem.Harness.Telemetry;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <content>What it asks of a model, and what that cost.</content>
public sealed partial class AgentContext
{
    /// <summary>
    /// Asks the experiment's model, and books and records its answer; the answer is on disk when this returns. What a recording holds is
    /// not asked again.
    /// </summary>
    /// <exception cref="AgentLimitException">The history is longer than the model's context, or the endpoint refuses it.</exception>
    /// <exception cref="ModelException">The model cannot be had.</exception>
    /// <exception cref="InvalidOperationException">The experiment has no model.</exception>
    public async Task<ChatReply> AskModelAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        // Also where the call that follows fails.
        BookUnusable(_journal.TakeUnusable());
        ChatReply reply = await _journal.GetReplyAsync(() => CompleteAsync(request, cancellationToken), cancellationToken);
        BookUnusable(reply.Unusable);
        Book(reply.Tokens, reply.Cost);
        return reply;
    }

    private async Task<ChatReply> CompleteAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        IChatModel model = Model
            ?? throw new InvalidOperationException(
            $"The agent '{Settings.Kind}' asks a model, and the experiment names none (model.name).");
        TimeSpan counted = TimeSpan.Zero;
        Watch?.Pause();
        using Activity? span = Instrumentation.ModelCall(AgentId, Steps, ModelName, model.Provider);
        long asked = _clock.GetTimestamp();
        try
        {
            if (MayPay is not null)
                await MayPay(cancellationToken);
            ChatReply reply = await model.CompleteAsync(request with { MostUnusableUsd = _limits.CostUsd - _cost }, cancellationToken);
            Instrumentation.Answered(span, ModelName, model.Provider, reply);
            counted = reply.Latency;
            return reply;
        }
        catch (ModelException exception)
        {
            Instrumentation.NotAnswered(span, ModelName, model.Provider, exception.Fault, _clock.GetElapsedTime(asked));
            _journal.NoteUnusable(exception.Unusable);
            BookUnusable(exception.Unusable);
            if (LimitOf(exception.Fault) is string limit)
                throw new AgentLimitException(limit, exception.Message);
            throw;
        }
        finally
        {
            Watch?.GoOn(counted);
        }
    }

    /// <summary>The limit that a fault of one conversation is; null for faults that other agents meet too.</summary>
    private static string? LimitOf(ModelFault fault) => fault switch
    {
        ModelFault.ContextOverflow => "context",
        ModelFault.ConversationRefused => "refused",
        ModelFault.RequestTooLarge => "request_too_large",
        _ => null,
    };

    /// <summary>Counts an answer of the model that held no usable tool call.</summary>
    public void CountMalformed() => MalformedCalls++;

    /// <summary>Books and records a model call that the agent made by means of its own, not through <see cref="AskModelAsync"/>.</summary>
    /// <param name="tokens">What it used; null if the endpoint did not say.</param>
    /// <param name="cost">What it cost in USD; null if the model has no price.</param>
    /// <param name="isMalformed">Whether its answer held no usable tool call.</param>
    /// <param name="answer">What it said.</param>
    public void BookModelCall(TokenCounts? tokens, decimal? cost, bool isMalformed, string? answer = null)
    {
        // An agent may read anything out of a file of its own.
        (tokens, cost) = (Totals.Plausible(tokens), Plausible.Usd(cost));
        Book(tokens, cost);
        MalformedCalls += isMalformed ? 1 : 0;
        _journal.Append(TrajectoryKinds.Response, answer, cost: cost, tokens: tokens);
    }

    private void Book(TokenCounts? tokens, decimal? cost)
    {
        lock (_books)
        {
            ModelCalls++;
            Add(tokens, cost);
        }
    }

    /// <summary>What could not be used is paid all the same, and is part of the call that was made again for it.</summary>
    private void BookUnusable(IReadOnlyList<UnusableAnswer> answers)
    {
        lock (_books)
        {
            foreach (UnusableAnswer answer in answers)
                Add(answer.Tokens, answer.Cost);
        }
    }

    private void Add(TokenCounts? tokens, decimal? cost)
    {
        _isPriced &= cost is not null;
        _cost += cost ?? 0;
        _tokens = Totals.OfTokens([_tokens, tokens]);
    }
}
