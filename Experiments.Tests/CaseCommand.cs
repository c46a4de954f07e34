using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Experiments.Tests;

/// <summary>The shell commands that run one case or one judgement alone.</summary>
internal static class CaseCommand
{
    private const string RunSection = ConfigurationReader.OverridePrefix + "Run__";

    /// <summary>Makes the line for a case, in the same experiment and with the same overrides.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="configuration">The effective configuration.</param>
    /// <param name="variables">This process's.</param>
    /// <param name="store">The store.</param>
    /// <param name="force">Whether the case has a verdict already.</param>
    public static string For(CaseId caseId, ExperimentConfiguration configuration, IReadOnlyDictionary<string, string> variables,
        string store, bool force)
    {
        // How the matrix is run does not matter for one case, but who may have the case does.
        var overrides = new SortedDictionary<string, string>(
            variables.Where(v => v.Key.StartsWith(ConfigurationReader.OverridePrefix, StringComparison.OrdinalIgnoreCase)
                && (!v.Key.StartsWith(RunSection, StringComparison.OrdinalIgnoreCase)
                || v.Key.Equals(RunSection + "Claims", StringComparison.OrdinalIgnoreCase)))
                .ToDictionary(v => v.Key, v => v.Value, StringComparer.OrdinalIgnoreCase),
            StringComparer.OrdinalIgnoreCase);
        var options = new List<string>
            { "--experiment", variables.GetValueOrDefault(ExperimentView.ExperimentVariable) is { Length: > 0 } named
            ? named : ExperimentView.DefaultExperiment };
        // The same as the front door makes of --tasks.
        if (overrides.TryGetValue("TANDEM__Tasks__Path", out string? tasks) && Path.IsPathRooted(tasks)
            && overrides.GetValueOrDefault("TANDEM__Tasks__Subset") == "null")
        {
            options.AddRange(["--tasks", tasks]);
            overrides.Remove("TANDEM__Tasks__Path");
            overrides.Remove("TANDEM__Tasks__Subset");
        }
        overrides.Remove("TANDEM__Agent__Kind");
        options.AddRange(["--agent", configuration.Agent.Kind]);
        if (overrides.Remove("TANDEM__Model__Name") && configuration.Model.Name is string model)
            options.AddRange(["--model", model]);
        if (overrides.Remove("TANDEM__Sandbox__Provider"))
            options.AddRange(["--sandbox", EnumNames.NameOf(configuration.Sandbox.Provider)]);
        options.AddRange(["--setting", EnumNames.NameOf(caseId.Setting), "--repo", caseId.Repo, "--task",
            caseId.TaskId.ToString(CultureInfo.InvariantCulture)]);
        options.AddRange(["--pair", caseId.Features.ToString(), "--seed", caseId.Seed.ToString(CultureInfo.InvariantCulture)]);
        if (force)
            options.Add("--force");
        options.AddRange(["--store", store]);
        return string.Join(' ',
            [.. overrides.Select(o => $"{o.Key}={ShellWord.Quote(o.Value)}"), "./run.sh", .. options.Select(ShellWord.Quote)]);
    }

    /// <summary>Makes the line that asks the judge of a record about that run once more.</summary>
    /// <param name="record">The record.</param>
    /// <param name="rubric">What names its rubric: see <see cref="Harness.Judging.SelectedJudgement.RubricWord"/>.</param>
    /// <param name="layout">The experiment in its store.</param>
    public static string For(JudgementRecord record, string rubric, StoreLayout layout)
    {
        CaseId run = record.CaseId;
        string[] words = ["./run.sh", "judge", layout.Experiment, "--rubric", rubric, "--judge-model", record.Judge, "--status",
            "failed",
            "--setting", EnumNames.NameOf(run.Setting), "--repo", run.Repo, "--task", run.TaskId.ToString(CultureInfo.InvariantCulture),
            "--pair", run.Features.ToString(), "--seed", run.Seed.ToString(CultureInfo.InvariantCulture),
            .. record.Repetition == 1 ? (string[])[] : ["--repetitions", record.Repetition.ToString(CultureInfo.InvariantCulture)],
            "--store", layout.StoreFolder];
        return string.Join(' ', words.Select(ShellWord.Quote));
    }

    /// <summary>Makes the line for a scenario's case, in the same experiment and with the same overrides.</summary>
    public static string For(ScenarioRecord record, IReadOnlyDictionary<string, string> variables, string store, bool force)
    {
        IEnumerable<KeyValuePair<string, string>> overrides = variables
            .Where(v => v.Key.StartsWith(ConfigurationReader.OverridePrefix, StringComparison.OrdinalIgnoreCase)
                && (!v.Key.StartsWith(RunSection, StringComparison.OrdinalIgnoreCase)
                || v.Key.Equals(RunSection + "Claims", StringComparison.OrdinalIgnoreCase)))
            .OrderBy(v => v.Key, StringComparer.OrdinalIgnoreCase);
        string[] options = ["--experiment", variables.GetValueOrDefault(ExperimentView.ExperimentVariable) ?? record.Experiment,
            "--variant", record.Variant, "--scenario", record.ScenarioId, "--rep", record.Rep.ToString(CultureInfo.InvariantCulture),
            .. force ? (string[])["--force"] : [], "--store", store];
        return string.Join(' ',
            [.. overrides.Select(o => $"{o.Key}={ShellWord.Quote(o.Value)}"), "./run.sh", .. options.Select(ShellWord.Quote)]);
    }
}
