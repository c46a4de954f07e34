using System.Text.Json;
using Tandem.Harness.Models;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios;

/// <summary>What a conversation has come to so far.</summary>
internal sealed class ConversationLog
{
    private readonly List<ScenarioTurn> _turns = [];
    private readonly List<ScenarioToolCall> _calls = [];

    public IReadOnlyList<ScenarioTurn> Turns => _turns;

    public IReadOnlyList<ScenarioToolCall> ToolCalls => _calls;

    /// <summary>Requests that were begun.</summary>
    public int Asked { get; private set; }

    /// <summary>Whether a request is under way, or had no answer.</summary>
    public bool IsWaiting { get; private set; }

    public void Asks() => (Asked, IsWaiting) = (Asked + 1, true);

    /// <summary>Answers that were paid, though their request was given up.</summary>
    public IReadOnlyList<UnusableAnswer> Unusable { get; private set; } = [];

    /// <summary>Notes that a request was given up.</summary>
    public void Failed(ModelException exception) => Unusable = exception.Unusable;

    /// <summary>Notes an answer of the model.</summary>
    /// <returns>Its tool calls.</returns>
    public IReadOnlyList<ScenarioToolCall> Answered(ChatReply reply)
    {
        IsWaiting = false;
        int turn = _turns.Count + 1;
        _turns.Add(new ScenarioTurn(turn, reply.Content, reply.ToolCalls.Count, reply.FinishReason, reply.AllTokens, reply.AllCost,
            Math.Round(reply.Latency.TotalSeconds, 3), reply.Retries));
        ScenarioToolCall[] calls = [.. reply.ToolCalls.Select(call => CallOf(turn, call))];
        _calls.AddRange(calls);
        return calls;
    }

    /// <summary>Notes what a tool answered.</summary>
    public void Gives(ScenarioToolCall call, string answer) =>
        _calls[_calls.FindIndex(one => ReferenceEquals(one, call))] = call with { Answer = answer };

    /// <summary>The tokens of turns and of unusable answers together; null if one of them is unknown, or there is none.</summary>
    public static TokenCounts? Sum(IReadOnlyList<ScenarioTurn> turns, IReadOnlyList<UnusableAnswer> unusable) =>
        turns.Any(turn => turn.Usage is null) ? null
            : Totals.OfTokens([.. turns.Select(turn => turn.Usage), .. unusable.Select(one => one.Tokens)]);

    private static ScenarioToolCall CallOf(int turn, ChatToolCall call)
    {
        (JsonElement? arguments, string? fault) = ArgumentsOf(call.Arguments);
        return new ScenarioToolCall(turn, call.Id, call.Name, call.Arguments, arguments, fault, null);
    }

    private static (JsonElement?, string?) ArgumentsOf(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return json.RootElement.ValueKind == JsonValueKind.Object ? (json.RootElement.Clone(), null)
                : (null, $"They are JSON, but no object: {json.RootElement.ValueKind.ToString().ToLowerInvariant()}.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return (null, text.Trim().Length == 0 ? "They are empty." : "They are not JSON.");
        }
    }
}
