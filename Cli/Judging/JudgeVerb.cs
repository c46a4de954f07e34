using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tandem.Cli.Recovery;
using Tandem.Cli.Running;
using Tandem.Cli.Status;
using Tandem.Cli.Testing;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Harness.Models;
using Tandem.Records.Judgements;

namespace Tandem.Cli.Judging;

/// <summary><c>judge</c>: lets judges read the runs of the store.</summary>
internal static class JudgeVerb
{
    public static Command Create()
    {
        Command verb = new Command("judge",
            "Let language models read the runs of the store and answer rubrics about them. Asks only for what is missing; no agent runs")
            .With(JudgeOptions.Rubric, JudgeOptions.Judge, JudgeOptions.AddJudge, JudgeOptions.Repetitions, JudgeOptions.Status,
            RunOptions.Setting, RunOptions.Repo, RunOptions.Task, RunOptions.Pair, RunOptions.Subset, RunOptions.Seed, RunOptions.Smoke,
            RunOptions.Tasks, RunOptions.Shard, RunOptions.Concurrency, RunOptions.MaxCost, RunOptions.MaxMinutes, RecoveryOptions.DryRun,
            RecoveryOptions.List,
            RecoveryOptions.Json, CommonOptions.Experiment, CommonOptions.Store, CommonOptions.Verbose);
        verb.Arguments.Add(StoredExperiment.Argument);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        Project project = Project.Find();
        StoredExperiment.LayoutOf(parsed, project);
        ExperimentView experiment = StoredExperiment.ViewOf(parsed, project, RunOptions.SelectionOf(parsed, withStatus: false),
            takesShard: true);
        JudgementSelection selection = JudgeOptions.SelectionOf(parsed, JudgeOptions.Status);
        var view = JudgementView.Load(experiment, selection);
        RequireSome(view);
        foreach (BrokenRubric broken in view.Broken)
            await parsed.InvocationConfiguration.Error.WriteLineAsync(broken.LeftOut);
        SelectedJudgement[] due = [.. view.Due];
        bool isJson = parsed.GetValue(RecoveryOptions.Json);
        if (parsed.GetValue(RecoveryOptions.DryRun))
        {
            await output.WriteAsync(parsed.GetValue(RecoveryOptions.List) ? new JudgeTable(view).List()
                : string.Concat(due.Select(one => one.Id + Environment.NewLine)));
            await parsed.InvocationConfiguration.Error.WriteLineAsync(DryRun(view, due));
            return ExitCodes.Ok;
        }
        var end = new HostEnd(IsFinished: true, IsBoundReached: false);
        if (due.Length > 0)
        {
            PriceTable prices = PriceTable.Read(Path.Combine(project.Folder, experiment.Configuration.Model.Prices));
            if (due.Select(one => one.Judge).DistinctBy(judge => judge.Identity.Model)
                .Select(judge => judge.WhyNot(experiment.Configuration, prices)).OfType<string>().FirstOrDefault() is string why)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"Nothing was started: {why.TrimEnd('.')}.");
                return ExitCodes.HostLacks;
            }
            Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, project);
            variables[ExperimentView.ExperimentVariable] = StoredExperiment.NameOf(parsed);
            variables[CaseSelection.Variable] = experiment.Selection.ToJson();
            variables[JudgementSelection.Variable] = (selection with { DueOnly = true, Rubrics = RubricsOf(view) }).ToJson();
            await using RunProgress lines = RunProgress.LinesOnly(isJson ? TextWriter.Null : output);
            if (!isJson)
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"Experiment {experiment.Configuration.Name}: {due.Length} of {view.Judgements.Count} selected judgements to make, "
                    + $"{experiment.Configuration.Run.Concurrency} at a time"));
            end = await TestHost.RunAsync(experiment.Layout, TestClasses.Judgements, lines, variables, project, cancellationToken);
        }
        var after = JudgementView.Load(experiment, selection with { Statuses = [], Judges = JudgesOf(view) });
        await output.WriteAsync(isJson
            ? JsonSerializer.Serialize(new JudgeTable(after).ToJson(parsed.GetValue(RecoveryOptions.List)), StatusJson.Options) + "\n"
            : Text(after, due.Length, parsed.GetValue(RecoveryOptions.List), experiment));
        cancellationToken.ThrowIfCancellationRequested();
        // What a rubric that is left out would say is not there, and nobody said that it is not wanted.
        bool isWhole = after.Broken.Count == 0
            && after.Judgements.All(one => one.Status is JudgeStatus.Complete or JudgeStatus.AgentFailed);
        return end is { IsFinished: true, IsBoundReached: false } && isWhole ? ExitCodes.Ok
            : end.IsBoundReached && after.Judgements.All(one => one.Status != JudgeStatus.Failed) ? ExitCodes.BoundReached
            : ExitCodes.Red;
    }

    /// <summary>Of the judgements that were selected, so that the table is about the same judges.</summary>
    private static string[] JudgesOf(JudgementView view) => view.Selection.Judges.Count > 0 ? [.. view.Selection.Judges]
        : [.. view.Judgements.Select(one => one.Judge.Identity.Named).Distinct()];

    /// <summary>The test process must not meet the folders that are left out.</summary>
    private static IReadOnlyList<string> RubricsOf(JudgementView view) => view.Broken.Count == 0 ? view.Selection.Rubrics
        : [.. view.Judgements.Select(one => one.RubricWord).Distinct()];

    private static string Text(JudgementView view, int asked, bool isListed, ExperimentView experiment)
    {
        var table = new JudgeTable(view);
        string nothing = asked > 0 ? Environment.NewLine
            : "Nothing to judge: each selected judgement is complete, has failed, or has nothing to read. What failed is asked again only "
                + $"with --status failed.{Environment.NewLine}";
        return $"{nothing}{(isListed ? table.List() : "")}{table.ToText()}{table.Remedies()}"
            + (view.Judgements.Any(one => one.Judge.Model is not null)
                ? JudgeCost.Line(experiment.Layout, experiment.Configuration) + Environment.NewLine : "")
            + $"The report shows labels, quotes and agreement: "
            + Project.CommandFor($"report {experiment.Configuration.Name}", experiment.Layout.StoreFolder) + Environment.NewLine;
    }

    private static string DryRun(JudgementView view, SelectedJudgement[] due)
    {
        int paid = due.Count(one => one.Judge.Model is not null);
        decimal each = view.Experiment.Configuration.Judges.JudgementCostUsd;
        string cost = paid == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $" {paid} of them ask a model and may cost {each:0.00##} USD each (judges.judgement_cost_usd), {paid * each:0.00##} USD at "
            + $"most.");
        return $"Dry run: {due.Length} of {view.Judgements.Count} selected judgements would be made.{cost} Nothing was started.";
    }

    /// <summary>A mistyped selection must not look like work that is done.</summary>
    private static void RequireSome(JudgementView view)
    {
        // A shard may have no run to judge.
        if (view.Judgements.Count > 0 || view.Selection.Statuses.Count > 0 || view.Experiment.Sharding?.Shard is not null)
            return;
        JudgementSelection selection = view.Selection;
        if (selection.Judges.Count == 0 && selection.AddedJudges.Count == 0 && view.Experiment.Configuration.Judges.Default is null)
            throw new UsageException("No judge is named, and the experiment has no judges.default. Name one with --judge-model: a model, "
                + "or builtin:rules, which needs no key.");
        if (view.Broken.Count > 0)
            throw new UsageException(string.Join('\n', view.Broken.Select(one => one.LeftOut))
                + "\nNo other rubric has a run to judge. Nothing was started.");
        if (view.RunsWithoutResult is > 0 and int runs)
            throw new UsageException($"There is nothing to judge: {runs} of the selected runs have no result yet. "
                + $"{new JudgeTable(view).RunCommand} makes them.");
        throw new UsageException("No selected run is one that the rubric is for: its rubric.json says which settings, and whether only "
            + "runs that failed or that have messages.");
    }
}
