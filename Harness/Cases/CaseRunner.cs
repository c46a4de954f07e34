using System.Diagnostics;
using Tandem.Harness.Admission;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

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
    // As long as clients of network file systems keep what they know of a file.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

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
    public Task<CaseResult> RunAsync(CaseId caseId, AttemptReason reason, TimeSpan queued, CancellationToken cancellationToken) =>
        RunAsync(caseId, situation => NextStep.For(situation, reason), queued, mayStartAgents: true, cancellationToken);

    /// <summary>As <see cref="RunAsync(CaseId, AttemptReason, TimeSpan, CancellationToken)"/>, but no agent is started: what finished
    /// agents left is evaluated, by an attempt of kind <see cref="AttemptKind.Regrade"/>. A case without such work is skipped.</summary>
    /// <param name="caseId">A case of the plan.</param>
    /// <param name="reason">Why: <see cref="AttemptReason.Regrade"/> evaluates a case that has a verdict, too, with its image prepared
    /// anew.</param>
    /// <param name="queued">How long the case waited for its place.</param>
    /// <param name="cancellationToken">Interrupts the case; the record says so before the cancellation is passed on.</param>
    /// <exception cref="OperationCanceledException">The case was interrupted; its record is on disk.</exception>
    /// <exception cref="StoreUnwritableException">The store could not be written for as long as the run is patient.</exception>
    public Task<CaseResult> EvaluateAsync(CaseId caseId, AttemptReason reason, TimeSpan queued, CancellationToken cancellationToken) =>
        RunAsync(caseId, situation => NextStep.WithoutAgents(situation, reason, situation.History?.Counting is RunRecord counting
            ? EarlierWork.WhyLost(environment.Layout, counting) : null), queued, mayStartAgents: false, cancellationToken);

    private async Task<CaseResult> RunAsync(CaseId caseId, Func<CaseSituation, NextStep> decide, TimeSpan queued, bool mayStartAgents,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        CodingTask task = environment.TaskSet.Find(caseId.Repo, caseId.TaskId)
            ?? throw new TaskSetException($"The task set {environment.TaskSet.Folder} has no usable task {caseId.Repo}/{caseId.TaskId}.");
        if (environment.Matrix.IsCompletedHere(caseId) && decide(Unclaimed(caseId)) is NextStep.Stored known)
            return new CaseResult.Stored(known.Record);
        ClaimAnswer answer = await environment.Matrix.Claims.TryClaimAsync(caseId, cancellationToken);
        if (answer.Claim is null)
            return new CaseResult.Skipped(answer.Refusal);
        await using ICaseClaim claim = answer.Claim;
        using var held = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, claim.Lost);
        try
        {
            return await RunClaimedAsync(task, caseId, claim, decide, queued, mayStartAgents, held.Token);
        }
        catch (OperationCanceledException) when (claim.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new CaseResult.Skipped($"{Interruptions.ClaimLost} What was done is on disk; the worker that has the case goes on.");
        }
    }

    private async Task<CaseResult> RunClaimedAsync(CodingTask task, CaseId caseId, ICaseClaim claim,
        Func<CaseSituation, NextStep> decide, TimeSpan queued, bool mayStartAgents, CancellationToken cancellationToken)
    {
        environment.Index.Refresh();
        if (claim.Completion is { IsHere: true, IsBooked: true })
            await WaitForRecordAsync(caseId, cancellationToken);
        await Interruptions.SettleAsync(environment, task, caseId, cancellationToken);
        await environment.BookAsync(caseId, cancellationToken);
        return decide(CaseSituation.Read(environment, caseId)) switch
        {
            NextStep.Stored stored => new CaseResult.Stored(stored.Record),
            NextStep.Skip skip => new CaseResult.Skipped(skip.Reason),
            NextStep.Try { Reason: AttemptReason.Due } when claim.Completion is CaseCompletion completion
                && environment.Index.Find(caseId)?.Counting is null => new CaseResult.Skipped(WhyNotHere(completion)),
            NextStep.Try first when NeedsImage(first) && await environment.Images.WhyNotAsync(task, cancellationToken) is string noImage =>
                new CaseResult.Skipped(noImage),
            NextStep.Try first => await TryAsync(task, claim, caseId, first, queued, mayStartAgents, cancellationToken),
            var other => throw new InvalidOperationException($"A case does not begin with {other}."),
        };
    }

    /// <summary>A completed case as the store has it; nobody works on it.</summary>
    private CaseSituation Unclaimed(CaseId caseId)
    {
        if (environment.Index.Find(caseId)?.Counting is null)
            environment.Index.Refresh();
        return CaseSituation.Read(environment, caseId);
    }

    /// <summary>Another host's record may take a while to be seen in a shared folder.</summary>
    private async Task WaitForRecordAsync(CaseId caseId, CancellationToken cancellationToken)
    {
        long asked = environment.Clock.GetTimestamp();
        while (environment.Index.Find(caseId)?.Counting is null && environment.Clock.GetElapsedTime(asked) < LongestDelay)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), environment.Clock, cancellationToken);
            environment.Index.Refresh();
        }
    }

    private static string WhyNotHere(CaseCompletion completion) => completion.IsHere
        ? $"completed by attempt {completion.Attempt}, as the workers' database says, but its record is not in this store's folder. If it "
            + "was lost, --force runs the case again"
        : $"completed by another worker: attempt {completion.Attempt}, whose record is in that worker's store. './run.sh store merge' "
            + "joins the stores";

    private async Task<CaseResult> TryAsync(CodingTask task, ICaseClaim claim, CaseId caseId, NextStep.Try step, TimeSpan queued,
        bool mayStartAgents, CancellationToken cancellationToken)
    {
        using Activity? span = Instrumentation.Case(
            caseId, environment.Configuration.Name, environment.RunId, environment.Agent.Kind, environment.Configuration.Model.Name);
        RunSettings run = environment.Configuration.Run;
        RunRecord? record = null;
        for (int tries = 0; ; queued = TimeSpan.Zero)
        {
            using Admittance admitted = await environment.Admission.EnterAsync(
                step.PaysAgents ? Price.OfCase(environment.Configuration) : null, caseId.ToString(), cancellationToken);
            if (admitted.Refusal is string refusal)
                return record is null ? new CaseResult.Skipped(refusal) : new CaseResult.Ran(record);
            if (record is null && NeedsImage(step))
            {
                long asked = environment.Clock.GetTimestamp();
                if (await environment.Images.PrepareAsync(task, cancellationToken) is string noImage)
                    return new CaseResult.Skipped(noImage);
                queued += environment.Clock.GetElapsedTime(asked);
            }
            var attempt = new CaseAttempt(environment, task, claim, step);
            record = await attempt.RunAsync(caseId, queued, cancellationToken);
            admitted.Report(record);
            // A case that probes whether a fault of all is cured does not pay for it, nor for a recording that was departed from.
            if (!(admitted.IsProbe && record.InfraError) && !NextStep.DepartedFromRecording(record))
                tries++;
            CaseRemains remains = CaseRemains.Of(environment, record) with { IsSettled = attempt.IsSettled };
            switch (NextStep.After(record, step, tries, run.Attempts, remains))
            {
                case NextStep.Try next when (mayStartAgents || !next.PaysAgents)
                    && !(NeedsImage(next) && await environment.Images.WhyNotAsync(task, cancellationToken) is not null):
                    step = next;
                    break;
                case NextStep.Stop stop:
                    environment.Halt(stop.Fault);
                    return new CaseResult.Ran(record);
                default:
                    return new CaseResult.Ran(record);
            }
            // Not Polly's retry: some attempts do not count as tries, and each takes up what the one before it left.
            if (record.InfraError)
                await Task.Delay(TimeSpan.FromSeconds(run.RetryPauseSeconds * Math.Pow(2, tries - 1)), environment.Clock,
                    cancellationToken);
        }
    }

    /// <summary>What agents left is evaluated on the image that they had.</summary>
    private static bool NeedsImage(NextStep.Try step) => step.Kind != AttemptKind.Regrade || step.Reason == AttemptReason.Regrade;
}
