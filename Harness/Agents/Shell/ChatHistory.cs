using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.Harness.Models;

namespace Tandem.Harness.Agents.Shell;

/// <summary>
/// The messages that the model is shown. Near its mark it is compacted: old outputs of commands give way to a line that says so, the oldest
/// first; where that is not enough, so do old thoughts of Anthropic's models, the arguments of old calls, then old messages and texts, and
/// at last what is long among the latest. The system's prompt and the task stay. The trajectory keeps all of it.
/// </summary>
/// <param name="markTokens">Tokens near which it is compacted.</param>
internal sealed class ChatHistory(int markTokens)
{
    private const int LatestKept = 4;
    private const int BeginKept = 2; // the system's prompt and the task
    private const int Short = 200;
    private const int LatestBegin = 1000;
    // A token of English or code is about four characters; what the endpoint said of the last prompt corrects it.
    private const double CharactersPerToken = 4;
    private const int LongestAnswer = 100_000;

    private readonly List<JsonObject> _messages = [];
    private long? _tokensAtLastReply;
    private long _charactersAtLastReply;

    /// <summary>The messages, the oldest first.</summary>
    public IReadOnlyList<JsonObject> Messages => _messages;

    public void Add(string role, string content) => _messages.Add(new JsonObject { ["role"] = role, ["content"] = content });

    public void AddToolResult(string callId, string content) =>
        _messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = callId, ["content"] = content });

    /// <summary>Adds the model's answer; what is too long in it to be shown again is shortened.</summary>
    public void Add(ChatReply reply)
    {
        (_tokensAtLastReply, _charactersAtLastReply) = (reply.Tokens?.Input, _messages.Sum(Characters));
        var message = (JsonObject)reply.Message.DeepClone();
        if (HistoryRepair.TextOf(message) is { Length: > LongestAnswer } content)
            message["content"] = ShellAgent.Shorten(content, LongestAnswer);
        foreach (JsonObject function in FunctionsOf(message))
        {
            if (ArgumentsOf(function) is { Length: > 2 * ShellAgent.LongestCommand } arguments)
                function["arguments"] = LeftOut(arguments.Length);
        }
        _messages.Add(message);
    }

    public JsonArray ToJson() => [.. _messages.Select(message => message.DeepClone())];

    /// <summary>Makes room if the mark is near.</summary>
    /// <returns>What was done, for the trajectory; null if nothing.</returns>
    public string? Compact()
    {
        long total = _messages.Sum(Characters);
        long before = Tokens(total);
        if (before < markTokens)
            return null;
        JsonObject[] results = [.. _messages.Where(message => IsOf(message, "tool"))];
        JsonObject[] functions = [.. _messages.SelectMany(FunctionsOf)];
        JsonObject[] texts = [.. _messages.Skip(BeginKept).Where(message => !IsOf(message, "tool"))];
        // Down to half, so that the unchanged beginning serves the endpoint's cache for a while.
        int outputs = Replace(results.SkipLast(LatestKept), markTokens / 2, ref total, OutputLeftOut);
        int thoughts = Replace(_messages.Where(message => IsOf(message, "assistant")).SkipLast(LatestKept), markTokens / 2, ref total,
            MessagesHistory.LeaveOutThoughts);
        int arguments = Replace(functions.SkipLast(LatestKept), markTokens / 2, ref total, ArgumentsLeftOut);
        int messages = Replace(texts.SkipLast(LatestKept), markTokens / 2, ref total, TextLeftOut);
        int shortened = Replace(functions.TakeLast(LatestKept), markTokens - 1, ref total, ArgumentsLeftOut)
            + Replace([.. results.TakeLast(LatestKept), .. texts.TakeLast(LatestKept)], markTokens - 1, ref total, Begin);
        string[] done =
        [
            .. Counted(outputs, "old outputs"), .. Counted(thoughts, "old thoughts"),
            .. Counted(arguments, "arguments of old calls"), .. Counted(messages, "old messages"),
            .. Counted(shortened, "parts of the latest messages"),
        ];
        return done.Length == 0 ? null
            : string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(", ", done)} were left out: from about {before} to about {Tokens(total)} tokens");
    }

    private static IEnumerable<string> Counted(int count, string of) =>
        count == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{count} {of}")];

    /// <summary>Replaces one after the other until the estimate is at most some tokens.</summary>
    /// <param name="parts">What may be replaced, the first first.</param>
    /// <param name="atMost">Tokens at which it is enough.</param>
    /// <param name="total">The characters of all messages; kept up to date.</param>
    /// <param name="replace">Replaces one; returns the characters that this saved.</param>
    /// <returns>How many were replaced.</returns>
    private int Replace(IEnumerable<JsonObject> parts, int atMost, ref long total, Func<JsonObject, int> replace)
    {
        int count = 0;
        foreach (JsonObject part in parts)
        {
            if (Tokens(total) <= atMost)
                break;
            int saved = replace(part);
            total -= saved;
            count += saved > 0 ? 1 : 0;
        }
        return count;
    }

    private static int OutputLeftOut(JsonObject result) => Set(result, text => string.Create(CultureInfo.InvariantCulture,
        $"[an output of {text.Length} characters was left out to save room; run the command again if you need it]"));

    private static int TextLeftOut(JsonObject message) => Set(message, text => string.Create(CultureInfo.InvariantCulture,
        $"[a text of {text.Length} characters was left out to save room]"));

    private static int Begin(JsonObject message) => HistoryRepair.TextOf(message) is { Length: > 2 * LatestBegin }
        ? Set(message, text => ShellAgent.Shorten(text, LatestBegin)) : 0;

    private static int ArgumentsLeftOut(JsonObject function)
    {
        if (ArgumentsOf(function) is not { Length: > Short } arguments)
            return 0;
        string instead = LeftOut(arguments.Length);
        function["arguments"] = instead;
        return arguments.Length - instead.Length;
    }

    private static int Set(JsonObject message, Func<string, string> instead)
    {
        if (HistoryRepair.TextOf(message) is not { Length: > Short } text)
            return 0;
        string shorter = instead(text);
        message["content"] = shorter;
        return text.Length - shorter.Length;
    }

    private static string LeftOut(int length) => new JsonObject
    { ["command"] = string.Create(CultureInfo.InvariantCulture, $"[{length} characters left out]") }.ToJsonString();

    /// <summary>An estimate of a prompt's tokens: what the endpoint said of the last one, and what came since by its characters.</summary>
    private long Tokens(long characters)
    {
        double perToken = _tokensAtLastReply is > 0 && _charactersAtLastReply > 0
            ? Math.Clamp((double)_charactersAtLastReply / _tokensAtLastReply.Value, 1, 10) : CharactersPerToken;
        return (long)(characters / perToken);
    }

    private static bool IsOf(JsonObject message, string role) => (string?)message["role"] == role;

    private static IEnumerable<JsonObject> FunctionsOf(JsonObject message) =>
        (message["tool_calls"] as JsonArray ?? []).Select(call => call?["function"]).OfType<JsonObject>();

    private static string? ArgumentsOf(JsonObject function) => (string?)function["arguments"];

    // Thoughts go back, and are read, as well.
    private static long Characters(JsonObject message) => message.Sum(member => member.Key switch
    {
        "role" or "tool_call_id" => 0,
        "tool_calls" => FunctionsOf(message).Sum(function => (long)(ArgumentsOf(function) ?? "").Length),
        _ when member.Value is JsonValue value && value.TryGetValue(out string? text) => text.Length,
        _ => member.Value?.ToJsonString().Length ?? 0,
    });
}
