using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>
/// A program in place of a model, so that an experiment can be tried without a key: it calls the tool whose name and description share most
/// words with the user's text, and says back what the user and the tools said. The same question has the same answer. What it does says
/// nothing about any model, and records name it as simulated.
/// </summary>
internal sealed partial class EchoModel : IChatModel
{
    /// <summary>The name that asks for it.</summary>
    public const string Name = "builtin:echo";

    private const string BuiltIn = "builtin:";
    private const int ShortestWord = 4;
    private const int CharactersPerToken = 4;

    /// <summary>Words that say nothing about what is wanted.</summary>
    private static readonly HashSet<string> s_common =
        ["that", "this", "what", "when", "were", "with", "from", "they", "will", "have", "something", "name", "user"];

    /// <summary>Whether a model's name means this one.</summary>
    public static bool IsNamed(string? model) => model == Name;

    /// <summary>Whether a name asks for a built-in model that there is not.</summary>
    public static bool IsUnknown(string model) => model.StartsWith(BuiltIn, StringComparison.Ordinal) && model != Name;

    /// <inheritdoc/>
    public ModelProvider Provider { get; } = new("tandem_echo", "localhost", 0);

    /// <inheritdoc/>
    public Task<ChatReply> CompleteAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string asked = request.Messages.Last(message => (string?)message!["role"] == "user")!["content"]!.ToString();
        string?[] answers = [.. request.Messages.Reverse().TakeWhile(message => (string?)message!["role"] == "tool").Reverse()
            .Select(message => (string?)message!["content"])];
        ChatToolCall? call = answers.Length > 0 ? null : Choose(request, asked);
        string? text = call is not null ? null : "Echo: " + string.Join(" | ", answers.Prepend(asked));
        int input = request.Messages.ToJsonString().Length + request.Tools.ToJsonString().Length;
        int output = (text?.Length ?? 0) + (call?.Arguments.Length ?? 0);
        return Task.FromResult(new ChatReply
        {
            Content = text,
            ToolCalls = call is null ? [] : [call],
            FinishReason = call is null ? "stop" : "tool_calls",
            Tokens = new TokenCounts(input / CharactersPerToken, output / CharactersPerToken, null, null),
            Cost = 0,
            Latency = TimeSpan.Zero,
            Retries = 0,
            Message = MessageOf(text, call),
        });
    }

    private static JsonObject MessageOf(string? text, ChatToolCall? call)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = text };
        if (call is not null)
            message["tool_calls"] = new JsonArray(new JsonObject
            {
                ["id"] = call.Id,
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
            });
        return message;
    }

    private static ChatToolCall? Choose(ChatRequest request, string asked)
    {
        string choice = request.ToolChoice is JsonObject named ? (string)named["function"]!["name"]!
            : (string?)request.ToolChoice ?? "auto";
        if (choice == "none" || request.Tools.Count == 0)
            return null;
        HashSet<string> words = [.. WordsOf(asked)];
        (JsonNode Tool, int Shared) best = request.Tools.Select(tool => tool!["function"]!)
            .Select(tool => (Tool: tool, Shared: WordsOf($"{tool["name"]} {tool["description"]}").Distinct().Count(words.Contains)))
            .MaxBy(tool => (string?)tool.Tool["name"] == choice ? int.MaxValue : tool.Shared);
        return best.Shared == 0 && choice == "auto" ? null
            : new ChatToolCall($"call_{request.Messages.Count}", (string)best.Tool["name"]!,
                Arguments(best.Tool["parameters"], asked).ToJsonString());
    }

    /// <summary>A value for each argument that is required, taken from the text where it has one that fits.</summary>
    private static JsonObject Arguments(JsonNode? schema, string asked)
    {
        var arguments = new JsonObject();
        foreach (string name in (schema?["required"] as JsonArray ?? []).Select(name => (string)name!))
            arguments[name] = Value(schema!["properties"]?[name], asked);
        return arguments;
    }

    private static JsonNode? Value(JsonNode? schema, string asked)
    {
        if (schema?["enum"] is JsonArray { Count: > 0 } values)
            return (values.FirstOrDefault(value => value is not null
                && asked.Contains(value.ToString(), StringComparison.OrdinalIgnoreCase)) ?? values[0])?.DeepClone();
        Match number = Number().Match(asked);
        return (schema?["type"] as JsonValue)?.ToString() switch
        {
            "integer" or "number" => JsonNode.Parse(number.Success ? number.Value : "1"),
            "boolean" => JsonValue.Create(true),
            "array" => new JsonArray(),
            "object" => new JsonObject(),
            _ => JsonValue.Create(Quoted().Match(asked) is { Success: true } quoted ? quoted.Groups[1].Value : asked),
        };
    }

    private static IEnumerable<string> WordsOf(string text) => Word().Matches(text).Select(word => word.Value.ToLowerInvariant())
        .Where(word => word.Length >= ShortestWord && !s_common.Contains(word))
        .Select(word => word.Length > ShortestWord ? word.TrimEnd('s') : word);

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b[1-9]\d{0,8}\b")]
    private static partial Regex Number();

    [GeneratedRegex("[\"“']([^\"”']+)[\"”']")]
    private static partial Regex Quoted();
}
