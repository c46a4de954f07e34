using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>What agents are answered: by a file, or by default what a modest agent would do.</summary>
public static class FakeScript
{
    /// <summary>The name under which a script answers calls without tools.</summary>
    private const string Side = "side";

    /// <summary>Looks around, sends the teammate its plan and reads what came where messages can be sent, writes one small new file, and
    /// submits.</summary>
    public static FakeAnswer Default(FakeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.HasTools)
            return Aside(request);
        string name = request.AgentId ?? "solo";
        List<FakeAnswer> answers =
        [
            FakeAnswer.Runs("ls", "I look around first."),
            FakeAnswer.Runs("git log --oneline -3"),
        ];
        if (request.CanSendMessages)
        {
            string mate = request.Teammate ?? (name == "agent1" ? "agent2" : "agent1");
            answers.Add(FakeAnswer.Runs($"send_message {mate} \"I write notes-{name}.txt and nothing else. What do you do?\" --wait 5",
                "My teammate should know my plan."));
            answers.Add(FakeAnswer.Runs("read_messages"));
        }
        answers.Add(FakeAnswer.Runs($"printf 'Notes of %s.\\n' {name} > notes-{name}.txt && cat notes-{name}.txt"));
        return request.Turn < answers.Count ? answers[request.Turn] : FakeAnswer.Submits;
    }

    /// <summary>
    /// Reads a script: an object that has, by agent id (<c>solo</c>, <c>agent1</c>; <c>*</c> for all others), a list of answers (docs: fake
    /// model). Each answer is an object: <c>say</c>, <c>think</c>, <c>bash</c> (a text or a list), <c>call</c> and <c>usage</c>, or one of
    /// <c>status</c> (with <c>headers</c> and <c>body</c>), <c>garbage</c>, <c>stall_seconds</c>, <c>reset</c>, <c>cut_after_events</c>,
    /// <c>unended</c>, <c>error_event</c> (with <c>message</c> and <c>code</c>), <c>silent_seconds</c> (with <c>events</c>),
    /// <c>huge_bytes</c>, or <c>submit</c>. A conversation with n answers gets the next that says something, after the faults that stand
    /// before it in the list, each once. Past the end the agent submits. Calls without tools take no turn: they get the answers of the
    /// list <c>side</c>, or a short text that fits the schema they ask for.
    /// </summary>
    /// <exception cref="FormatException">The file is no script; the message says where.</exception>
    public static Func<FakeRequest, FakeAnswer> Read(string file)
    {
        Dictionary<string, List<FakeAnswer>> answers = [];
        try
        {
            using FileStream stream = File.OpenRead(file);
            JsonObject root = JsonNode.Parse(stream) as JsonObject
                ?? throw new FormatException("it must hold one JSON object");
            foreach ((string agent, JsonNode? list) in root.Where(member => member.Key != "$schema"))
                answers[agent] = [.. (list as JsonArray ?? throw new FormatException($"{agent} must be a list"))
                    .Select((item, index) => AnswerReader.Read(item, $"{agent}[{index}]"))];
        }
        catch (Exception exception)
            when (exception is JsonException or FormatException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"The script {file} cannot be used: {exception.Message}");
        }
        return Of(answers);
    }

    /// <summary>A script of lists of answers, by agent id or <c>*</c>; see <see cref="Read"/>.</summary>
    public static Func<FakeRequest, FakeAnswer> Of(IReadOnlyDictionary<string, List<FakeAnswer>> answers)
    {
        var faultsGiven = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        return request =>
        {
            List<FakeAnswer>? list;
            if (!request.HasTools)
            {
                if (!answers.TryGetValue(Side, out list))
                    return Aside(request);
            }
            else if (!answers.TryGetValue(request.AgentId ?? "*", out list) && !answers.TryGetValue("*", out list))
            {
                return FakeAnswer.Submits;
            }
            int begin = 0;
            for (int turn = 0; turn < request.Turn && begin < list.Count; begin++)
                turn += IsSaid(list[begin]) ? 1 : 0;
            FakeAnswer[] next = [.. list.Skip(begin).TakeWhile(answer => !IsSaid(answer))];
            int given = faultsGiven.AddOrUpdate(string.Create(CultureInfo.InvariantCulture, $"{request.Turn} {request.Conversation}"), 0,
                (_, before) => before + 1);
            return given < next.Length ? next[given]
                : list.ElementAtOrDefault(begin + next.Length) ?? (request.HasTools ? FakeAnswer.Submits : Aside(request));
        };
    }

    /// <summary>What a client gets that asks for a title, a summary or a route.</summary>
    private static FakeAnswer.Says Aside(FakeRequest request)
    {
        const string Text = "A scripted session";
        return new FakeAnswer.Says(request.Wire.AnswerSchema(request.Body) is JsonNode schema
            ? Samples.Of(schema, Text)?.ToJsonString() ?? "null" : Text);
    }

    private static bool IsSaid(FakeAnswer answer) => answer is FakeAnswer.Says or FakeAnswer.Huge or FakeAnswer.Stall { Then: not null };
}
