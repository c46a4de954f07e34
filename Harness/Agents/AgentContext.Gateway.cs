using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Agents.Defined;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Harness.Telemetry;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <content>What a command-line agent does, as its gateway sees it.</content>
public sealed partial class AgentContext : IGatewayClient
{
    private static readonly string[] s_scripts = ["command", "cmd", "script"];
    private int _waiting;
    private long _countedUntil;

    /// <summary>The way to the gateway; null for agents that need none.</summary>
    internal GatewayAccess? Gateway { get; init; }

    /// <summary>What the gateway saw, for the record; null for agents that need none.</summary>
    internal GatewayReport? GatewayReport { get; set; }

    /// <summary>Where the gateway keeps its calls.</summary>
    internal string GatewayFolder { get; init; } = "";

    /// <summary>Where an earlier attempt's calls are that it does again; null if it begins anew.</summary>
    internal string? RecordedGatewayFolder { get; init; }

    /// <summary>The image of its sandbox.</summary>
    internal string ImageName { get; init; } = "";

    internal TimeProvider Clock => _clock;

    /// <summary>What it does, or takes from a recording.</summary>
    internal Journal Journal => _journal;

    IAgentMessages? IGatewayClient.Messages => Mailbox is null ? null : this;

    IReadOnlyList<string> IGatewayClient.Peers => Mailbox?.Peers ?? [];

    async Task<GatewayPermit> IGatewayClient.BeginCallAsync(bool takesMessages, CancellationToken cancellationToken)
    {
        try
        {
            if (MayPay is not null)
                await MayPay(cancellationToken);
            IReadOnlyList<MessageRecord> messages = await BeginStepAsync(takesMessages, cancellationToken);
            BookUnusable(_journal.TakeUnusable());
            return new GatewayPermit(null, messages.Count == 0 ? [] : [ToPrompt(messages)]) { Step = Steps };
        }
        catch (AgentLimitException limit)
        {
            return new GatewayPermit(limit.Limit, []) { Step = Steps };
        }
    }

    IDisposable IGatewayClient.At(int step) => _journal.At(step);

    void IGatewayClient.BookAnswer(ChatReply reply)
    {
        // Nothing is waited for: a recording holds the answer, or it is here.
        Task<ChatReply> answered = System.Threading.Tasks.Task.FromResult(reply);
        ChatReply booked = _journal.GetReplyAsync(() => answered, CancellationToken.None).GetAwaiter().GetResult();
        BookUnusable(booked.Unusable);
        Book(booked.Tokens, booked.Cost);
        using Activity? span = Instrumentation.ModelCall(AgentId, Steps, ModelName, Gateway!.Provider);
        span?.SetStartTime(_clock.GetUtcNow().UtcDateTime - reply.Latency);
        Instrumentation.Answered(span, ModelName, Gateway.Provider, booked);
    }

    void IGatewayClient.BookUnusable(string why, TokenCounts? tokens, decimal? cost)
    {
        // What a recording holds was booked as its step began.
        if (_journal.Holds(Steps))
            return;
        lock (_books)
            Add(tokens, cost);
        _journal.Append(TrajectoryKinds.Unusable, why, cost: Plausible.Usd(cost), tokens: Totals.Plausible(tokens), isDurable: true);
    }

    void IGatewayClient.BookLost()
    {
        lock (_books)
            Add(null, null);
    }

    void IGatewayClient.NoteToolOutput(ChatToolCall call, string output) =>
        Note(TrajectoryKinds.Command, CommandOf(call), Shortened(output));

    void IGatewayClient.NoteEvent(string what, string? detail) =>
        Note(TrajectoryKinds.Gateway, what, detail);

    void IGatewayClient.Wait()
    {
        lock (_books)
        {
            if (_waiting++ > 0)
                return;
            _countedUntil = _clock.GetTimestamp();
            Watch?.Pause();
        }
    }

    void IGatewayClient.GoOn(TimeSpan counted)
    {
        lock (_books)
        {
            // Of calls at once, time that one of them had is not counted again.
            TimeSpan since = _clock.GetElapsedTime(_countedUntil);
            _countedUntil = _clock.GetTimestamp();
            counted = counted < since ? counted : since;
            if (--_waiting > 0)
                Watch?.Add(counted);
            else
                Watch?.GoOn(counted);
        }
    }

    private string Shortened(string output) => output.Length <= 2 * Settings.OutputCharacters ? output
        : $"{output[..Settings.OutputCharacters]}\n[...]\n{output[^Settings.OutputCharacters..]}";

    /// <summary>A call as the trajectory shows it: the script of a shell, else the tool with its arguments.</summary>
    private static string CommandOf(ChatToolCall call)
    {
        try
        {
            if (JsonNode.Parse(call.Arguments) is JsonObject arguments
                && s_scripts.Select(name => arguments[name]).FirstOrDefault(value => value is JsonValue) is JsonValue script
                && script.TryGetValue(out string? text))
                return text;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // A model may write anything there.
        }
        return $"{call.Name} {call.Arguments}";
    }
}
