using System.Collections.Concurrent;
using System.CommandLine;
using System.Text.Json;
using Tandem.Cli.Images;
using Tandem.Cli.Status;
using Tandem.Harness.Cases;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Recovery;

/// <summary><c>regrade</c>: evaluates cases again, by the same patches, as an attempt of its own; the old one is kept.</summary>
internal static class RegradeVerb
{
    public static Command Create()
    {
        Command verb = new Command("regrade",
            "Evaluate cases again by the same patches, for changed tests, a changed image or a suspected flake. The new evaluation counts; "
            + "the old one is kept. No agent and no model").With(CaseSample.Share, CaseSample.Seed).WithSelection();
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        Project project = Project.Find();
        StoredExperiment.LayoutOf(parsed, project);
        ExperimentView view = StoredExperiment.ViewOf(parsed, project, RunOptions.SelectionOf(parsed));
        if (view.Selection.OlderImage)
            view = StoredExperiment.ViewOf(parsed, project, await PresentImages.AddAsync(view, cancellationToken));
        var status = new StoreStatus(view.Layout, view.Plan.Cases);
        status.Refresh();
        Dictionary<CaseId, RunRecord?> before = status.Cases.ToDictionary(standing => standing.CaseId, standing => standing.Counting);
        CaseId[] selected = [.. view.Cases.Select(one => one.CaseId)];
        CaseId[] gradable = [.. view.Cases.Where(one => before[one.CaseId] is not null || one.Status == RunStatus.Results)
            .Select(one => one.CaseId)];
        CaseId[] unfinished = [.. selected.Except(gradable)];
        IReadOnlyList<CaseId> cases = CaseSample.Of(gradable, parsed.GetValue(CaseSample.Share), parsed.GetValue(CaseSample.Seed) ?? 0);
        if (parsed.GetValue(RecoveryOptions.DryRun))
        {
            foreach (CaseId caseId in cases)
                await output.WriteLineAsync(caseId.ToString());
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                $"Dry run: {cases.Count} of {selected.Length} selected cases would be graded again. Nothing was started.");
            return ExitCodes.Ok;
        }
        if (cases.Count == 0)
        {
            await output.WriteLineAsync($"{view.Configuration.Name}: of {selected.Length} selected cases none has agents that have "
                + "finished. Nothing was started.");
            return ExitCodes.Ok;
        }

        IReadOnlyList<StatusCounts> rates = RegradeTable.RatesOf(status.Cases);
        var done = new ConcurrentDictionary<CaseId, RegradedCase>();
        bool isJson = parsed.GetValue(RecoveryOptions.Json);
        try
        {
            await SandboxWork.RunAsync(parsed, view, cases, async (environment, caseId, token) =>
            {
                RegradedCase one = Of(caseId, before[caseId],
                    await new CaseRunner(environment).EvaluateAsync(caseId, AttemptReason.Regrade, TimeSpan.Zero, token));
                done[caseId] = one;
                if (!isJson)
                {
                    lock (done)
                        output.WriteLine($"[{done.Count}/{cases.Count}] {one}");
                }
            }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What was graded counts already, and is shown.
        }
        status.Refresh();
        var table = new RegradeTable([.. cases.Where(done.ContainsKey).Select(caseId => done[caseId])], unfinished, rates,
            RegradeTable.RatesOf(status.Cases));
        bool isListed = parsed.GetValue(RecoveryOptions.List);
        await output.WriteAsync(isJson ? JsonOf(view, table, isListed) : table.ToText(isListed));
        if (!isJson && table.Cases.Any(one => one.After is not null))
            await output.WriteLineAsync(RecoveryOptions.NextAfterChange(view.Layout));
        cancellationToken.ThrowIfCancellationRequested();
        return table.Cases.Any(one => one.After is { IsMissingData: true }) ? ExitCodes.Red : ExitCodes.Ok;
    }

    private static RegradedCase Of(CaseId caseId, RunRecord? before, CaseResult result) => result switch
    {
        CaseResult.Ran ran => new RegradedCase(caseId, before, ran.Record, null),
        CaseResult.Skipped skipped => new RegradedCase(caseId, before, null, skipped.Reason),
        _ => throw new InvalidOperationException($"Unknown result {result}."),
    };

    private static string JsonOf(ExperimentView view, RegradeTable table, bool isListed) => JsonSerializer.Serialize(
        new
        {
            Experiment = view.Configuration.Name,
            Cases = table.Cases.Where(one => isListed || one.Changes.Count > 0 || !one.IsGraded).Select(one => new
            {
                CaseId = one.CaseId.ToString(),
                one.After?.Attempt,
                Before = one.Before?.Verdict,
                After = one.After?.Verdict,
                one.Changes,
                one.Reason,
            }),
            Unfinished = table.Unfinished.Select(caseId => caseId.ToString()),
            Settings = table.Before.Zip(table.After).Select(pair => new
            {
                Setting = pair.First.Name,
                pair.First.Cases,
                Before = new { pair.First.Passed, pair.First.Scored },
                After = new { pair.Second.Passed, pair.Second.Scored },
            }),
        },
        StatusJson.Options) + "\n";
}
