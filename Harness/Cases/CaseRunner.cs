using System.Diagnostics;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Configuration;
using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>What became of a case.</summary>
public abstract record CaseResult
{
    private CaseResult()
    {
    }

    /// <summary>It was run, and this is its latest record.</summary>
    public sealed record Ran(RunRecord Record) : CaseResult;

    /// <summary>It was completed before, and this is the record that counts.</summary>
    public sealed record Stored(RunRecord Record) : CaseResult;

    /// <summary>It was left alone, for this reason.</summary>
    public sealed record Skipped(string Reason) : CaseResult;
}

/// <summary>Runs one case from claim to record.</summary>
public sealed class CaseRunner(RunEnvironment environment)
{
    /// <summary>
    /// Runs a case: claim it; settle what an earlier process left; then, until a record counts or the attempts are used up, run the agents,
    /// take their patches, evaluate them in a fresh sandbox, and append the record. Agents that finished are never run again by themselves.
    /// </summary>
    /// <param name="caseId">A case of the plan.</param>
    /// <param name="reason">Why: <see cref="AttemptReason.Due"/> leaves a completed case as it is.</param>
    /// <param name="queued">How long the case waited for its place.</param>
    /// <param name="cancellationToken">Interrupts the case; the record says so before the cancellation is passed on.</param>
    /// <exception cref="OperationCanceledException">The case was interrupted; its record is on disk.</exception>
    /// <exception cref="StoreUnwritableException">The store could not be written for as long as the run is patient; what the case left
    /// there is settled by the next run.</exception>
    public async Task<CaseResult> RunAsync(CaseId caseId, AttemptReason reason, TimeSpan queued, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        CodingTask task = environment.TaskSet.Find(caseId.Repo, caseId.TaskId)
            ?? throw new TaskSetException($"The task set {environment.TaskSet.Folder} has no usable task {caseId.Repo}/{caseId.TaskId}.");

        using IDisposable? claim = environment.Claims.TryClaim(caseId, out string holder);
        if (claim is null)
            return new CaseResult.Skipped($"claimed elsewhere, by {holder}");
        environment.Index.Refresh();
        await environment.Health.KeepAsync(() => Interruptions.Settle(environment, task, caseId), cancellationToken).ConfigureAwait(false);
        CaseHistory? history = environment.Index.Find(caseId);
        RunStatus status = RunStatusReader.Of(environment.Layout, caseId, history);
        if (reason == AttemptReason.Due && status is RunStatus.Completed && history?.Counting is RunRecord counting)
            return new CaseResult.Stored(counting);
        // Its agents crashed, or what they left was deleted: they were paid, and the record that counts would stay the same.
        if (reason == AttemptReason.Due && status is RunStatus.Failed or RunStatus.Partial && history?.Counting is RunRecord paid)
            return new CaseResult.Stored(paid);

        int? takesUp = status == RunStatus.Results && reason != AttemptReason.Force
            ? history?.Counting?.Attempt ?? RunStatusReader.LatestFinished(environment.Layout, caseId) : null;
        // Who asked for the agents' work asked for its evaluation, too, whenever that comes.
        if (takesUp is int taken && history?.Records.LastOrDefault(r => r.Attempt == taken) is RunRecord work
            && reason == AttemptReason.Due)
            reason = work.AttemptReason;
        if (takesUp is null && environment.WhyNoAgent() is string missing)
            return new CaseResult.Skipped(missing);
        if (takesUp is null && environment.Agent.IsReplay && ReplayOf(caseId) is null)
            return new CaseResult.Skipped(
                $"there is no recording of it with answers of a model in {environment.Settings.Agent.Recording} (agent.recording)");
        Continuation? continuation = takesUp is null && reason != AttemptReason.Force ? Continuation.Find(environment, caseId) : null;
        RunRecord? record = null;
        using Activity? span = Instrumentation.Case(
            caseId, environment.Settings.Name, environment.RunId, environment.Agent.Kind, environment.Settings.Model.Name);
        for (int failures = 1; ; failures++)
        {
            (IDisposable? money, string? refusal) = takesUp is null && environment.Agent.CostsMoney
                ? await environment.Budget.ReserveAsync(cancellationToken).ConfigureAwait(false) : (null, null);
            using IDisposable? reservation = money;
            // While it waited for money, its time may have passed, or another case may have met a fault that stops all.
            refusal ??= environment.Bounds.WhyOver(environment.Elapsed) ?? (takesUp is null ? environment.WhyNoAgent() : null);
            if (refusal is not null)
                return record is null ? new CaseResult.Skipped(refusal) : new CaseResult.Ran(record);
            bool isTry = await environment.Health.EnterAsync(cancellationToken).ConfigureAwait(false);
            if (environment.Halted is not null)
            {
                environment.Health.GiveUp(isTry);
                return record is null ? new CaseResult.Skipped(environment.WhyNoAgent()!) : new CaseResult.Ran(record);
            }
            try
            {
                using IDisposable place = await environment.Room.EnterAsync(cancellationToken).ConfigureAwait(false);
                record = await AttemptAsync(task, caseId, reason, takesUp, continuation, queued, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                environment.Health.GiveUp(isTry);
                throw;
            }
            environment.Health.Report(record, isTry);
            // While it is being tried whether a fault of all is cured, the case that tries does not pay for it.
            if (isTry && record.InfraError)
                failures--;
            if (record is { Interrupted: true, AttemptKind: AttemptKind.Resumed })
            {
                // What was recorded does not come to the same any more: its cost is sunk.
                continuation = continuation! with { TakesUp = null };
                failures--;
                continue;
            }
            if (record.Error is { Class: ErrorClass.ModelConfiguration, Message: var fault })
            {
                environment.Halt(fault);
                return new CaseResult.Ran(record);
            }
            // While the disk is full, agents would be paid again for work that cannot be kept.
            bool wouldPayInVain = record is
            { InfraError: true, Error: { Class: ErrorClass.Disk, Phase: CasePhase.Agent }, TotalSteps: > 0 };
            if (!record.InfraError || wouldPayInVain || failures >= environment.Settings.Run.Attempts)
                return new CaseResult.Ran(record);
            if (RunStatusReader.AgentsFinished(environment.Layout, caseId, record.Attempt))
                takesUp = record.Attempt;
            else
                continuation = Continuation.Find(environment, caseId) ?? continuation;
            // Not Polly's retry: what finds out whether a fault of all is cured does not count as a try, nor does a recording that was
            // departed from, and each try takes up what the one before it left.
            await Task.Delay(TimeSpan.FromSeconds(environment.Settings.Run.RetryPauseSeconds * Math.Pow(2, failures - 1)),
                environment.Clock, cancellationToken).ConfigureAwait(false);
            queued = TimeSpan.Zero;
        }
    }

    private async Task<RunRecord> AttemptAsync(
        CodingTask task, CaseId caseId, AttemptReason reason, int? takesUp, Continuation? continuation, TimeSpan queued,
            CancellationToken cancellationToken)
    {
        var agents = new AgentPhase(environment, task);
        Recording? recording = takesUp is not null ? null : continuation?.TakesUp is not null ? continuation.Recording : ReplayOf(caseId);
        AttemptKind kind = takesUp is not null ? AttemptKind.Regrade : continuation?.TakesUp is not null
            ? AttemptKind.Resumed : AttemptKind.Run;
        int highest = environment.Index.Find(caseId)?.Latest?.Attempt ?? 0;
        Attempt? begun = null;
        await environment.Health.KeepAsync(
            () => begun = Attempt.Begin(environment, caseId, kind, reason, takesUp ?? continuation?.TakesUp, [.. agents.AgentsOf(caseId).Select(a => a.AgentId)], highest, task.Digest), cancellationToken).ConfigureAwait(false);
        using Attempt attempt = begun!;
        using Activity? span = Instrumentation.Attempt(attempt.Intent);
        var facts = new AttemptFacts { Queued = queued, SunkCost = kind == AttemptKind.Run ? continuation?.Recording.Cost : null };
        try
        {
            AgentPhaseResult work = takesUp is int earlier
                ? EarlierWork.TakeOver(environment.Layout, attempt, earlier)
                : await agents.RunAsync(attempt, recording, cancellationToken).ConfigureAwait(false);
            facts = facts with { Agents = work };
            if (work.Error is null && !work.IsInterrupted && LeftSomething(work))
            {
                bool wasAlone = agents.Removal.IsCompleted;
                EvaluationResult evaluation = await EvaluateAsync(task, attempt, work, cancellationToken).ConfigureAwait(false);
                if (!wasAlone && evaluation.Error is { Class: ErrorClass.Disk or ErrorClass.HostMemory })
                {
                    // The agents' sandboxes may have held what it lacked.
                    await agents.Removal.ConfigureAwait(false);
                    evaluation = await EvaluateAsync(task, attempt, work, cancellationToken).ConfigureAwait(false);
                }
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

        await agents.Removal.ConfigureAwait(false);
        long ended = environment.Clock.GetTimestamp();
        RunRecord record = RecordBuilder.Build(environment, task, attempt.Intent,
            facts with { Duration = environment.Clock.GetElapsedTime(attempt.StartedTicks) });
        void Record()
        {
            attempt.WriteJson(StoreLayout.ResultFile, record);
            // The record vouches for the files that it names.
            attempt.FlushNames();
            environment.Append(record);
        }
        await environment.Health.KeepAsync(Record, cancellationToken).ConfigureAwait(false);
        Instrumentation.Recorded(span, record);
        attempt.TryNotePhase(CasePhase.Record, "ok", environment.Clock.GetElapsedTime(ended));
        cancellationToken.ThrowIfCancellationRequested();
        return record;
    }

    /// <summary>What the replay agent does again: of an experiment's case the latest attempt that a model was asked in. Null for every
    /// other agent, and where there is no such recording.</summary>
    private Recording? ReplayOf(CaseId caseId)
    {
        if (!environment.Agent.IsReplay || environment.Settings.Agent.Recording is not string named)
            return null;
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(ProjectFolder.Find(), named)));
        var layout = new StoreLayout(Path.GetDirectoryName(folder)!, Path.GetFileName(folder));
        return layout.AttemptNumbers(caseId).Reverse().Select(number => layout.AttemptFolder(caseId, number))
            .Prepend(Path.Combine(folder, caseId.ToString()))
            .Select(attempt => Recording.TryRead(Path.Combine(attempt, StoreLayout.TrajectoryFile)))
            .FirstOrDefault(recording => recording is { Responses: > 0 });
    }

    private async Task<EvaluationResult> EvaluateAsync(CodingTask task, Attempt attempt, AgentPhaseResult work,
        CancellationToken cancellationToken)
    {
        var image = work.Image ?? await environment.Provider.PrepareImageAsync(task.Image, cancellationToken).ConfigureAwait(false);
        var evaluator = new Evaluator(environment.Provider, environment.Clock);
        EvaluationResult evaluation = await evaluator.EvaluateAsync(
            new EvaluationRequest
            {
                CaseId = attempt.Intent.CaseId,
                Task = task,
                Patches = [.. work.Agents.Select((agent, i) => new AgentPatch(agent.AgentId, work.Patches[i] ?? []))],
                Sandbox = Specs.For(environment, attempt, image, "evaluation", environment.Settings.Sandbox.EvaluationNetwork
                    ?? environment.TaskSet.Options.EvaluationNetwork),
                RunnerTimeLimit = TimeSpan.FromSeconds(environment.TaskSet.Options.Limits.RunnerSeconds),
            },
            cancellationToken).ConfigureAwait(false);
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
        foreach ((AgentReport agent, ReadOnlyMemory<byte> patch) in work.Agents.Zip(evaluation.GradedPatches))
            attempt.Write($"{agent.AgentId}.graded.patch", patch.Span);
        if (evaluation.MergedDiff is ReadOnlyMemory<byte> merged)
            attempt.Write("merged.patch", merged.Span);
        foreach ((int feature, ReadOnlyMemory<byte> output) in attempt.Intent.CaseId.Features.Zip(evaluation.TestOutputs))
            attempt.Write($"tests_f{feature}.log", output.Span);
        attempt.WriteJson(StoreLayout.EvaluationFile, evaluation.Report);
    }
}

/// <summary>What an attempt that did not come to its end leaves to the next.</summary>
/// <param name="Recording">What its agents did.</param>
/// <param name="TakesUp">The attempt to take up; null if its agents must begin anew, and what they had cost is sunk.</param>
internal sealed record Continuation(Recording Recording, int? TakesUp)
{
    /// <summary>The latest attempt of a case whose model was asked, if nothing came of it.</summary>
    public static Continuation? Find(RunEnvironment environment, CaseId caseId)
    {
        if (!environment.Agent.CanResume || environment.Index.Find(caseId)?.Counting is not null)
            return null;
        foreach (int number in environment.Layout.AttemptNumbers(caseId).Reverse())
        {
            if (Recording.TryRead(Path.Combine(environment.Layout.AttemptFolder(caseId, number), StoreLayout.TrajectoryFile)) is
                { Responses: > 0 } recording)
                return new Continuation(recording, number);
        }
        return null;
    }
}
