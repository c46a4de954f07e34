using System.Text;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;

namespace Tandem.Bench.Gateway;

/// <summary>What the gateway is asked and answered: the conversation of an agent that has read files for a while, 80 kB of it, and a call
/// of a tool, whole or in events.</summary>
internal static class Conversation
{
    public const string Model = "model-1";
    public const string Path = "/v1/chat/completions";

    /// <summary>What a request holds in the place of its number: no two are alike, as an agent's are.</summary>
    public const string Number = "Task 000000";

    /// <summary>Events of a streamed answer.</summary>
    public const int Events = 50;

    private const int RequestBytes = 80_000;
    private const int AnswerBytes = 1000;
    private const int PieceCharacters = 2000;
    private const string CallId = "call_of_bash_1";

    // A number, a finish, the usage and the end are events, too.
    private const int ArgumentEvents = Events - 4;

    /// <summary>The request without its number.</summary>
    public static byte[] Request(bool streams)
    {
        string source = File.ReadAllText(System.IO.Path.Combine(ProjectFolder.Find(), "bench", "collect.py"));
        var turns = new JsonArray(Turn("system", "You build features in a repository."), Turn("user", $"{Number}: go on."));
        var body = new JsonObject { ["model"] = Model, ["stream"] = streams, ["messages"] = turns };
        if (streams)
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        body["tools"] = new JsonArray(new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = "bash", ["parameters"] = new JsonObject { ["type"] = "object" } },
        });
        int bytes = 0;
        for (int at = 0; bytes < RequestBytes; at = (at + PieceCharacters) % (source.Length - PieceCharacters))
        {
            turns.Add(new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = null,
                ["tool_calls"] = new JsonArray(Call("{\"command\":\"cat\"}")),
            });
            JsonObject output = Turn("tool", source[at..(at + PieceCharacters)]);
            output["tool_call_id"] = CallId;
            turns.Add(output);
            bytes = Encoding.UTF8.GetByteCount(body.ToJsonString());
        }
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    /// <summary>A request with its number.</summary>
    /// <param name="request">What <see cref="Request"/> gave.</param>
    /// <param name="number">0 to 999999.</param>
    public static byte[] Numbered(byte[] request, int number)
    {
        byte[] one = [.. request];
        int at = one.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Number));
        Encoding.UTF8.GetBytes($"Task {number:D6}").CopyTo(one.AsSpan(at));
        return one;
    }

    /// <summary>The answer in the pieces in which it is sent: one, or an event each.</summary>
    public static IReadOnlyList<byte[]> Answer(bool streams) => streams ? Streamed() : [Whole()];

    private static byte[] Whole()
    {
        string arguments = Arguments(400);
        JsonObject Body() => Chunk("message", new JsonObject
        { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = new JsonArray(Call(arguments)) }, "tool_calls", hasUsage: true);
        arguments = Arguments(400 + AnswerBytes - Encoding.UTF8.GetByteCount(Body().ToJsonString()));
        return Encoding.UTF8.GetBytes(Body().ToJsonString());
    }

    private static IReadOnlyList<byte[]> Streamed()
    {
        const int Characters = 20;
        string arguments = Arguments(ArgumentEvents * Characters);
        IEnumerable<JsonObject> chunks =
        [
            Chunk("delta", new JsonObject { ["role"] = "assistant", ["tool_calls"] = new JsonArray(Call("", index: 0)) }),
            .. arguments.Chunk(Characters).Select(piece => Chunk("delta", new JsonObject
            {
                ["tool_calls"] = new JsonArray(new JsonObject
                { ["index"] = 0, ["function"] = new JsonObject { ["arguments"] = new string(piece) } }),
            })),
            Chunk("delta", [], "tool_calls"),
            Chunk("delta", [], hasUsage: true),
        ];
        return [.. chunks.Select(chunk => chunk.ToJsonString()).Append("[DONE]")
            .Select(data => Encoding.UTF8.GetBytes($"data: {data}\n\n"))];
    }

    /// <summary>Arguments of the tool, with so many characters.</summary>
    private static string Arguments(int characters)
    {
        const string Begin = "{'command':'", End = "'}";
        return (Begin + new string('x', characters - Begin.Length - End.Length) + End).Replace('\'', '"');
    }

    private static JsonObject Chunk(string part, JsonObject said, string? finish = null, bool hasUsage = false)
    {
        var chunk = new JsonObject
        {
            ["id"] = "answer-1",
            ["model"] = Model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, [part] = said, ["finish_reason"] = finish }),
        };
        if (hasUsage)
            chunk["usage"] = new JsonObject { ["prompt_tokens"] = 20_000, ["completion_tokens"] = 300 };
        return chunk;
    }

    private static JsonObject Call(string arguments, int? index = null)
    {
        var call = new JsonObject
        {
            ["id"] = CallId,
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = "bash", ["arguments"] = arguments },
        };
        if (index is int at)
            call["index"] = at;
        return call;
    }

    private static JsonObject Turn(string role, string text) => new() { ["role"] = role, ["content"] = text };
}
