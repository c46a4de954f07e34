using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tandem.Cli.Status;
using Tandem.Harness.Configuration;
using Tandem.Harness.Scenarios;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Cli.Recovery;

/// <summary>What <c>regenerate</c> does with an experiment of scenarios: where expectations have changed, the answers that are there are
/// checked again. No model is asked.</summary>
internal static class ScenarioRegeneration
{
    public static async Task<int> RunAsync(ParseResult parsed, Project project, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, project);
        variables[Harness.Experiments.ExperimentView.ExperimentVariable] = StoredExperiment.NameOf(parsed);
        ScenarioOptions.RequireOwn(parsed, isScenarios: true, StoredExperiment.NameOf(parsed));
        ScenarioOptions.AddTo(variables, parsed);
        string name = StoredExperiment.NameOf(parsed);
        if (!ScenarioExperimentReader.IsScenarios(project.ExperimentFile(name)))
            throw new UsageException($"The store holds '{name}', and the folder experiments/ does not define it. Name the folder that "
                + "does: regenerate FOLDER.");
        // A plan is made larger by runs alone.
        if (ScenarioStatus.PlanOf(variables, project) is ScenarioPlan plan)
            variables[ConfigurationReader.OverridePrefix + "Repetitions"] = plan.Repetitions.ToString(CultureInfo.InvariantCulture);
        var view = ScenarioView.Load(variables, storeFolder: null, TimeProvider.System);
        SelectedScenario[] stale = [.. view.Cases.Where(one => one.Standing.Status == RunStatus.Results)];
        var lines = new List<string>();
        if (stale.Length > 0 && !parsed.GetValue(RecoveryOptions.DryRun))
        {
            using ScenarioEnvironment environment = await ScenarioEnvironment.OpenAsync(view, Guid.NewGuid().ToString("n")[..12],
                TimeProvider.System, onNotice: null, cancellationToken);
            var runner = new ScenarioRunner(environment);
            foreach (SelectedScenario selected in stale)
            {
                bool? before = selected.Standing.Record!.Passed;
                lines.Add(await runner.RunAsync(selected, cancellationToken) switch
                {
                    ScenarioResult.Rechecked done => $"{selected.Id}  {(before == done.Record.Passed ? "as before"
                        : $"was {Word(before)}")}: {ScenarioText.Of(done.Record)}",
                    ScenarioResult.Skipped skipped => $"{selected.Id}  left: {skipped.Reason}",
                    _ => $"{selected.Id}  checked in between by another process",
                });
            }
        }
        else
        {
            lines.AddRange(stale.Select(one => $"{one.Id}  its expectations have changed: its answers would be checked again"));
        }
        if (parsed.GetValue(RecoveryOptions.Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(
                new { view.Layout.Experiment, Checked = stale.Length, Lines = lines }, StatusJson.Options));
            return ExitCodes.Ok;
        }
        foreach (string line in lines)
            await output.WriteLineAsync(line);
        int missing = view.Cases.Count(one => one.Standing.Status is RunStatus.Missing or RunStatus.Failed or RunStatus.Partial);
        string rest = missing == 0 ? "" : $" {missing} others have no answers, which only a run can make: "
            + $"{Project.CommandFor($"--experiment {StoredExperiment.NameOf(parsed)}", view.Layout.StoreFolder)}.";
        string what = parsed.GetValue(RecoveryOptions.DryRun) ? "Would check" : "Checked";
        await output.WriteLineAsync($"{what} the answers of {stale.Length} "
            + $"of {view.Cases.Count} selected cases again. No model was asked.{rest}");
        if (stale.Length > 0 && !parsed.GetValue(RecoveryOptions.DryRun))
            await output.WriteLineAsync($"Next: {Project.CommandFor($"collect {view.Layout.Experiment}", view.Layout.StoreFolder)}");
        return ExitCodes.Ok;
    }

    private static string Word(bool? passed) => passed == true ? "passed" : "failed";
}
