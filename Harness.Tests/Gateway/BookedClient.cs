using System.Collections.Concurrent;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>An agent of the gateway that keeps its books in memory.</summary>
internal sealed class BookedClient : IGatewayClient
{
    private int _steps;

    public string AgentId => "solo";

    /// <summary>Calls that it may begin.</summary>
    public int MostSteps { get; init; } = int.MaxValue;

    /// <summary>What teammates have written and goes into the next prompt.</summary>
    public ConcurrentQueue<string> Waiting { get; } = new();

    public IAgentMessages? Messages { get; init; }

    public IReadOnlyList<string> Peers { get; } = ["agent2"];

    public ConcurrentQueue<ChatReply> Answers { get; } = new();

    public ConcurrentQueue<(string Why, TokenCounts? Tokens)> Unusable { get; } = new();

    public ConcurrentQueue<(string Call, string Output)> ToolOutputs { get; } = new();

    public ConcurrentQueue<string> Events { get; } = new();

    public int Steps => _steps;

    /// <summary>Calls for whose endpoint it waits now.</summary>
    public int Waits { get; private set; }

    public Task<GatewayPermit> BeginCallAsync(bool takesMessages, CancellationToken cancellationToken)
    {
        if (_steps >= MostSteps)
            return Task.FromResult(new GatewayPermit("steps", []));
        _steps++;
        var messages = new List<string>();
        while (takesMessages && Waiting.TryDequeue(out string? message))
            messages.Add(message);
        return Task.FromResult(new GatewayPermit(null, messages) { Step = _steps });
    }

    public IDisposable At(int step) => new MemoryStream();

    public void BookAnswer(ChatReply reply) => Answers.Enqueue(reply);

    public void BookUnusable(string why, TokenCounts? tokens, decimal? cost) => Unusable.Enqueue((why, tokens));

    public int Lost { get; private set; }

    public void BookLost() => Lost++;

    public void NoteToolOutput(ChatToolCall call, string output) => ToolOutputs.Enqueue(($"{call.Name} {call.Arguments}", output));

    public void NoteEvent(string what, string? detail) => Events.Enqueue($"{what}: {detail}");

    public void Wait() => Waits++;

    public void GoOn(TimeSpan counted) => Waits--;
}
