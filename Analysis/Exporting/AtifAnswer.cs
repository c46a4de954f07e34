using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.Analysis.Exporting;

/// <summary>A call of a tool.</summary>
/// <param name="Id">Unlike those of the other calls of its step.</param>
/// <param name="Function">The tool.</param>
/// <param name="Arguments">The arguments; empty where the model wrote no JSON object.</param>
/// <param name="Written">What the model wrote in their place; null where it wrote an object.</param>
internal sealed record AtifCall(string Id, string Function, JsonObject Arguments, string? Written)
{
    /// <summary>The shell command that it asks for; null if it asks for none.</summary>
    public string? Command => Arguments["command"] is JsonValue value && value.TryGetValue(out string? command) ? command : null;

    public JsonObject ToJson()
    {
        var call = new JsonObject { ["tool_call_id"] = Id, ["function_name"] = Function, ["arguments"] = Arguments.DeepClone() };
        if (Written is not null)
            call["extra"] = new JsonObject { ["arguments_as_written"] = Written };
        return call;
    }
}

/// <summary>What a model answered, as a trajectory keeps it.</summary>
/// <param name="Message">Its text; empty if there is none.</param>
/// <param name="Reasoning">What it thought aloud; null if nothing.</param>
/// <param name="Calls">In the model's order.</param>
/// <param name="FinishReason">Why it ended; null if nobody said.</param>
/// <param name="IsRecorded">Whether the harness asked for it: it is then one answer of the model. Else it is what an agent said of
/// itself.</param>
internal sealed record AtifAnswer(string Message, string? Reasoning, IReadOnlyList<AtifCall> Calls, string? FinishReason, bool IsRecorded)
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <param name="text">Of an event <c>response</c>.</param>
    public static AtifAnswer Of(string? text)
    {
        if (ObjectOf(text) is not JsonObject recorded || recorded["message"] is not JsonObject message
            || recorded["tool_calls"] is not JsonArray calls)
            return new AtifAnswer(text ?? "", null, [], null, IsRecorded: false);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        return new AtifAnswer(StringOf(message["content"]) ?? "", ReasoningOf(message),
            [.. calls.OfType<JsonObject>().Select(call => CallOf(call, ids))], StringOf(recorded["finish_reason"]), IsRecorded: true);
    }

    private static AtifCall CallOf(JsonObject call, HashSet<string> ids)
    {
        string wanted = StringOf(call["id"]) is { Length: > 0 } given ? given : "call";
        string id = wanted;
        for (int i = 2; !ids.Add(id); i++)
            id = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        string written = StringOf(call["arguments"]) ?? "";
        JsonObject? arguments = ObjectOf(written);
        return new AtifCall(id, StringOf(call["name"]) ?? "", arguments ?? [], arguments is null ? written : null);
    }

    /// <summary>Under the names that endpoints give it: a text, or blocks of which some are hidden.</summary>
    private static string? ReasoningOf(JsonObject message)
    {
        string?[] thoughts =
        [
            StringOf(message["reasoning_content"]),
            .. Texts(message["thinking_blocks"], "thinking"), .. Texts(message["blocks"], "thinking"),
            .. Texts(message["reasoning_details"], "text"),
        ];
        string[] known = [.. thoughts.Where(thought => !string.IsNullOrEmpty(thought)).OfType<string>().Distinct()];
        return known.Length == 0 ? null : string.Join("\n\n", known);
    }

    private static IEnumerable<string?> Texts(JsonNode? blocks, string member) =>
        (blocks as JsonArray ?? []).OfType<JsonObject>().Select(block => StringOf(block[member]));

    private static JsonObject? ObjectOf(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text, documentOptions: s_strict) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? StringOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
