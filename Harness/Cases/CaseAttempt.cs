using System.Diagnostics;
using Tandem.Harness.Admission;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>One attempt at a claimed case: the agents or the work that they left, the evaluation, the record.</summary>
internal sealed class CaseAttempt(RunEnvironment environment, CodingTask task, ICaseClaim claim, NextStep.Try step)
{
    /// <summary>Whether another evaluation of its agents' work would come to the same error.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Runs it; whatever happens, a record says so.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; its record is on disk.</exception>
    /// <exception cref="StoreUnwritableException">The record could not be written for as long as the run is patient.</exception>
    public async Task<RunRecord> RunAsync(CaseId caseId, TimeSpan queued, CancellationToken cancellationToken)
    {
        var agents = new AgentPhase(environment, task, claim);
        int highest = environment.Index.Find(caseId)?.Latest?.Attempt ?? 0;
        string attemptId = Guid.NewGuid().ToString("n")[..12];
        int free = Attempt.FreeNumber(environment.Layout, caseId, highest);
        int number = await environment.Matrix.NumberAsync(caseId, attemptId, free, cancellationToken);
        if (number > free)
            environment.Notice($"{caseId}: attempt {number - 1} is in the store of another worker, so that attempt {number} does not go on "
                + "from it. Workers that share the store's folder take up each other's work.");
        Attempt? begun = null;
        await environment.Breaker.KeepAsync(
            () => begun = Attempt.Begin(environment, caseId, number, attemptId, step,
                [.. agents.AgentsOf(caseId).Select(a => a.AgentId)], task.Digest),
            cancellationToken);
        using Attempt attempt = begun!;
        using Activity? span = Instrumentation.Attempt(attempt.Intent);
        var facts = new AttemptFacts { Queued = queued, SunkCost = step.SunkCost };
        try
        {
            AgentPhaseResult work = step.Kind == AttemptKind.Regrade
                ? EarlierWork.TakeOver(environment, attempt, step.TakesUp!.Value)
                : await agents.RunAsync(attempt, step.Recording, cancellationToken);
            facts = facts with { Agents = work };
            if (step.Kind == AttemptKind.Regrade && (step.Reason == AttemptReason.Regrade || work.Image is null))
            {
                // Whoever asks for another evaluation may have changed the image.
                work = work with { Image = await environment.Provider.PrepareImageAsync(task.Image, cancellationToken) };
                facts = facts with { Agents = work };
            }
            if (work.Error is null && !work.IsInterrupted && LeftSomething(work))
            {
                bool wasAlone = agents.Removal.IsCompleted;
                EvaluationResult evaluation = await EvaluateAsync(task, attempt, work, cancellationToken);
                if (!wasAlone && evaluation.Error is { Class: ErrorClass.Disk or ErrorClass.HostMemory })
                {
                    // The agents' sandboxes may have held what it lacked.
                    await agents.Removal;
                    evaluation = await EvaluateAsync(task, attempt, work, cancellationToken);
                }
                IsSettled = evaluation.IsSettled;
                WriteEvaluation(attempt, work, evaluation);
                facts = facts with { Evaluation = evaluation };
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            facts = facts with { Interruption = "The run was stopped from outside." };
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            facts = facts with { Fault = InfraErrors.Of(exception, facts.Agents is null ? CasePhase.Agent : CasePhase.Merge) };
        }

        await agents.Removal;
        facts = facts with { Duration = environment.Clock.GetElapsedTime(attempt.StartedTicks) };
        AttemptFacts lost = facts with { Interruption = Interruptions.ClaimLost, IsClaimLost = true };
        if (!await IsHeldAsync(cancellationToken))
            facts = claim.Outage is string outage ? facts with { Interruption = outage } : lost;
        long ended = environment.Clock.GetTimestamp();
        RunRecord record = Build(attempt, facts);
        await environment.Breaker.KeepAsync(() => record = KeepCopy(attempt, record, () => Build(attempt, lost)), cancellationToken);
        if (!record.IsMissingData)
            await environment.Matrix.AnnounceAsync(claim, record.Attempt, cancellationToken);
        await environment.Breaker.KeepAsync(() => AppendOnce(record), cancellationToken);
        await environment.Breaker.KeepAsync(() => record = environment.IdleGuard.Recorded(record), cancellationToken);
        await environment.BookAsync(caseId, cancellationToken);
        Instrumentation.Recorded(span, record);
        attempt.TryNotePhase(CasePhase.Record, "ok", environment.Clock.GetElapsedTime(ended));
        cancellationToken.ThrowIfCancellationRequested();
        return record;
    }

    /// <summary>Of what a worker did whose case went to another, nothing counts: the other goes on from what it left.</summary>
    private async Task<bool> IsHeldAsync(CancellationToken cancellationToken)
    {
        try
        {
            await claim.RequireAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return !claim.Lost.IsCancellationRequested;
        }
    }

    /// <summary>Writes the record's copy. Where the worker that took the case over has recorded the attempt as interrupted meanwhile, which
    /// knew less of it, this one is a further revision.</summary>
    private RunRecord KeepCopy(Attempt attempt, RunRecord record, Func<RunRecord> interrupted)
    {
        byte[] copy = StoreJson.ToFile(record);
        if (record.Revision == 1 && !attempt.TryCreate(StoreLayout.ResultFile, copy)
            && !attempt.Holds(StoreLayout.ResultFile, copy))
        {
            environment.Index.Refresh();
            var revision = NewRevision.Of(environment.Layout, interrupted(), environment.RunId, []);
            foreach ((string path, byte[] content) in revision.Files)
                attempt.Write(Path.GetFileName(path), content);
            record = revision.Record;
        }
        // The record vouches for the files that it names.
        attempt.FlushNames();
        return record;
    }

    /// <summary>Appends the record, unless the worker that took the case over has found its copy and done so.</summary>
    private void AppendOnce(RunRecord record)
    {
        environment.Index.Refresh();
        bool isThere = environment.Index.Find(record.CaseId)?.Records
            .Any(one => one.AttemptId == record.AttemptId && one.Revision == record.Revision) == true;
        if (!isThere)
            environment.Append(record);
    }

    /// <summary>The record. Where a fault of our own keeps it from being made, it is one that says so: a case without a record would never
    /// have one.</summary>
    private RunRecord Build(Attempt attempt, AttemptFacts facts)
    {
        try
        {
            return RecordBuilder.Build(environment, task, attempt.Intent, facts);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return RecordBuilder.Build(environment, task, attempt.Intent, facts with
            { Agents = null, Evaluation = null, Fault = InfraErrors.Of(exception, CasePhase.Record) });
        }
    }

    private async Task<EvaluationResult> EvaluateAsync(CodingTask task, Attempt attempt, AgentPhaseResult work,
        CancellationToken cancellationToken)
    {
        SandboxImage image = work.Image ?? await environment.Provider.PrepareImageAsync(task.Image, cancellationToken);
        AgentPatch[] patches = [.. work.Agents.Select((agent, i) => new AgentPatch(agent.AgentId, work.Patches[i] ?? []))];
        EvaluationResult evaluation =
            await CaseEvaluation.RunAsync(environment, task, attempt.Intent, patches, image, cancellationToken);
        attempt.TryNotePhase(CasePhase.Merge, evaluation.Report.MergeOutcome is MergeOutcome outcome ? EnumNames.NameOf(outcome)
            : "none", TimeSpan.FromSeconds(evaluation.MergeSeconds));
        attempt.TryNotePhase(CasePhase.Tests, evaluation.Error is RunError error ? EnumNames.NameOf(error.Class)
            : "ok", TimeSpan.FromSeconds(evaluation.TestsSeconds ?? 0));
        return evaluation;
    }

    /// <summary>An agent that crashed without having changed anything has failed; there is nothing to evaluate. One that stopped by itself
    /// is evaluated as it is.</summary>
    private static bool LeftSomething(AgentPhaseResult work) =>
        work.Patches.Any(patch => patch is { Length: > 0 }) || work.Agents.All(agent => agent.Status != AgentStatus.Error);

    private static void WriteEvaluation(Attempt attempt, AgentPhaseResult work, EvaluationResult evaluation)
    {
        foreach ((string name, ReadOnlyMemory<byte> content) in
            CaseEvaluation.Files(attempt.Intent, work.Agents.Select(agent => agent.AgentId), evaluation))
            attempt.Write(name, content.Span);
    }
}
