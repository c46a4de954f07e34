using System.CommandLine;
using Tandem.Harness.Admission;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Cases;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Cli.Status;

/// <summary>What <c>status</c> shows of experiments of scenarios.</summary>
internal static class ScenarioStatus
{
    /// <summary>Whether a name means an experiment of scenarios: of the store, or of the folder experiments/.</summary>
    public static bool Is(Project project, string store, string name) =>
        SafeSegment.IsSafe(name) && File.Exists(new StoreLayout(store, name).PlanFile)
            ? ScenarioReader.IsScenarios(new StoreLayout(store, name))
            : ScenarioExperimentReader.IsScenarios(project.ExperimentFile(name));

    /// <summary>The plan that the store has of the experiment that variables name; null if it has none.</summary>
    public static ScenarioPlan? PlanOf(IReadOnlyDictionary<string, string> variables, Project project)
    {
        ScenarioExperiment experiment = ScenarioExperimentReader.Read(
            project.ExperimentFile(variables[ExperimentView.ExperimentVariable]), variables);
        var layout = new StoreLayout(variables[ExperimentView.StoreVariable], experiment.Configuration.Name);
        return File.Exists(layout.PlanFile) ? new ScenarioReader(layout).ReadPlan() : null;
    }

    /// <summary>The name under which the store has an experiment that is named by its folder.</summary>
    public static string NameOf(Project project, string name)
    {
        string path = Project.Absolute(name);
        return Path.IsPathRooted(path) && ScenarioExperimentReader.IsScenarios(project.ExperimentFile(path))
            ? ScenarioExperimentReader.Read(project.ExperimentFile(path), Project.Variables()).Configuration.Name : name;
    }

    /// <summary>The tables of the experiments that the store has.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="store">The store's folder.</param>
    /// <param name="names">The experiments.</param>
    /// <param name="kept">What was read before, by experiment, for one who looks again and again; added to. Null reads all.</param>
    /// <exception cref="UsageException">The store has none of one of the names, or an option is of pair runs.</exception>
    public static ScenarioTable[] Read(ParseResult parsed, string store, IReadOnlyList<string> names,
        Dictionary<string, ScenarioIndex>? kept = null)
    {
        // The words of --status for pair runs are more.
        if (names.Count == 0)
            return [];
        ScenarioSelection selection = ScenarioOptions.SelectionOf(parsed);
        return [.. names.Select(name =>
        {
            ScenarioOptions.RequireOwn(parsed, isScenarios: true, name);
            if (!SafeSegment.IsSafe(name) || !File.Exists(new StoreLayout(store, name).PlanFile))
                throw new UsageException($"The store {store} holds no experiment '{name}' yet. './run.sh --experiment {name}' runs it.");
            var layout = new StoreLayout(store, name);
            Dictionary<string, IReadOnlyList<string>> tags = new ScenarioReader(layout).ReadPlan()?.Scenarios
                .ToDictionary(scenario => scenario.Id, scenario => scenario.Tags) ?? [];
            if (kept is not null && !kept.ContainsKey(name))
                kept[name] = new ScenarioIndex(layout);
            return ScenarioTable.Read(layout, (id, standing) => Selects(selection, id, standing, tags), kept: kept?[name]);
        })];
    }

    /// <summary>All of it as text.</summary>
    public static string TextOf(IReadOnlyList<ScenarioTable> tables, bool isListed) =>
        string.Concat(tables.Select(table => (isListed ? table.List() : "") + table.Heading + Environment.NewLine + table.ToText()
            + table.Bounds() + table.Remedies() + table.Summary() + Environment.NewLine));

    /// <summary>The command that goes on with cases: with the model, where the definition names another one.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="named">How the experiment was named; null is by its name in the store.</param>
    /// <param name="areChecksDue">Whether only checks are to be made again.</param>
    public static string CommandFor(StoreLayout layout, ScenarioPlan plan, string? named, bool areChecksDue)
    {
        var project = Project.Find();
        string name = named ?? (Directory.Exists(Path.Combine(project.Folder, "experiments", layout.Experiment)) ? layout.Experiment
            : "FOLDER");
        bool isOwnModel = ScenarioExperimentReader.ModelOf(project.ExperimentFile(name)) == plan.Model;
        // Only a run takes a model.
        string command = areChecksDue && isOwnModel ? $"regenerate {ShellWord.Quote(name)}"
            : $"--experiment {ShellWord.Quote(name)}{(isOwnModel ? "" : $" --model {ShellWord.Quote(plan.Model)}")}";
        return Project.CommandFor(command, layout.StoreFolder);
    }

    private static bool Selects(ScenarioSelection selection, ScenarioCaseId id, ScenarioStanding standing,
        Dictionary<string, IReadOnlyList<string>> tags) =>
        (selection.Variants.Count == 0 || selection.Variants.Contains(id.Variant))
        && (selection.Scenarios.Count == 0 || selection.Scenarios.Contains(id.Scenario))
        && (selection.Repetitions.Count == 0 || selection.Repetitions.Contains(id.Repetition))
        && (selection.Tags.Count == 0 || selection.Tags.Intersect(tags.GetValueOrDefault(id.Scenario, [])).Any())
        && (selection.Statuses.Count == 0 || selection.Statuses.Contains(standing.Status));
}
