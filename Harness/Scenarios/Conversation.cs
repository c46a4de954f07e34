using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Models;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Harness.Telemetry;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios;

/// <summary>One conversation: the model answers, the variant's tools answer it, until it calls none any more.</summary>
internal static class Conversation
{
    /// <summary>Holds the conversation. What it came to is in the log, whatever happens.</summary>
    /// <param name="experiment">The definition.</param>
    /// <param name="id">The case.</param>
    /// <param name="model">Who answers.</param>
    /// <param name="log">Gets what happens.</param>
    /// <param name="tags">Of the case, for the spans of its calls.</param>
    /// <param name="clock">Times a call that has no answer.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>How it ended, and more about it in one sentence where there is more to say.</returns>
    /// <exception cref="ModelException">The model gave no answer.</exception>
    public static async Task<(ScenarioEnd End, string? Detail)> HoldAsync(ScenarioExperiment experiment, ScenarioCaseId id,
        IChatModel model, ConversationLog log, ScenarioTags tags, TimeProvider clock, CancellationToken cancellationToken)
    {
        JsonArray messages = experiment.MessagesOf(id.Variant, id.Scenario);
        JsonArray tools = experiment.ToolsOf(id.Variant);
        JsonNode? choice = experiment.ToolChoiceOf(id.Variant);
        IReadOnlyList<ToolDefinition> definitions = experiment.Variant(id.Variant).Tools;
        int most = experiment.TurnsOf(id.Variant);
        while (true)
        {
            var request = new ChatRequest
            {
                Messages = messages,
                Tools = tools,
                // A tool that must be called is called once: asked for in each turn, no conversation would end by itself.
                ToolChoice = log.Turns.Count == 0 || (string?)(choice as JsonValue) is "none" or "auto" ? choice : null,
                Seed = id.Repetition - 1,
            };
            ChatReply reply = await AskAsync(request, model, log, tags, clock, cancellationToken);
            IReadOnlyList<ScenarioToolCall> calls = log.Answered(reply);
            if (calls.Count == 0)
                return (ScenarioEnd.Answered, null);
            var answers = new List<(ScenarioToolCall Call, string Answer)>();
            foreach (ScenarioToolCall call in calls)
            {
                if (AnswerOf(definitions, call) is not string answer)
                    return (ScenarioEnd.ToolWithoutAnswer, WhyNone(definitions, call));
                log.Gives(call, answer);
                answers.Add((call, answer));
            }
            if (log.Turns.Count >= most)
                return (ScenarioEnd.MaxTurns, $"The model called tools in each of its {most} turns (limits.max_turns).");
            messages.Add(reply.Message.DeepClone());
            foreach ((ScenarioToolCall call, string answer) in answers)
                messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call.Id, ["content"] = answer });
        }
    }

    private static async Task<ChatReply> AskAsync(ChatRequest request, IChatModel model, ConversationLog log, ScenarioTags tags,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        using Activity? span = ScenarioSpans.ModelCall(tags, log.Turns.Count + 1, model.Provider);
        log.Asks();
        long asked = clock.GetTimestamp();
        try
        {
            ChatReply reply = await model.CompleteAsync(request, cancellationToken);
            Instrumentation.Answered(span, tags.Model, model.Provider, reply);
            return reply;
        }
        catch (ModelException exception)
        {
            Instrumentation.NotAnswered(span, tags.Model, model.Provider, exception.Fault, clock.GetElapsedTime(asked));
            log.Failed(exception);
            throw;
        }
    }

    /// <summary>The answer that the variant has for a call; null if it has none.</summary>
    private static string? AnswerOf(IReadOnlyList<ToolDefinition> tools, ScenarioToolCall call)
    {
        foreach (ToolAnswer answer in tools.FirstOrDefault(tool => tool.Name == call.Name)?.Answers ?? [])
        {
            if (answer.When is JsonElement when && !(call.Arguments is JsonElement given && Expectations.Holds(given, when)))
                continue;
            if (answer.Answer is JsonElement fixedOne)
                return TextOf(fixedOne);
            if (call.Arguments is JsonElement arguments && arguments.TryGetProperty(answer.By!, out JsonElement key)
                && answer.Table!.Where(row => string.Equals(row.Key, TextOf(key), StringComparison.OrdinalIgnoreCase))
                    .Select(row => (JsonElement?)row.Value).FirstOrDefault() is JsonElement found)
                return TextOf(found);
        }
        return null;
    }

    private static string WhyNone(IReadOnlyList<ToolDefinition> tools, ScenarioToolCall call) =>
        tools.All(tool => tool.Name != call.Name) ? $"The model called '{call.Name}', which is no tool of the variant."
        : tools.First(tool => tool.Name == call.Name).Answers.Count == 0 ? $"The variant has no answer of the tool '{call.Name}'."
        : $"The variant has no answer of the tool '{call.Name}' that fits these arguments.";

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
