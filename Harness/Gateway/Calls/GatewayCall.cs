using System.Text.Json.Nodes;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>One call of the model: sends it, keeps what comes, books it, and hands it to its exchange. It needs no reader.</summary>
/// <param name="caller">The way to the model.</param>
/// <param name="client">Whose call it is.</param>
/// <param name="files">Where it is kept.</param>
/// <param name="request">What is asked.</param>
/// <param name="note">What is known of it before it begins.</param>
internal sealed class GatewayCall(ModelCaller caller, IGatewayClient client, GatewayFiles files, UpstreamRequest request, CallNote note)
{
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_trailingTime = TimeSpan.FromSeconds(2);
    private readonly List<UnusableAnswer> _unusable = [];
    private int _rateLimits;
    private int _failed;

    /// <summary>What the agent reads.</summary>
    public Exchange Exchange { get; } = new();

    /// <summary>Called when an answer is booked, before the agent has the end of it.</summary>
    public Action<GatewayAnswer>? OnAnswered { get; init; }

    /// <summary>What was said; null if nothing was, or not to the end.</summary>
    public GatewayAnswer? Answer { get; private set; }

    /// <summary>What went wrong before anything was handed on; null if nothing did.</summary>
    public FailedTry? Failed { get; private set; }

    /// <summary>Whether the answer broke off after something of it was handed on.</summary>
    public bool IsCut => Exchange.IsCut;

