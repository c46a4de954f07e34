using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Models;

/// <summary>
/// Makes a history such that strict endpoints take it. Models write arguments that are no JSON, names that no endpoint accepts back, and
/// answers without text; sent back as they are, each is refused with 400, and so is every later request of the conversation. The order of
/// roles is one that every endpoint takes.
/// </summary>
internal static partial class HistoryRepair
{
    /// <summary>Calls of one answer that go back; endpoints take 128 at most.</summary>
    public const int MostCalls = 128;

    private const int LongestName = 64;
    /// <summary>Stands for a text that is empty: endpoints refuse those.</summary>
    public const string NoText = "(no text)";

    /// <summary>A copy of the messages in which nothing is left that an endpoint refuses. What was sound stays byte for byte.</summary>
    /// <param name="messages">As chat completions know them.</param>
    /// <param name="joins">Whether a user's message becomes a part of the tool's answer or the user's message before it.</param>
    public static JsonArray Repair(JsonArray messages, bool joins = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var sound = new JsonArray();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        // The ids that the calls of the last answer have now, by those that they had; a repeated id has several.
        Dictionary<string, Queue<string>> renamed = [];
        foreach (JsonNode? node in messages)
        {
            var message = (JsonObject)node!.DeepClone();
            if (message["tool_calls"] is JsonArray calls)
                renamed = RepairCalls(message, calls, ids);
            if ((string?)message["role"] == "tool" && !Answers(message, renamed))
                continue;
            RepairText(message);
            if (!joins || sound.Count == 0 || !TryJoin((JsonObject)sound[^1]!, message))
                sound.Add(message);
        }
        return sound;
    }

    private static Dictionary<string, Queue<string>> RepairCalls(JsonObject message, JsonArray calls, HashSet<string> ids)
    {
        var renamed = new Dictionary<string, Queue<string>>(StringComparer.Ordinal);
        while (calls.Count > MostCalls)
            calls.RemoveAt(calls.Count - 1);
        foreach (JsonObject call in calls.OfType<JsonObject>())
        {
            string old = (string?)call["id"] ?? "";
            string id = UniqueId(old, ids);
            if (id != old)
                call["id"] = id;
            if (!renamed.TryGetValue(old, out Queue<string>? news))
                renamed[old] = news = new Queue<string>();
            news.Enqueue(id);
            if (call["function"] is not JsonObject function)
                continue;
            string name = (string?)function["name"] ?? "";
            if (SafeName(name) is string safe && safe != name)
                function["name"] = safe;
            if (!IsObject((string?)function["arguments"] ?? ""))
                function["arguments"] = "{}";
        }
        if (calls.Count == 0)
            message.Remove("tool_calls");
        return renamed;
    }

    /// <summary>Whether a tool's answer belongs to a call that goes back; its id is then that call's.</summary>
    private static bool Answers(JsonObject message, Dictionary<string, Queue<string>> renamed)
    {
        string old = (string?)message["tool_call_id"] ?? "";
        if (!renamed.TryGetValue(old, out Queue<string>? news) || news.Count == 0)
            return false;
        string id = news.Dequeue();
        if (id != old)
            message["tool_call_id"] = id;
        return true;
    }

    /// <summary>
    /// Adds a user's message to a tool's answer or a user's message before it: some endpoints take no user's message right behind a tool's
    /// answer, and some demand that roles alternate.
    /// </summary>
    /// <returns>Whether it was added.</returns>
    private static bool TryJoin(JsonObject before, JsonObject message)
    {
        if ((string?)message["role"] != "user" || (string?)before["role"] is not ("tool" or "user")
            || TextOf(before) is not string first || TextOf(message) is not string second)
            return false;
        before["content"] = $"{first}\n\n{second}";
        return true;
    }

    /// <summary>The content of a message where it is a text; else null.</summary>
    public static string? TextOf(JsonObject message) =>
        message["content"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static void RepairText(JsonObject message)
    {
        if (TextOf(message) is string text)
        {
            string clean = text.Replace("\0", "", StringComparison.Ordinal);
            bool isBlank = string.IsNullOrWhiteSpace(clean);
            if (isBlank && message.ContainsKey("tool_calls"))
                message["content"] = null;
            else if (isBlank)
                message["content"] = NoText;
            else if (clean.Length < text.Length)
                message["content"] = clean;
        }
        else if (message["content"] is null && !message.ContainsKey("tool_calls"))
        {
            message["content"] = NoText;
        }
    }

    private static string UniqueId(string id, HashSet<string> ids)
    {
        string wanted = id.Length == 0 ? "call" : id;
        string unique = wanted;
        for (int i = 2; !ids.Add(unique); i++)
            unique = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        return unique;
    }

    private static string SafeName(string name)
    {
        string safe = Unsafe().Replace(name, "_");
        return safe.Length == 0 ? "unnamed" : safe.Length > LongestName ? safe[..LongestName] : safe;
    }

    private static bool IsObject(string arguments)
    {
        try
        {
            using var json = JsonDocument.Parse(arguments, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return json.RootElement.ValueKind == JsonValueKind.Object && HasSoundTexts(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <exception cref="InvalidOperationException">A text holds half a character.</exception>
    private static bool HasSoundTexts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => !value.GetString()!.Contains('\0', StringComparison.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().All(HasSoundTexts),
        JsonValueKind.Object => value.EnumerateObject().All(member => member.Name.Length >= 0 && HasSoundTexts(member.Value)),
        _ => true,
    };

    [GeneratedRegex("[^A-Za-z0-9_-]")]
    private static partial Regex Unsafe();
}
