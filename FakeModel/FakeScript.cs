using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>What agents are answered: by a file, or by default what a modest agent would do.</summary>
public static class FakeScript
{
    /// <summary>Looks around, sends the teammate its plan and reads what came where messages can be sent, writes one small new file, and
    /// submits.</summary>
    public static FakeAnswer Default(FakeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
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
    /// Reads a script: an object that has, by agent id (<c>solo</c>, <c>agent1</c>; <c>*</c> for all others), a list of answers. Each
    /// answer is an object: <c>say</c> and <c>bash</c> (a text or a list), or one of <c>status</c> (with <c>headers</c> and <c>body</c>),
    /// <c>garbage</c>, <c>stall_seconds</c>, <c>reset</c>, <c>huge_bytes</c>, or <c>submit</c>. A conversation with n answers gets the next
    /// that says something, after the faults that stand before it in the list, each once. Past the end the agent submits.
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
                    .Select((item, index) => ReadAnswer(item, $"{agent}[{index}]"))];
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
            if (!answers.TryGetValue(request.AgentId ?? "*", out List<FakeAnswer>? list) && !answers.TryGetValue("*", out list))
                return FakeAnswer.Submits;
            int begin = 0;
            for (int turn = 0; turn < request.Turn && begin < list.Count; begin++)
                turn += IsSaid(list[begin]) ? 1 : 0;
            FakeAnswer[] next = [.. list.Skip(begin).TakeWhile(answer => !IsSaid(answer))];
            int given = faultsGiven.AddOrUpdate(string.Create(CultureInfo.InvariantCulture, $"{request.Turn} {request.Conversation}"), 0,
                (_, before) => before + 1);
            return given < next.Length ? next[given] : list.ElementAtOrDefault(begin + next.Length) ?? FakeAnswer.Submits;
        };
    }

    private static bool IsSaid(FakeAnswer answer) => answer is FakeAnswer.Says or FakeAnswer.Huge or FakeAnswer.Stall { Then: not null };

    private static FakeAnswer ReadAnswer(JsonNode? item, string where)
    {
        if (item is not JsonObject answer)
            throw new FormatException($"{where} must be an object");
        string[] unknown = [.. answer.Select(member => member.Key)
            .Except(["say", "bash", "status", "headers", "body", "garbage", "stall_seconds", "reset", "huge_bytes", "submit"])];
        if (unknown.Length > 0)
            throw new FormatException($"{where}: there is no '{unknown[0]}'");
        if (answer["status"] is JsonNode status)
            return new FakeAnswer.Status((int)status, (answer["headers"] as JsonObject)?.ToDictionary(h => h.Key, h => h.Value!.ToString()),
                answer["body"]?.ToString());
        if (answer["garbage"] is JsonNode garbage)
            return new FakeAnswer.Garbage(Encoding.UTF8.GetBytes((string)garbage!));
        if (answer["reset"] is not null)
            return new FakeAnswer.Reset();
        if (answer["huge_bytes"] is JsonNode huge)
            return new FakeAnswer.Huge((long)huge);
        FakeAnswer? said = answer["submit"] is not null ? FakeAnswer.Submits : answer.ContainsKey("say")
            || answer.ContainsKey("bash") ? new FakeAnswer.Says((string?)answer["say"], Calls(answer["bash"])) : null;
        if (answer["stall_seconds"] is JsonNode stall)
            return new FakeAnswer.Stall(TimeSpan.FromSeconds((double)stall), said);
        return said ?? throw new FormatException($"{where} says nothing");
    }

    private static FakeToolCall[]? Calls(JsonNode? bash) => bash switch
    {
        null => null,
        JsonArray commands => [.. commands.Select(command => FakeToolCall.Bash((string)command!))],
        _ => [FakeToolCall.Bash((string)bash!)],
    };
}
