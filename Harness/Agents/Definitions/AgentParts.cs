using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Agents.Definitions;

/// <summary>How an agent's programs come into a volume.</summary>
internal sealed record AgentInstall
{
    /// <summary>Lines of one script for <c>sh -e</c>, run as root in a container with a network, where <c>{programs}</c> can be
    /// written.</summary>
    public required IReadOnlyList<string> Run { get; init; }

    /// <summary>The program and arguments that print the agent's version without a network. It runs when the volume is made, and in a
    /// sandbox of a task's image before an agent is paid.</summary>
    public required IReadOnlyList<string> Check { get; init; }

    /// <summary>A text that the check's output must hold: the version.</summary>
    public required string Says { get; init; }

    /// <summary>About how much of the engine's disk the programs need, MB.</summary>
    public required int SizeMb { get; init; }
}

/// <summary>What an agent needs more where its setting has messages.</summary>
internal sealed record AgentMessages
{
    /// <summary>How the peers' messages reach it. Default prompt.</summary>
    public MessageDelivery Delivery { get; init; } = MessageDelivery.Prompt;

    /// <summary>Behind the arguments of the command.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Beside the variables of the definition; the same name replaces.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Beside the files of the definition; the same path replaces.</summary>
    public IReadOnlyDictionary<string, JsonElement> Files { get; init; } = new Dictionary<string, JsonElement>();
}

/// <summary>How messages reach a command-line agent.</summary>
[JsonConverter(typeof(StrictEnumConverter<MessageDelivery>))]
internal enum MessageDelivery
{
    /// <summary>As text: in its prompt, and in what it is shown later.</summary>
    [JsonStringEnumMemberName("prompt")]
    Prompt,

    /// <summary>It asks for them by a tool.</summary>
    [JsonStringEnumMemberName("tool")]
    Tool,
}

/// <summary>How an agent goes on from its own session.</summary>
internal sealed record AgentResume
{
    /// <summary>As the definition's command.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What it then reads. Default the prompt.</summary>
    public AgentStdin Stdin { get; init; } = AgentStdin.Prompt;
}

/// <summary>By which line of JSON on its standard output an agent says that it failed, whatever its exit code.</summary>
internal sealed record AgentFailure
{
    /// <summary>Values by dotted paths into the line, such as <c>error.code</c>; the line matches that has all of them.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Event { get; init; }

    /// <summary>The dotted path of the line's words on why; null if it has none.</summary>
    public string? Text { get; init; }

    /// <summary>The words of a line that says so: empty if it has none. Null if the line says no such thing.</summary>
    public string? WordsIn(string line)
    {
        if (!line.AsSpan().TrimStart().StartsWith('{'))
            return null;
        try
        {
            using var document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            foreach ((string path, JsonElement wanted) in Event)
            {
                if (ValueAt(root, path) is not JsonElement found || !JsonElement.DeepEquals(found, wanted))
                    return null;
            }
            return Text is null ? "" : ValueAt(root, Text) switch
            {
                { ValueKind: JsonValueKind.String } text => text.GetString(),
                { ValueKind: not JsonValueKind.Null } other => other.GetRawText(),
                _ => "",
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonElement? ValueAt(JsonElement value, string path)
    {
        foreach (string name in path.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
                return null;
        }
        return value;
    }
}
