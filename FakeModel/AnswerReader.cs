using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>Reads one answer of a script's file.</summary>
internal static class AnswerReader
{
    private static readonly string[] s_members =
    [
        "say", "think", "bash", "call", "usage", "status", "headers", "body", "garbage", "stall_seconds", "reset", "cut_after_events",
        "unended", "error_event", "message", "code", "silent_seconds", "events", "huge_bytes", "submit",
    ];

    /// <param name="item">The answer.</param>
    /// <param name="where">Its place in the script, for messages.</param>
    /// <exception cref="FormatException">It is no answer.</exception>
    /// <exception cref="InvalidOperationException">A value is of another kind.</exception>
    public static FakeAnswer Read(JsonNode? item, string where)
    {
        if (item is not JsonObject answer)
            throw new FormatException($"{where} must be an object");
        if (answer.Select(member => member.Key).Except(s_members).FirstOrDefault() is string unknown)
            throw new FormatException($"{where}: there is no '{unknown}'");
        return ReadFault(answer) ?? ReadSaid(answer, where);
    }

    private static FakeAnswer? ReadFault(JsonObject answer)
    {
        if (answer["status"] is JsonNode status)
            return new FakeAnswer.Status((int)status, (answer["headers"] as JsonObject)?.ToDictionary(h => h.Key, h => h.Value!.ToString()),
                answer["body"]?.ToString());
        if (answer["garbage"] is JsonNode garbage)
            return new FakeAnswer.Garbage(Encoding.UTF8.GetBytes((string)garbage!));
        if (answer["reset"] is JsonNode reset)
            return new FakeAnswer.Reset(Midway: reset.ToString() == "midway");
        if (answer["cut_after_events"] is JsonNode cut)
            return new FakeAnswer.Cut((int)cut);
        if (answer["unended"] is JsonNode unended)
            return new FakeAnswer.Unended(unended.GetValueKind() == JsonValueKind.Number ? (int)unended : null);
        if (answer["error_event"] is JsonNode type)
            return new FakeAnswer.Fails((string)type!, (string?)answer["message"] ?? "A scripted error.", (int?)answer["code"] ?? 500);
        if (answer["silent_seconds"] is JsonNode silence)
            return new FakeAnswer.Silent(TimeSpan.FromSeconds((double)silence), (int?)answer["events"] ?? 0);
        return answer["huge_bytes"] is JsonNode huge ? new FakeAnswer.Huge((long)huge) : null;
    }

    private static FakeAnswer ReadSaid(JsonObject answer, string where)
    {
        FakeToolCall[] calls = [.. Bash(answer["bash"]), .. Call(answer["call"])];
        FakeAnswer? said = answer["submit"] is not null ? FakeAnswer.Submits
            : !answer.ContainsKey("say") && calls.Length == 0 ? null
            : new FakeAnswer.Says((string?)answer["say"], calls)
            {
                Thinking = (string?)answer["think"],
                Tokens = answer["usage"] is JsonObject usage ? Tokens(usage) : null,
            };
        if (answer["stall_seconds"] is JsonNode stall)
            return new FakeAnswer.Stall(TimeSpan.FromSeconds((double)stall), said);
        return said ?? throw new FormatException($"{where} says nothing");
    }

    private static IEnumerable<FakeToolCall> Bash(JsonNode? bash) => bash switch
    {
        null => [],
        JsonArray commands => commands.Select(command => FakeToolCall.Bash((string)command!)),
        _ => [FakeToolCall.Bash((string)bash!)],
    };

    private static IEnumerable<FakeToolCall> Call(JsonNode? call) => call is null ? []
        : [new FakeToolCall((string)call["name"]!, call["arguments"]?.ToJsonString(Samples.Plain) ?? "{}")];

    private static FakeTokens Tokens(JsonObject usage) => new((long?)usage["input"] ?? 0, (long?)usage["cached"] ?? 0,
        (long?)usage["cache_write"] ?? 0, (long?)usage["output"] ?? 0, (long?)usage["reasoning"] ?? 0);
}
