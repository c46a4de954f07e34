using System.CommandLine;
using System.Text.Json;
using Tandem.Cli.Status;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Store;

namespace Tandem.Cli.Recovery;

/// <summary><c>regenerate</c>: rebuilds derived files that are missing or changed, from what is on disk. No agent, no model.</summary>
internal static class RegenerateVerb
{
    public static Command Create()
    {
        Command verb = new Command("regenerate",
            "Rebuild derived files that are missing, empty, cut or changed, from the record, the trajectory and the patches. No agent and "
            + "no model; an engine only where an evaluation is missing. Of scenarios: check answers again whose expectations have changed")
            .WithSelection().With(ScenarioOptions.Selecting);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        Project project = Project.Find();
        if (StoredExperiment.IsScenarios(parsed, project))
            return await ScenarioRegeneration.RunAsync(parsed, project, cancellationToken);
        StoreLayout layout = StoredExperiment.LayoutOf(parsed, project);
        ScenarioOptions.RequireOwn(parsed, isScenarios: false, layout.Experiment);
        StoredExperiment.RequirePlan(layout);
        var watched = Watched.Of(project, layout.StoreFolder, layout.Experiment, RunOptions.SelectionOf(parsed));
        CaseId[] cases = [.. watched.Look().Cases.Select(standing => standing.CaseId)];
        watched.RequireSome();
        using var regenerator = new Regenerator(layout, Guid.NewGuid().ToString("n")[..12], TimeProvider.System);
        IReadOnlyList<CaseDamage> damages = regenerator.Examine(cases);
        if (parsed.GetValue(RecoveryOptions.DryRun))
        {
            await WriteAsync(parsed, layout, cases, [.. damages.SelectMany(Planned)]);
            return ExitCodes.Ok;
        }
        var repairs = new List<Repair>(regenerator.Rebuild(damages));
        CaseId[] inSandbox = [.. damages.Where(damage => damage.NeedsSandbox).Select(damage => damage.CaseId)
            .Except(repairs.Where(repair => repair.Attempt is null).Select(repair => repair.CaseId))];
        try
        {
            if (inSandbox.Length > 0)
                repairs.AddRange(await EvaluateAsync(parsed, project, inSandbox, cancellationToken));
        }
        catch (Exception exception) when (exception is SandboxException or ExperimentMismatchException or SettingsException
            or TaskSetException)
        {
            // What needed no sandbox is done all the same, and is said first.
            await WriteAsync(parsed, layout, cases, repairs);
            throw;
        }
        await WriteAsync(parsed, layout, cases, repairs);
        cancellationToken.ThrowIfCancellationRequested();
        await output.FlushAsync(CancellationToken.None);
        return repairs.All(repair => repair.Kind == RepairKind.Rebuilt) ? ExitCodes.Ok : ExitCodes.Red;
    }

    private static async Task<List<Repair>> EvaluateAsync(ParseResult parsed, Project project, CaseId[] cases,
        CancellationToken cancellationToken)
    {
        ExperimentView view = StoredExperiment.ViewOf(parsed, project, new CaseSelection());
        var done = new List<Repair>();
        try
        {
            await SandboxWork.RunAsync(parsed, view, cases, async (environment, caseId, token) =>
            {
                IReadOnlyList<Repair> repairs = await new EvaluationRepair(environment).RunAsync(caseId, token);
                lock (done)
                    done.AddRange(repairs);
            }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is done is said; the next start does the rest.
        }
        return done;
    }

    /// <summary>What a dry run says: one line for each attempt.</summary>
    private static IEnumerable<Repair> Planned(CaseDamage damage)
    {
        foreach (AttemptDamage attempt in damage.Attempts)
        {
            (CaseId caseId, int number) = (damage.CaseId, attempt.Record.Attempt);
            FileFault[] files = [.. attempt.Files.Where(file => !file.IsPrimary)];
            if (files.Length > 0)
                yield return new Repair(caseId, number, attempt.Files.Any(file => file.NeedsSandbox) && !attempt.NeedsSandbox
                    ? RepairKind.Left : RepairKind.Rebuilt,
                    string.Join(", ", files.AsEnumerable()) + (attempt.NeedsSandbox ? "; needs a sandbox" : ""));
            if (attempt.Lost.Any())
                yield return new Repair(caseId, number, RepairKind.Lost, string.Join(", ", attempt.Lost));
        }
        if (damage.Unreported is int unreported)
            yield return new Repair(damage.CaseId, unreported, RepairKind.Rebuilt, "the report of its agents is missing");
        if (damage.IsUnevaluated)
            yield return new Repair(damage.CaseId, null, RepairKind.Rebuilt, "its evaluation and record are missing; needs a sandbox");
    }

    private static async Task WriteAsync(ParseResult parsed, StoreLayout layout, CaseId[] cases, List<Repair> repairs)
    {
        bool isPlanned = parsed.GetValue(RecoveryOptions.DryRun);
        TextWriter output = parsed.InvocationConfiguration.Output;
        ILookup<CaseId, Repair> byCase = repairs.ToLookup(repair => repair.CaseId);
        bool isListed = parsed.GetValue(RecoveryOptions.List);
        if (parsed.GetValue(RecoveryOptions.Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(
                new
                {
                    layout.Experiment,
                    Selected = cases.Length,
                    DryRun = isPlanned,
                    Cases = cases.Where(caseId => isListed || byCase.Contains(caseId)).Select(caseId => new
                    {
                        CaseId = caseId.ToString(),
                        Repairs = byCase[caseId]
                            .Select(repair => new { repair.Attempt, Kind = EnumNames.NameOf(repair.Kind), repair.What }),
                    }),
                },
                StatusJson.Options));
            return;
        }
        foreach (CaseId caseId in cases.Where(caseId => isListed || byCase.Contains(caseId)))
        {
            foreach (Repair repair in byCase[caseId])
                await output.WriteLineAsync(isPlanned && repair.Kind == RepairKind.Rebuilt ? repair.Line("to rebuild") : repair.ToString());
            if (!byCase.Contains(caseId))
                await output.WriteLineAsync($"{caseId}  nothing to rebuild");
        }
        int Count(RepairKind kind) => repairs.Count(repair => repair.Kind == kind);
        string done = isPlanned ? "to rebuild" : "rebuilt";
        string others = string.Concat(new[] { RepairKind.Differs, RepairKind.Lost, RepairKind.Left }.Where(kind => Count(kind) > 0)
            .Select(kind => $", {Count(kind)} {EnumNames.NameOf(kind)}"));
        await output.WriteLineAsync(repairs.Count == 0
            ? $"{layout.Experiment}: of {cases.Length} selected cases all files are as their records say. Nothing was written."
            : $"{layout.Experiment}: {cases.Length} cases looked at, {Count(RepairKind.Rebuilt)} {done}{others}.");
        if (!isPlanned && Count(RepairKind.Rebuilt) > 0)
            await output.WriteLineAsync(RecoveryOptions.NextAfterChange(layout));
    }
}
