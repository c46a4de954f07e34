using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Gateway.Upstreams;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>
/// Brings a request into the form that two equal runs of an agent have in common. Left out are: ids of calls, sessions and devices; what
/// providers signed or encrypted; and in texts dates, times, durations, ids, hashes, numbers of processes, and paths below /tmp.
/// </summary>
internal static partial class AskedCalls
{
    private const string Gone = "~";

    private static readonly string[] s_left =
    [
        "id", "call_id", "tool_call_id", "tool_use_id", "metadata", "client_metadata", "prompt_cache_key", "user", "safety_identifier",
        "encrypted_content", "signature", "thoughtSignature", "cache_control", "session_id",
    ];

    /// <param name="dialect">What the agent speaks.</param>
    /// <param name="body">The request, before the gateway changes it.</param>
    /// <param name="bytes">The same, as it came.</param>
    public static AskedCall Of(Dialect dialect, JsonObject body, ReadOnlyMemory<byte> bytes) =>
        new(!Dialect.OffersTools(body), ShapeOf(dialect.Turns(body)), bytes);

    /// <summary>All of a request that two equal runs have in common, one member a line. It takes a millisecond or two.</summary>
    public static string TextOf(AskedCall asked)
    {
        var text = new StringBuilder();
        Write(JsonParts.ParseObject(asked.Body), "", text);
        return text.ToString();
    }

    /// <summary>The first line in which two texts differ, for people; null if they are alike.</summary>
    public static string? Difference(string recorded, string asked)
    {
        if (recorded == asked)
            return null;
        string[] before = recorded.Split('\n');
        string[] now = asked.Split('\n');
        int at = 0;
        while (at < before.Length && at < now.Length && before[at] == now[at])
            at++;
        return $"- {LineOf(before, at, now)}\n+ {LineOf(now, at, before)}";
    }

    /// <summary>The line, cut to the place where it differs from the other.</summary>
    private static string LineOf(string[] lines, int at, string[] others)
    {
        if (at >= lines.Length)
            return "(nothing)";
        string line = lines[at], other = at < others.Length ? others[at] : "";
        int same = 0;
        while (same < line.Length && same < other.Length && line[same] == other[same])
            same++;
        int from = Math.Max(0, same - 60);
        string name = line[..Math.Max(0, line.IndexOf(": ", StringComparison.Ordinal))];
        string piece = line[from..Math.Min(line.Length, same + 140)];
        return from == 0 ? piece : $"{name}: ...{piece}";
    }

    private static void Write(JsonNode? node, string path, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject members:
                foreach ((string name, JsonNode? member) in members.OrderBy(one => one.Key, StringComparer.Ordinal))
                {
                    if (!s_left.Contains(name))
                        Write(member, $"{path}.{name}", text);
                }
                break;
            case JsonArray items:
                for (int i = 0; i < items.Count; i++)
                    Write(items[i], $"{path}[{i}]", text);
                break;
            default:
                string value = JsonParts.AsText(node) ?? node?.ToJsonString() ?? "null";
                text.Append(path.TrimStart('.')).Append(": ")
                    .Append(Volatile().Replace(value, Gone).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
                break;
        }
    }

    private static string ShapeOf(JsonArray turns) => string.Join('\n', turns.Select(turn =>
    {
        string parts = string.Join(',', ((turn.List("content") ?? turn.List("parts")) ?? []).Select(part => part.Text("name")
            ?? part.Part("functionCall").Text("name") ?? part.Part("functionResponse").Text("name") ?? part.Text("type") ?? "text"));
        string calls = string.Join(',', (turn.List("tool_calls") ?? []).Select(call => call.Part("function").Text("name")));
        return $"{turn.Text("role") ?? turn.Text("type")} {turn.Text("name")}{calls} {parts}".Trim();
    }));

    [GeneratedRegex(
        @"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
        + @"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b,?|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b,?"
        + @"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? +\d{1,2}(?:, \d{4})?(?: \d{1,2}:\d{2}(?::\d{2})?)?(?: \d{4})?"
        + @"|\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}\b"
        + @"|\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\b\d{1,2}/\d{1,2}/\d{4}\b"
        + @"|\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\b"
        + @"|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b|\b0x[0-9a-fA-F]{6,}\b"
        + @"|\b(?:PGID|PID|pid|session ID|Chunk ID)[:= ]+\w+|\btook \d+\b"
        + @"|/tmp/[\w./-]+|\b\d+(?:\.\d+)? ?(?:ms|s|sec|secs|seconds?)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex Volatile();
}
