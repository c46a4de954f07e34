using System.Text.RegularExpressions;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Upstream;

/// <summary>One run of upstream's: all its cases have one setting and one seed.</summary>
/// <param name="Name">The run's name, which is that of its folder.</param>
/// <param name="Folder">Absolute.</param>
/// <param name="Cell">What it is of ours.</param>
internal sealed record UpstreamRun(string Name, string Folder, RunCell Cell)
{
    /// <summary>The folder under the run's that holds the cases of a setting.</summary>
    public string SettingFolder => FolderOf(Cell.Setting);

    /// <summary>Upstream knows solo and coop; whether coop agents could talk it does not write down.</summary>
    public static string FolderOf(Setting setting) => setting == Setting.Solo ? "solo" : "coop";
}

internal readonly partial record struct RunCell(Setting Setting, int Seed)
{
    /// <summary>Reads the end of a run name: <c>-solo</c>, <c>-coop-comm-seed2</c>.</summary>
    /// <param name="runName">The whole name.</param>
    /// <param name="prefix">What stands before it: as a rule the model.</param>
    /// <returns>Null if the name says nothing of a setting.</returns>
    public static RunCell? FromName(string runName, out string prefix)
    {
        Match match = Ending().Match(runName);
        prefix = match.Groups["prefix"].Value;
        return match.Success && EnumNames.TryParse(match.Groups["setting"].Value, out Setting setting)
            && TryReadSeed(match.Groups["seed"], out int seed)
            ? new RunCell(setting, seed)
            : null;
    }

    public override string ToString() => $"{EnumNames.NameOf(Setting)} seed {Seed}";

    private static bool TryReadSeed(Group digits, out int seed)
    {
        seed = 0;
        return !digits.Success || int.TryParse(digits.ValueSpan, out seed);
    }

    [GeneratedRegex("^(?<prefix>.+)-(?<setting>solo|coop-comm|coop-nocomm)(-seed(?<seed>[0-9]+))?$")]
    private static partial Regex Ending();
}
