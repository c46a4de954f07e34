using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Harness.Agents.Shell;

/// <summary>The prompts of an agent, from files that people can read and replace: <c>system.md</c>, and one for each setting.
/// <c>{{name}}</c> stands for a value.</summary>
internal sealed partial class ShellPrompts
{
    private static readonly Setting[] s_settings = [Setting.Solo, Setting.CoopComm, Setting.CoopNocomm];
    private readonly Dictionary<string, string> _texts;

    private ShellPrompts(Dictionary<string, string> texts, string digest) => (_texts, Digest) = (texts, digest);

    /// <summary>SHA-256 over the files, lower-case hex.</summary>
    public string Digest { get; }

    /// <summary>Reads those of an agent; see <see cref="AgentSettings.Prompts"/>.</summary>
    /// <exception cref="SettingsException">As <see cref="Read"/>.</exception>
    /// <param name="settings">The agent.</param>
    /// <param name="folder">Where they are if the settings name no other place; a relative path starts at the project's folder.</param>
    public static ShellPrompts Of(AgentSettings settings, string folder) => Read(settings.Prompts ?? folder);

    /// <param name="folder">Their folder; a relative path starts at the project's folder.</param>
    /// <exception cref="SettingsException">One is missing or names a value that there is not; every fault is listed.</exception>
    private static ShellPrompts Read(string folder)
    {
        string path = Path.Combine(ProjectFolder.Find(), folder);
        var texts = new Dictionary<string, string>();
        var faults = new List<string>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in s_settings.Select(setting => EnumNames.NameOf(setting)).Prepend("system"))
        {
            string file = Path.Combine(path, name + ".md");
            if (!File.Exists(file))
            {
                faults.Add($"{name}.md: there is no such file.");
                continue;
            }
            string text = texts[name] = File.ReadAllText(file).ReplaceLineEndings("\n");
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{text}\0"));
            faults.AddRange(Placeholder().Matches(text).Select(m => m.Groups[1].Value).Where(key => !s_values.ContainsKey(key))
                .Select(key => $"{name}.md: there is no value '{{{{{key}}}}}'; there are {string.Join(", ", s_values.Keys)}."));
        }
        return faults.Count > 0
            ? throw new SettingsException($"The prompts in {path} (agent.prompts)", faults)
            : new ShellPrompts(texts, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>What it is and how it works.</summary>
    public string System(AgentContext context) => Fill("system", context);

    public string Task(AgentContext context) => Fill(EnumNames.NameOf(context.CaseId.Setting), context);

    private string Fill(string name, AgentContext context) =>
        Placeholder().Replace(_texts[name], match => s_values[match.Groups[1].Value](context)).Trim() + "\n";

    private static readonly Dictionary<string, Func<AgentContext, string>> s_values = new()
    {
        ["task"] = context => context.Prompt.Trim(),
        ["agent_id"] = context => context.AgentId,
        ["peers"] = context => string.Join(", ", context.Mailbox?.Peers ?? []),
        ["repo"] = context => context.Sandbox.Paths.Repo,
        ["submission_file"] = context => context.SubmissionFile,
        ["message_delivery"] = context => context.Gateway?.Definition.Messages.Delivery == MessageDelivery.Prompt
            ? "What your teammate writes is shown to you before your next step; look with `read_messages` if you expect more."
            : "Nothing is shown to you by itself: look with `read_messages` before each larger change and before you finish.",
        ["submit_word"] = _ => ShellAgent.SubmitWord,
        ["command_seconds"] = context => context.CommandLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ["output_characters"] = context => context.Settings.OutputCharacters.ToString(CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"\{\{(\w+)\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
