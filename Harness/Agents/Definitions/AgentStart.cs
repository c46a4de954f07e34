using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Definitions;

/// <summary>A definition with its values put in: what is started in one sandbox.</summary>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Stdin">What it reads.</param>
/// <param name="Environment">Variables added to the sandbox's own.</param>
/// <param name="Files">To be put into the sandbox before.</param>
/// <param name="Keep">Absolute paths of its session and log.</param>
internal sealed record AgentStart(IReadOnlyList<string> Command, AgentStdin Stdin, IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<SandboxFile> Files, IReadOnlyList<string> Keep)
{
    /// <summary>Puts the values in.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="values">What its names stand for.</param>
    /// <param name="hasMessages">Whether the setting has messages.</param>
    /// <param name="isResumed">Whether it goes on from its own session.</param>
    /// <exception cref="InvalidOperationException">It cannot go on from its own session.</exception>
    public static AgentStart Of(AgentDefinition definition, DefinitionValues values, bool hasMessages, bool isResumed)
    {
        AgentResume? resume = !isResumed ? null : definition.Resume
            ?? throw new InvalidOperationException($"The agent '{definition.Name}' cannot go on from its own session.");
        IReadOnlyList<string> command = resume?.Command ?? definition.Command;
        AgentMessages messages = hasMessages ? definition.Messages : new AgentMessages();
        return new AgentStart(
            [.. command.Concat(messages.Arguments).Select(word => Fill(word, values))],
            resume?.Stdin ?? definition.Stdin,
            Joined(definition.Environment, messages.Environment).ToDictionary(one => one.Key, one => Fill(one.Value, values)),
            [.. Joined(definition.Files, messages.Files).Select(file => FileOf(Fill(file.Key, values), file.Value, values))],
            [.. definition.Keep.Select(path => Fill(path, values))]);
    }

    private static Dictionary<string, T> Joined<T>(IReadOnlyDictionary<string, T> first, IReadOnlyDictionary<string, T> second)
    {
        var joined = new Dictionary<string, T>(first);
        foreach ((string key, T value) in second)
            joined[key] = value;
        return joined;
    }

    private static string Fill(string text, DefinitionValues values) => CommandTemplate.Replace(text, values.ValueOf);

    private static SandboxFile FileOf(string path, JsonElement content, DefinitionValues values)
    {
        string text = content.ValueKind == JsonValueKind.String
            ? CommandTemplate.Replace(content.GetString()!, name => Quoted(values.ValueOf(name), path))
            : Filled(JsonNode.Parse(content.GetRawText()), values)!.ToJsonString(s_indented) + "\n";
        return new SandboxFile(path, Encoding.UTF8.GetBytes(text));
    }

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>A value as it stands between the quotes of its file's language: TOML's are JSON's.</summary>
    private static string Quoted(string value, string path) => Path.GetExtension(path) is ".json" or ".jsonc" or ".toml"
        ? JsonEncodedText.Encode(value).ToString() : value;

    private static JsonNode? Filled(JsonNode? node, DefinitionValues values) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member =>
            KeyValuePair.Create(Fill(member.Key, values), Filled(member.Value, values)))),
        JsonArray items => new JsonArray([.. items.Select(item => Filled(item, values))]),
        JsonValue value when value.TryGetValue(out string? text) => FilledText(text, values),
        _ => node?.DeepClone(),
    };

    private static JsonValue FilledText(string text, DefinitionValues values) =>
        DefinitionValues.Numbers.FirstOrDefault(name => text == $"{{{name}}}") is string number
            ? JsonValue.Create(int.Parse(values.ValueOf(number), System.Globalization.CultureInfo.InvariantCulture))
            : JsonValue.Create(Fill(text, values));
}
