using System.Globalization;
using System.Text.Json;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Agents.Definitions;

/// <summary>What of a definition cannot work: each fault with the path of its value. A part whose shape is wrong, and which is reported
/// for that, is null here.</summary>
internal static class AgentRules
{
    /// <summary>What an install line may name: nothing else is known when programs are made.</summary>
    private static readonly string[] s_installNames = ["programs"];
    private static readonly string[] s_checkNames = ["programs", "home"];
    private static readonly string[] s_pathNames = ["home"];
    private static readonly string[] s_mainNames = [.. DefinitionValues.Names.Where(name => name != "mcp_url")];
    private static readonly string[] s_reservedVariables = ["PATH"];

    public static void Check(AgentDefinition definition, DefinitionFile file)
    {
        if (definition.Description is string words && string.IsNullOrWhiteSpace(words))
            file.Add("description", "it may not be blank.");
        if (definition.Install is AgentInstall install)
            CheckInstall(install, file);
        CheckCommand(definition.Command, "command", file);
        CheckEnvironment(definition.Environment, "environment", s_mainNames, file);
        CheckFiles(definition.Files, "files", s_mainNames, file);
        if (definition.Messages is AgentMessages messages)
        {
            CheckWords(messages.Arguments, "messages.arguments", DefinitionValues.Names, file);
            CheckEnvironment(messages.Environment, "messages.environment", DefinitionValues.Names, file);
            CheckFiles(messages.Files, "messages.files", DefinitionValues.Names, file);
        }
        if (definition.Resume is AgentResume resume)
        {
            CheckCommand(resume.Command, "resume.command", file);
            if (definition.Keep is { Count: 0 })
                file.Add("resume", "it goes on from a session, and keep names nothing that would hold one.");
        }
        foreach (string path in Each(definition.Keep, "keep", file))
            CheckPath(path, "keep", file);
        if (definition.Failure is AgentFailure failure)
            CheckFailure(failure, file);
        foreach (string code in (definition.ExitCodes ?? new Dictionary<string, ExitMeaning>()).Keys.Where(code => !IsExitCode(code)))
            file.Add($"exit_codes.{code}", "a code is 0 to 255.");
    }

    private static void CheckInstall(AgentInstall install, DefinitionFile file)
    {
        if (install.Run is { Count: 0 })
            file.Add("install.run", "at least one line is needed.");
        CheckWords(install.Run, "install.run", s_installNames, file);
        if (install.Check is { Count: 0 })
            file.Add("install.check", "it is the command that prints the version; it may not be empty.");
        CheckWords(install.Check, "install.check", s_checkNames, file);
        if (install.Says is string says && string.IsNullOrWhiteSpace(says))
            file.Add("install.says", "it may not be blank: it is what the check prints, such as the version.");
        if (install.SizeMb is < 1 or > 100_000)
            file.Add("install.size_mb", "it may be 1 to 100000.");
    }

    private static void CheckCommand(IReadOnlyList<string>? command, string at, DefinitionFile file)
    {
        if (command is { Count: 0 })
            file.Add(at, "it is a program and its arguments; it may not be empty.");
        else if (command is [string program, ..] && string.IsNullOrWhiteSpace(program))
            file.Add($"{at}[0]", "the program may not be blank.");
        CheckWords(command, at, s_mainNames, file);
    }

    private static void CheckWords(IReadOnlyList<string>? words, string at, IReadOnlyList<string> names, DefinitionFile file)
    {
        int index = 0;
        foreach (string word in Each(words, at, file))
            CheckText(word, string.Create(CultureInfo.InvariantCulture, $"{at}[{index++}]"), names, file);
    }

    private static IEnumerable<string> Each(IReadOnlyList<string>? words, string at, DefinitionFile file)
    {
        if (words is null)
            yield break;
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i] is null)
                file.Add(string.Create(CultureInfo.InvariantCulture, $"{at}[{i}]"), "it may not be null.");
            yield return words[i] ?? "";
        }
    }

    private static void CheckEnvironment(IReadOnlyDictionary<string, string>? variables, string at, IReadOnlyList<string> names,
        DefinitionFile file)
    {
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            string here = $"{at}.{name}";
            if (!ModelRules.IsName(name))
                file.Add(here, $"'{name}' is not the name of a variable.");
            if (s_reservedVariables.Contains(name))
                file.Add(here, "it would take the image's programs away; name programs by their whole path.");
            if (value is null)
                file.Add(here, "it may not be null.");
            else
                CheckText(value, here, names, file);
        }
    }

    private static void CheckFiles(IReadOnlyDictionary<string, JsonElement>? files, string at, IReadOnlyList<string> names,
        DefinitionFile file)
    {
        foreach ((string path, JsonElement content) in files ?? new Dictionary<string, JsonElement>())
        {
            string here = $"{at}.{path}";
            CheckPath(path, here, file);
            if (content.ValueKind is not (JsonValueKind.Object or JsonValueKind.String))
                file.Add(here, "a file is a text, or a JSON object.");
            foreach (string text in TextsIn(content))
                CheckText(text, here, names, file);
        }
    }

    private static void CheckPath(string path, string at, DefinitionFile file)
    {
        CheckText(path, at, s_pathNames, file);
        if (!path.StartsWith("{home}/", StringComparison.Ordinal) || path.Split('/').Any(part => part is "" or "." or ".."))
            file.Add(at, $"'{path}' is no path below {{home}}/; an agent's own files are nowhere else.");
    }

    private static void CheckFailure(AgentFailure failure, DefinitionFile file)
    {
        if (failure.Event is { Count: 0 })
            file.Add("failure.event", "without a value every line would say that the agent failed.");
        if (failure.Event?.Keys.Any(string.IsNullOrWhiteSpace) == true)
            file.Add("failure.event", "a path may not be blank.");
        if (failure.Text is string text && string.IsNullOrWhiteSpace(text))
            file.Add("failure.text", "it may not be blank; null is no words.");
    }

    private static void CheckText(string text, string at, IReadOnlyList<string> names, DefinitionFile file)
    {
        foreach (string name in CommandTemplate.UnknownValues(text, names).Distinct())
            file.Add(at, $"there is no value {{{name}}} here; there are {string.Join(", ", names)}.");
        if (text.Contains('\0', StringComparison.Ordinal))
            file.Add(at, "it holds a zero byte.");
    }

    private static IEnumerable<string> TextsIn(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => TextsIn(member.Value).Prepend(member.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(TextsIn),
        _ => [],
    };

    private static bool IsExitCode(string code) => byte.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
        && code == number.ToString(CultureInfo.InvariantCulture);
}