    /// <summary>Asks, and reads to the end. A fault is in the properties.</summary>
    /// <exception cref="IOException">What came cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">The session has ended; what was said is lost, and booked as unknown.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long asked = caller.Clock.GetTimestamp();
        client.Wait();
        TimeSpan counted = TimeSpan.Zero;
        StartedCall started;
        try
        {
            started = await caller.StartAsync(request, OnFailed, cancellationToken);
            counted = started.FirstEvent;
        }
        catch (FailedTry failed)
        {
            Failed = failed;
            BookUnusable();
            Note(failed.Message, null, null, caller.Clock.GetElapsedTime(asked), null);
            return;
        }
        catch (OperationCanceledException)
        {
            BookUnusable();
            client.BookLost();
            throw;
        }
        finally
        {
            client.GoOn(counted);
        }
        using (started)
            await ReadAsync(started, caller.Clock.GetElapsedTime(asked, started.SentAt), cancellationToken);
    }

    private void OnFailed(FailedTry failed)
    {
        _failed++;
        _rateLimits += failed.Fault == ModelFault.RateLimit ? 1 : 0;
        if (failed.Tokens is TokenCounts tokens)
            _unusable.Add(new UnusableAnswer(caller.Upstream.Secrets.Clean(failed.Message), tokens, caller.Price?.CostOf(tokens)));
    }

    private async Task ReadAsync(StartedCall started, TimeSpan waited, CancellationToken cancellationToken)
    {
        AnswerStart start = started.Start;
        await using FileStream file = files.OpenAnswer(note.Step);
        string type = start.Answer.Header("Content-Type") ?? "application/json";
        string? broken = null;
        try
        {
            foreach (byte[] held in start.Held)
                await file.WriteAsync(held, CancellationToken.None);
            // What is the end of an answer is handed on when it is booked.
            IEnumerable<byte[]> free = start.Said.IsEnded ? start.Held.SkipLast(1) : start.Held;
            byte[]? last = start.Said.IsEnded ? start.Held[^1] : null;
            Exchange.Begin(new ExchangeHead(start.Answer.Status, type));
            foreach (byte[] held in free)
                Exchange.Append(held);
            if (last is null)
                (last, broken) = await ReadToEndAsync(start, file, cancellationToken);
            // Beside the books' own flush: one after the other they are the better part of what a call costs here.
            Task flushed = Task.Run(() => file.Flush(flushToDisk: true), CancellationToken.None);
            try
            {
                if (broken is null)
                    Book(started, waited);
                else
                    BookBroken(started, waited, broken);
            }
            finally
            {
                await flushed;
            }
            if (last is not null && broken is null)
                Exchange.Append(last);
            if (broken is null && start.Events is not null)
                await ReadTrailingAsync(start.Events, file);
        }
        catch (OperationCanceledException)
        {
            client.BookLost();
            throw;
        }
        finally
        {
            Exchange.End(isCut: Answer is null);
        }
    }

    /// <summary>Reads up to the event that ends the answer, which is not handed on yet.</summary>
    private async Task<(byte[]? Last, string? Broken)> ReadToEndAsync(AnswerStart start, FileStream file,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            ServerEvent? next;
            using var limit = new CancellationTokenSource(Silence, caller.Clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                next = await AnswerStart.NextAsync(start.Events!, either.Token);
                if (next is not null)
                {
                    await file.WriteAsync(next.Bytes, CancellationToken.None);
                    AnswerStart.ReadOne(caller.Dialect, next, start.Said);
                }
            }
            catch (Exception exception) when (exception is FailedTry or HttpRequestException or IOException
                or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                return (null, limit.IsCancellationRequested ? $"nothing came for {Silence.TotalSeconds:0} s" : exception.Message);
            }
            if (start.Said.Error is EndpointError error)
                return (null, $"an error inside the answer: {caller.Upstream.Secrets.Clean(error.Message)}");
            if (next is null)
                return (null, caller.Dialect.IsWholeAtEnd(start.Said) ? null : "it ended without what ends an answer");
            if (start.Said.IsEnded)
                return (next.Bytes, null);
            Exchange.Append(next.Bytes);
        }
    }

    private TimeSpan Silence
    {
        get
        {
            TimeSpan request = TimeSpan.FromSeconds(caller.Settings.RequestSeconds);
            return request < s_longestSilence ? request : s_longestSilence;
        }
    }

    /// <summary>What stands behind the end of an answer goes to the agent as it came; nobody waits for it.</summary>
    private async Task ReadTrailingAsync(ServerEvents events, FileStream file)
    {
        using var limit = new CancellationTokenSource(s_trailingTime, caller.Clock);
        try
        {
            while (await events.NextAsync(limit.Token) is ServerEvent next)
            {
                await file.WriteAsync(next.Bytes, CancellationToken.None);
                Exchange.Append(next.Bytes);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException
            or InvalidDataException)
        {
            // The answer itself is whole.
        }
    }

    private void Book(StartedCall started, TimeSpan waited)
    {
        GatewayAnswer said = started.Start.Said;
        IReadOnlyList<ChatToolCall> calls = said.ToolCalls;
        var message = new JsonObject { ["role"] = "assistant", ["content"] = said.Text };
        if (calls.Count > 0)
            message["tool_calls"] = new JsonArray([.. calls.Select(call => new JsonObject
            {
                ["id"] = call.Id,
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
            })]);
        var reply = new ChatReply
        {
            Content = said.Text,
            ToolCalls = calls,
            FinishReason = said.FinishReason,
            Tokens = said.Tokens,
            Cost = said.Tokens is TokenCounts tokens ? caller.Price?.CostOf(tokens) : null,
            Latency = caller.Clock.GetElapsedTime(started.SentAt),
            Retries = _failed,
            Unusable = _unusable,
            Message = message,
        };
        client.BookAnswer(reply);
        OnAnswered?.Invoke(said);
        Answer = said;
        Note("answered", 200, reply, waited, started);
    }

    private void BookBroken(StartedCall started, TimeSpan waited, string why)
    {
        BookUnusable();
        // What an endpoint said so far is what it says at the begin of an answer: less than was paid, so that the cost stays unknown.
        client.BookUnusable($"the answer broke off: {why}", null, null);
        Note($"broke off: {why}", null, null, waited, started);
    }

    private void BookUnusable()
    {
        foreach (UnusableAnswer one in _unusable)
            client.BookUnusable(one.Why, one.Tokens, one.Cost);
    }

    private void Note(string outcome, int? status, ChatReply? reply, TimeSpan waited, StartedCall? started) => files.End(note with
    {
        Status = status,
        Outcome = caller.Upstream.Secrets.Clean(outcome.ReplaceLineEndings(" ")),
        Retries = _failed,
        RateLimits = _rateLimits,
        WaitedSeconds = Math.Round(waited.TotalSeconds, 4),
        FirstEventSeconds = started is null ? null : Math.Round(started.FirstEvent.TotalSeconds, 4),
        Seconds = started is null ? null : Math.Round(caller.Clock.GetElapsedTime(started.SentAt).TotalSeconds, 4),
        Tokens = reply?.Tokens,
        Cost = reply?.Cost,
    });
}
