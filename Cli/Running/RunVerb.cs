using System.CommandLine;
using Tandem.Cli.Doctor;
using Tandem.Cli.Setup;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>Plans, prepares the host, starts the cases in the test host, then collects, validates and sums up.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        Command verb = new Command("run", "Run an experiment's cases that are due, then collect, validate and sum up (the default verb)")
            .With([CommonOptions.Experiment, .. RunOptions.All, CommonOptions.Store, CommonOptions.InstallDocker,
            CommonOptions.NoInstallDocker, CommonOptions.Verbose]);
        verb.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        TextWriter error = parsed.InvocationConfiguration.Error;
        Project project = Project.Find();
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, project);
        ExperimentView view = ExperimentView.Load(variables, storeFolder: null, TimeProvider.System);
        foreach (TaskSetFault fault in view.TaskSet.Faults)
            await error.WriteLineAsync($"task set: {fault}").ConfigureAwait(false);
        SelectedCase[] due = [.. view.Due];

        if (parsed.GetValue(RunOptions.DryRun))
        {
            foreach (SelectedCase selected in due)
                await output.WriteLineAsync(selected.CaseId.ToString()).ConfigureAwait(false);
            await error.WriteLineAsync($"dry run: {due.Length} of {view.Cases.Count} selected cases would be run; nothing was started")
                .ConfigureAwait(false);
            return ExitCodes.Ok;
        }

        var end = new HostEnd(IsFinished: true, IsBoundReached: false);
        if (due.Length > 0)
        {
            if (!await PrepareHostAsync(parsed, view, variables, output, error, cancellationToken).ConfigureAwait(false))
                return ExitCodes.HostLacks;
            await output.WriteLineAsync(
                $"Experiment {view.Settings.Name}: agent {view.Agent.Kind} ({view.Agent.Description}), {view.Plan.Cases.Count} cases "
                    + $"planned, {view.Cases.Count} selected, {due.Length} to run, {view.Settings.Run.Concurrency} at a time")
                    .ConfigureAwait(false);
            Finding store = StoreCheck.Examine(view.Layout.StoreFolder);
            if (store.Severity == Severity.Fault)
            {
                await error.WriteLineAsync(
                    $"Nothing was started, since the store cannot be used: {store.Evidence}. What to do: {store.Remedy}.")
                    .ConfigureAwait(false);
                return ExitCodes.HostLacks;
            }
            end = await TestHost.RunAsync(view, variables, project, output, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await output.WriteLineAsync($"Experiment {view.Settings.Name}: nothing to run, {WhyNothing(view)}").ConfigureAwait(false);
        }

        // What follows only reads: also after an interruption, the table says what there is.
        RunSummary summary = RunSummary.Read(view);
        (int validation, bool isReportable) = summary.IsEmpty || cancellationToken.IsCancellationRequested ? (ExitCodes.Ok, false)
            : await AnalysisProgram.CollectAndValidateAsync(view, end.IsBoundReached, output, CancellationToken.None).ConfigureAwait(false);
        await output.WriteAsync(summary.ToText() + RunScores.Of(view)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (isReportable)
            validation = await AnalysisProgram.ReportAsync(view, end.IsBoundReached, output, cancellationToken).ConfigureAwait(false);
        else if (validation == ExitCodes.InvalidStore)
            await output.WriteLineAsync(
                $"{TellLost(view, due)}report: none was written of a store that fails its validation; ./run.sh report "
                + $"{view.Settings.Name} --draft writes one that says so on every page").ConfigureAwait(false);
        if (!end.IsFinished || (summary.Incomplete > 0 && !end.IsBoundReached))
            return ExitCodes.Red;
        return validation == ExitCodes.Ok && end.IsBoundReached ? ExitCodes.BoundReached : validation;
    }

    /// <summary>Says which cases were left alone although they are not whole, since their record counts.</summary>
    private static string TellLost(ExperimentView view, SelectedCase[] due)
    {
        CaseId[] lost = [.. view.Cases.Where(c => c.Status == RunStatus.Partial).Except(due).Select(c => c.CaseId)];
        return lost.Length == 0 ? ""
            : $"{lost.Length} "
            + $"{(lost.Length == 1 ? "case has a record that counts, but has" : "cases have a record that counts, but have")} lost files "
            + $"of it ({lost[0]}{(lost.Length > 1 ? ", ..." : "")}): copy them back, or --status partial runs the agents "
            + $"again.{Environment.NewLine}";
    }

    private static string WhyNothing(ExperimentView view)
    {
        int completed = view.Cases.Count(c => c.Status == RunStatus.Completed);
        string[] others = [.. view.Cases.Where(c => c.Status != RunStatus.Completed).GroupBy(c => c.Status).OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {EnumNames.NameOf(group.Key)}")];
        return view.Cases.Count == 0 ? "no case has that status."
            : others.Length == 0 ? $"all {completed} selected cases are completed. --force gives them a new attempt."
            : $"of {view.Cases.Count} selected cases {completed} are completed and {string.Join(", ", others)}: their agents were paid, "
            + $"so that they are run again only if you ask for it, with --status or --force.";
    }

    /// <summary>Sees to an engine, or says what serves instead.</summary>
    private static async Task<bool> PrepareHostAsync(
        ParseResult parsed, ExperimentView view, Dictionary<string, string> variables, TextWriter output, TextWriter error,
            CancellationToken cancellationToken)
    {
        if (view.Settings.Sandbox.Provider == SandboxChoice.Process)
        {
            await output.WriteLineAsync(
                "Sandboxes: plain processes of this host, without isolation, as the settings ask (sandbox.provider).")
                .ConfigureAwait(false);
            return true;
        }
        EngineState engine = await EngineSetup.For(parsed).EnsureAsync(parsed.EngineWish(), cancellationToken).ConfigureAwait(false);
        foreach (string line in engine.FirstLines)
            await output.WriteLineAsync(line).ConfigureAwait(false);
        var project = Project.Find();
        await Examination.WriteTroubleAsync(
            new ExaminationScope
            {
                Engine = engine,
                ProjectFolder = project.Folder,
                StoreFolder = view.Layout.StoreFolder,
                ExperimentFile = project.ExperimentFile(parsed.GetValue(CommonOptions.Experiment)),
                Variables = variables
            },
            output,
            cancellationToken).ConfigureAwait(false);
        if (engine.Answers)
            return true;
        string? whyNot =
            view.Settings.Sandbox.Provider == SandboxChoice.Docker ? "The settings ask for Docker (sandbox.provider)."
            : EngineRequirement.Of(parsed) is { } requirement ? $"{requirement} asks for an engine."
            : SandboxProviders.AllowsProcess(view.Agent, view.TaskSet);
        if (whyNot is null)
        {
            await output.WriteLineAsync("Sandboxes: the process sandbox serves this run.").ConfigureAwait(false);
            variables["TANDEM__Sandbox__Provider"] = "process";
            return true;
        }
        await error.WriteLineAsync($"Nothing was started, since no engine answers. {whyNot} './run.sh doctor' says how to mend it.")
            .ConfigureAwait(false);
        return false;
    }
}
