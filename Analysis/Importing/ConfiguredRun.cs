using System.Text.Json;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Importing;

/// <summary>
/// A run whose name is upstream's default, such as <c>coop-msa_v2-gpt-4o</c>: its <c>config.json</c> says solo or coop. Whether coop agents
/// could send messages is written nowhere. Where some were sent they could; else only a map can say it.
/// </summary>
internal static class ConfiguredRun
{
    private static readonly EnumerationOptions s_cases = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 3,
        // Links are not followed: logs may come from others.
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    /// <param name="name">The run's name.</param>
    /// <param name="folder">Absolute.</param>
    /// <param name="warnings">Takes what the run is taken for, or why it is left out.</param>
    /// <returns>What it is of ours, with what names its experiment; null if nothing says it.</returns>
    public static (RunCell Cell, string Prefix)? Of(string name, string folder, ImportWarnings warnings)
    {
        // What is wrong with these files is said when they are imported.
        var quiet = new ImportWarnings();
        var file = new UpstreamFile(Path.Combine(folder, UpstreamNames.Config), $"{name}/{UpstreamNames.Config}", quiet);
        string? said = file.TryRead() is byte[] bytes ? file.TryParseObject(bytes)?.Text("setting") : null;
        bool isGit = name.Split('-').Contains("git");
        bool hasMessages = said == "coop" && !isGit && HasMessages(Path.Combine(folder, "coop"), quiet);
        if (said == "solo" || hasMessages)
        {
            Setting setting = hasMessages ? Setting.CoopComm : Setting.Solo;
            warnings.Add(name, $"is taken as {EnumNames.NameOf(setting)}, seed 0, by its config.json"
                + $"{(hasMessages ? " and because its agents sent messages" : "")} (--map FILE would say otherwise)");
            return (new RunCell(setting, 0), name.StartsWith($"{said}-", StringComparison.Ordinal) ? name[(said!.Length + 1)..] : name);
        }
        warnings.Add(name, said == "coop"
            ? $"is coop by its config.json, and {(isGit ? "its agents shared a git remote, for which there is no setting here"
                : "none of its agents sent a message, which does not say whether they could")}; left out (--map FILE would say its setting)"
            : "does not say its setting in its name or its config.json; left out (--map FILE would say it)");
        return null;
    }

    private static bool HasMessages(string folder, ImportWarnings warnings) => Directory.Exists(folder)
        && Directory.EnumerateFiles(folder, UpstreamNames.Conversation, s_cases).Any(path =>
        {
            var file = new UpstreamFile(path, UpstreamNames.Conversation, warnings);
            return file.TryRead() is byte[] bytes
                && file.TryParse(bytes) is { ValueKind: JsonValueKind.Array } messages && messages.GetArrayLength() > 0;
        });
}
