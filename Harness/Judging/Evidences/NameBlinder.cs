using System.Text.RegularExpressions;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>
/// Takes out of a run's texts what would tell a judge where they come from: names of setting, model, run and host, ids, and paths of the
/// store. A name that is a plain word, as the experiment <c>default</c>, is an ordinary word of code and stays; Tandem itself puts none
/// into the evidence. The agents keep the names that they call each other by.
/// </summary>
internal sealed class NameBlinder
{
    public const string Replacement = "[withheld]";

    // As host names they tell nothing, and as words they are everywhere.
    private static readonly string[] s_commonHosts = ["host", "localhost"];

    // "solo" is an agent's name as well, and no run of two agents has it.
    private static readonly string[] s_settings = [EnumNames.NameOf(Setting.CoopComm), EnumNames.NameOf(Setting.CoopNocomm)];

    private readonly Regex _names;

    private NameBlinder(Regex names) => _names = names;

    /// <param name="layout">The experiment in its store.</param>
    /// <param name="run">The run that is judged.</param>
    /// <param name="shown">What the rubric shows.</param>
    public static NameBlinder Of(StoreLayout layout, RunRecord run, IReadOnlyList<ShownName> shown)
    {
        var names = new List<string> { run.CaseId.ToString(), run.AttemptId, run.RunId };
        bool showsRun = shown.Contains(ShownName.Run);
        if (!showsRun)
            names.Add(run.RunName);
        if (!showsRun && !run.Experiment.All(char.IsAsciiLetter))
            names.Add(run.Experiment);
        if (!shown.Contains(ShownName.Setting))
            names.AddRange(s_settings);
        if (run.Model is string model && !shown.Contains(ShownName.Model))
            names.AddRange([model, model[(model.LastIndexOf('/') + 1)..]]);
        string host = run.Provenance.Host;
        if (host.Length > 2 && !s_commonHosts.Contains(host))
            names.Add(host);
        string[] patterns =
        [
            // A path of the store goes on with names that tell as much.
            .. layout.StoreFolder.Length > 1 ? [Regex.Escape(layout.StoreFolder) + @"(?:[/\\][^\s""'<>:,;|]*)?"] : Array.Empty<string>(),
            .. names.Where(name => name.Length > 2).Distinct(StringComparer.OrdinalIgnoreCase).OrderByDescending(name => name.Length)
                .Select(name => $"(?<![A-Za-z0-9_]){Regex.Escape(name)}(?![A-Za-z0-9_])"),
        ];
        return new NameBlinder(new Regex(string.Join('|', patterns), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant));
    }

    public string Blind(string text) => _names.Replace(text, Replacement);

    /// <summary>The names that a rubric shows, each as a line.</summary>
    public static IReadOnlyList<string> Shown(RunRecord run, IReadOnlyList<ShownName> shown) => [.. shown.Select(name => name switch
    {
        ShownName.Setting => $"setting: {EnumNames.NameOf(run.Setting)}",
        ShownName.Model => $"model of the agents: {run.Model ?? "none"}",
        ShownName.Run => $"run: {run.RunName}",
        _ => throw new ArgumentOutOfRangeException(nameof(shown), name, "No such name."),
    })];
}
