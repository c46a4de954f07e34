using System.Globalization;
using System.Text;
using System.Text.Json;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Records.Json;
using Tandem.Records.Text;

namespace Tandem.Cli.Agents;

/// <summary>What a definition says, for a person: values that are the same in every sandbox are put in.</summary>
internal static class AgentPage
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static string ToText(AgentDefinition definition, string folder, IReadOnlyList<OwnPrograms>? own, string? whyNot)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{definition.Name}: {definition.Description}");
        Line("file", $"{Path.Combine(folder, definition.Name, AgentDefinitions.FileName)} (digest {definition.Digest[..12]})");
        string unknown = own is null ? $" (no engine answers: {whyNot})" : "";
        Line("programs", $"{ProgramStore.VolumeName(definition.Recipe)}: {AgentTable.StateOf(definition, own)}, "
            + $"{AgentTable.SizeOf(definition, own)}{unknown}");
        Line("check", $"{Words(definition.Install.Check)} prints {definition.Install.Says}");
        Line("dialect", $"{EnumNames.NameOf(definition.Dialect)}; another model than the experiment's: "
            + EnumNames.NameOf(definition.OtherModels));
        Line("command", Words(definition.Command));
        Line("stdin", EnumNames.NameOf(definition.Stdin));
        foreach ((string name, string value) in definition.Environment)
            Line("variable", $"{name}={Fill(value)}");
        AppendFiles("file in it", definition.Files);
        Line("messages", $"by {EnumNames.NameOf(definition.Messages.Delivery)}{Also(definition.Messages.Arguments)}");
        foreach ((string name, string value) in definition.Messages.Environment)
            Line("", $"{name}={Fill(value)}");
        AppendFiles("", definition.Messages.Files);
        Line("resume", definition.Resume is not { } resume ? "it cannot go on from its own session"
            : $"{Words(resume.Command)} (stdin: {EnumNames.NameOf(resume.Stdin)})");
        Line("keeps", definition.Keep.Count == 0 ? "nothing" : string.Join(' ', definition.Keep));
        Line("fails by", definition.Failure is not { } failure ? "its exit code alone"
            : $"a line with {string.Join(", ", failure.Event.Select(one => $"{one.Key} = {one.Value.GetRawText()}"))}");
        Line("exit codes", string.Join(", ", definition.ExitCodes.Select(code => $"{code.Key} {EnumNames.NameOf(code.Value)}")
            .Append("0 Submitted unless named, others Error")));
        return text.ToString();

        void Line(string what, string value) => text.AppendLine(CultureInfo.InvariantCulture, $"  {what,-11} {value}");

        void AppendFiles(string what, IReadOnlyDictionary<string, JsonElement> files)
        {
            foreach ((string path, JsonElement content) in files)
            {
                Line(what, path);
                string shown = content.ValueKind == JsonValueKind.String
                    ? content.GetString()! : JsonSerializer.Serialize(content, s_indented);
                foreach (string line in shown.TrimEnd().Split('\n'))
                    text.AppendLine(CultureInfo.InvariantCulture, $"                {line}");
            }
        }
    }

    private static string Also(IReadOnlyList<string> words) => words.Count == 0 ? "" : ", with " + Words(words);

    private static string Words(IReadOnlyList<string> words) => string.Join(' ', words.Select(word => ShellWord.Quote(Fill(word))));

    private static string Fill(string text) =>
        CommandTemplate.Replace(text, name => name == "programs" ? ProgramVolume.Folder : $"{{{name}}}");
}
