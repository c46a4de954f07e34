using System.CommandLine;
using System.Globalization;
using System.Text;
using Tandem.Cli.Doctor;
using Tandem.Cli.Images;
using Tandem.Cli.Setup;
using Tandem.Cli.Testing;
using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Cli.Running;

/// <summary><c>run</c>: prepares the host, starts the due cases in the test host, then collects, validates and sums up.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        Command verb = new Command("run", "Run the due cases of an experiment, then collect, validate and sum up (the default verb)")
            .With([CommonOptions.Experiment, .. RunOptions.All, .. ScenarioOptions.Selecting, ScenarioOptions.Count,
            CommonOptions.Store, CommonOptions.InstallDocker,
                CommonOptions.NoInstallDocker, CommonOptions.Verbose]);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        TextWriter error = parsed.InvocationConfiguration.Error;
        Project project = Project.Find();
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, project);
        if (ScenarioView.IsNamedBy(variables))
            return await ScenarioRun.RunAsync(parsed, variables, project, cancellationToken);
        if (File.Exists(project.ExperimentFile(variables[ExperimentView.ExperimentVariable])))
            ScenarioOptions.RequireOwn(parsed, isScenarios: false, variables[ExperimentView.ExperimentVariable]);
        ExperimentView view = await PresentImages.LoadAsync(variables, cancellationToken);
        foreach (TaskSetFault fault in view.TaskSet.Faults)
            await error.WriteLineAsync($"task set: {fault}");
        SelectedCase[] due = [.. view.Due];

        if (parsed.GetValue(RunOptions.DryRun))
        {
            foreach (SelectedCase selected in due)
                await output.WriteLineAsync(selected.CaseId.ToString());
            await error.WriteLineAsync($"Dry run: {due.Length} of {view.Cases.Count} selected cases would run, if their images can be had. "
                + "Nothing was started.");
            return ExitCodes.Ok;
        }

        if (view.Configuration.Run.Claims == ClaimChoice.Postgres && await PostgresCheck.WhyNotAsync(
            PostgresMatrix.ConnectionFrom(Project.Variable), view.Plan, cancellationToken) is string noDatabase)
        {
            await error.WriteLineAsync($"Nothing was started: {noDatabase}");
            return ExitCodes.HostLacks;
        }
        var end = new HostEnd(IsFinished: true, IsBoundReached: false);
        if (due.Length == 0)
            await output.WriteLineAsync($"Experiment {view.Configuration.Name}: nothing to run, {WhyNothing(view)}");
        else if (await PrepareAsync(parsed, view, due.Length, variables, project, cancellationToken) is { } whyNot)
        {
            await error.WriteLineAsync($"Nothing was started: {whyNot}");
            return ExitCodes.HostLacks;
        }
        else
        {
            await using var progress = RunProgress.Begin(view, output, TimeProvider.System);
            end = await TestHost.RunAsync(view.Layout, TestClasses.Cases, progress, variables, project, cancellationToken);
        }

        // What follows only reads: the table is printed after an interruption, too.
        RunTable table = RunTable.Read(view);
        if (view.Sharding?.Shard is not null)
            return await ShardEnd.WriteAsync(table, end, view.Sharding, view.Layout, WithoutImage(end, view), output, cancellationToken);
        if (view.Configuration.Run.Claims == ClaimChoice.Postgres && table.Incomplete > 0)
            return await WorkerEnd.WriteAsync(table, end, view.Layout, WithoutImage(end, view), output, cancellationToken);
        bool isPart = end.IsBoundReached || end.WithoutImage.Count > 0 || view.Cases.Count < view.Plan.Cases.Count;
        (int validation, bool isReportable) = table.IsEmpty || cancellationToken.IsCancellationRequested ? (ExitCodes.Ok, false)
            : await AnalysisProgram.CollectAndValidateAsync(view.Layout, isPart, output, CancellationToken.None);
        await output.WriteAsync(table.ToText());
        cancellationToken.ThrowIfCancellationRequested();
        if (isReportable)
            validation = await AnalysisProgram.ReportAsync(view.Layout, isPart, output, cancellationToken);
        else if (validation == ExitCodes.InvalidStore)
            await output.WriteLineAsync($"{LostFiles(view, due)}report: not written, because the store fails its validation. "
                + $"'{Project.CommandFor($"report {view.Configuration.Name} --draft", view.Layout.StoreFolder)}' writes one "
                + "with a warning on every page.");
        await output.WriteAsync(WithoutImage(end, view));
        if (!end.IsFinished || (table.Incomplete > 0 && !end.IsBoundReached))
            return ExitCodes.Red;
        return validation == ExitCodes.Ok && end.IsBoundReached ? ExitCodes.BoundReached : validation;
    }

    /// <summary>What is to be done for the cases that were skipped for want of an image; empty if none was.</summary>
    private static string WithoutImage(HostEnd end, ExperimentView view)
    {
        if (end.WithoutImage.Count == 0)
            return "";
        var text = new StringBuilder();
        int tasks = view.Cases.Select(c => (c.CaseId.Repo, c.CaseId.TaskId)).Distinct().Count();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Tasks without an image: {end.WithoutImage.Count} of {tasks}. Their cases were skipped, without an attempt.");
        foreach (string line in end.WithoutImage)
            text.AppendLine($"  {line}");
        string build = "images build"
            + (view.TaskSet.Folder == Project.Find().Tasks ? "" : $" --tasks {ShellWord.Quote(view.TaskSet.Folder)}");
        return text.AppendLine("Load these images with `docker load`, or correct what the lines name and try "
            + $"'{Project.CommandFor(build, view.Layout.StoreFolder)}'. Then the same command runs these cases.").ToString();
    }

    /// <summary>Names the cases that did not run although files of their record are gone, since the record counts.</summary>
    private static string LostFiles(ExperimentView view, SelectedCase[] due)
    {
        CaseId[] lost = [.. view.Cases.Where(c => c.Status == RunStatus.Partial).Except(due).Select(c => c.CaseId)];
        return lost.Length == 0 ? ""
            : $"{(lost.Length == 1 ? "1 case has" : $"{lost.Length} cases have")} a record that counts, but files of it are lost (first: "
            + $"{lost[0]}). '{Project.CommandFor($"regenerate {view.Configuration.Name} --dry-run", view.Layout.StoreFolder)}' names the "
            + $"files. Copy them back, or run the agents again with --status partial.{Environment.NewLine}";
    }

    private static string WhyNothing(ExperimentView view)
    {
        int completed = view.Cases.Count(c => c.Status == RunStatus.Completed);
        string[] others = [.. view.Cases.Where(c => c.Status != RunStatus.Completed).GroupBy(c => c.Status).OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {EnumNames.NameOf(group.Key)}")];
        return view.IsShardEmpty ? view.Sharding!.WhyEmpty
            : view.Cases.Count == 0 ? "no case has that status."
            : others.Length == 0 ? $"all {completed} selected cases are completed. --force runs them again."
            : $"of {view.Cases.Count} selected cases {completed} are completed and {string.Join(", ", others)}. The agents of these were "
                + "paid, so they run again only with --status or --force.";
    }

    /// <summary>Prepares engine and store, and prints what the run starts with.</summary>
    /// <returns>Why the host cannot do it, with the fix; null if it can.</returns>
    private static async Task<string?> PrepareAsync(ParseResult parsed, ExperimentView view, int due, Dictionary<string, string> variables,
        Project project, CancellationToken cancellationToken)
    {
        const string processes = "Sandboxes: plain processes on this host, without isolation";
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (view.Configuration.Sandbox.Provider == SandboxChoice.Process)
        {
            await output.WriteLineAsync($"{processes}, as the experiment asks (sandbox.provider).");
        }
        else
        {
            EngineState engine = await EngineSetup.AnnounceAsync(parsed, cancellationToken);
            var scope = new ExaminationScope
            {
                Engine = engine,
                StoreFolder = view.Layout.StoreFolder,
                Experiment = ExperimentCheck.Of(view.Configuration, view.Agent, view.TaskSet, project.Folder),
            };
            await Examination.WriteTroubleAsync(scope, output, cancellationToken);
            if (!engine.Answers)
            {
                string? why = EngineRequirement.Of(parsed) is { } requirement ? $"{requirement} asks for an engine."
                    : scope.Experiment.NeedsEngine;
                if (why is not null)
                    return $"no engine answers. {why} './run.sh doctor' prints the fix.";
                await output.WriteLineAsync($"{processes}.");
                variables["TANDEM__Sandbox__Provider"] = "process";
            }
        }
        await output.WriteLineAsync(
            $"Experiment {view.Configuration.Name}: agent {view.Agent.Kind} ({view.Agent.Description}), "
            + $"{view.Plan.Cases.Count} cases planned, "
            + $"{view.Cases.Count} selected{(view.Sharding?.Shard is Shard shard ? $" in shard {shard}" : "")}, {due} to run, "
            + $"{view.Configuration.Run.Concurrency} at a time");
        Finding store = StoreCheck.Examine(view.Layout.StoreFolder);
        return store.Severity == Severity.Fault ? $"the store cannot be used ({store.Evidence}). Fix: {store.Remedy}." : null;
    }
}
