using Tandem.Harness.Admission;
using Tandem.Harness.Configuration;
using Tandem.Harness.Telemetry;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging;

/// <summary>What became of a judgement.</summary>
public abstract record JudgementResult
{
    private JudgementResult()
    {
    }

    /// <summary>The judge was asked, and this is the latest record.</summary>
    public sealed record Ran(JudgementRecord Record) : JudgementResult;

    /// <summary>It was judged before, and this is the record that says how it stands.</summary>
    public sealed record Stored(JudgementRecord Record) : JudgementResult;

    /// <summary>It was left alone, for this reason.</summary>
    public sealed record Skipped(string Reason) : JudgementResult;
}

/// <summary>Makes one judgement from claim to record.</summary>
public sealed class JudgementRunner(JudgeEnvironment environment)
{
    /// <summary>
    /// Claims it; settles what a dead process left; then, if it is due, asks the judge until an attempt counts or the attempts are used up.
    /// Only errors of the infrastructure are tried again: an answer that cannot be read is the judge's, and stays.
    /// </summary>
    /// <param name="selected">One of the environment's view.</param>
    /// <param name="cancellationToken">Interrupts it; the record says so before the cancellation is passed on.</param>
    /// <exception cref="OperationCanceledException">It was interrupted. Its record is on disk; if the store could not be written, the calls
    /// that it had made are.</exception>
    /// <exception cref="StoreUnwritableException">The store could not be written for as long as the run is patient.</exception>
    public async Task<JudgementResult> RunAsync(SelectedJudgement selected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(selected);
        if (selected.Run is not RunRecord run || selected.Status == JudgeStatus.AgentFailed)
            return new JudgementResult.Skipped("there is nothing to judge: the run has no record that counts, or its agent crashed");
        using IDisposable? claim = environment.Claims.TryClaim(selected.Id, out string holder);
        if (claim is null)
            return new JudgementResult.Skipped($"claimed elsewhere, by {holder}");
        environment.Index.Refresh();
        // A judge that another process has asked in between is not asked again.
        bool isAsSelected = environment.Index.Find(selected.Id).Count == selected.Records.Count;
        await environment.Breaker.KeepAsync(() => Settle(selected.Id), cancellationToken);
        JudgementInputs inputs = Judgement.InputsOf(selected.Rubric, selected.Judge.Identity, run);
        IReadOnlyList<JudgementRecord> records = environment.Index.Find(selected.Id);
        JudgeStatus status = JudgeStatusReader.Of(run, records, inputs);
        bool isAskedFor = isAsSelected && environment.View.Selection.Statuses.Contains(status);
        if (!isAskedFor && status is JudgeStatus.Complete or JudgeStatus.Failed)
            return new JudgementResult.Stored(Standing(records, inputs));
        return await TryAsync(selected, run, isAskedFor && status is JudgeStatus.Complete or JudgeStatus.Failed
            ? AttemptReason.Status : AttemptReason.Due, cancellationToken);
    }

    private async Task<JudgementResult> TryAsync(
        SelectedJudgement selected, RunRecord run, AttemptReason reason, CancellationToken cancellationToken)
    {
        if (environment.WhyNot(selected.Judge) is string why)
            return new JudgementResult.Skipped(why);
        IJudge judge = environment.Open(selected.Judge);
        string? taskText = environment.TaskTextOf(run);
        RunSettings settings = environment.View.Experiment.Configuration.Run;
        JudgementRecord? record = null;
        for (int tries = 0; ;)
        {
            using Admittance admitted = await environment.EnterAsync(selected.Judge, selected.Id.ToString(), cancellationToken);
            if (admitted.Refusal is string refusal)
                return record is null ? new JudgementResult.Skipped(refusal) : new JudgementResult.Ran(record);
            var task = new JudgementTask
            {
                Rubric = selected.Rubric,
                Run = run,
                TaskText = taskText,
                Repetition = selected.Id.Repetition,
                Attempt = environment.Index.Find(selected.Id).Select(one => one.Attempt).DefaultIfEmpty().Max() + 1,
                Reason = reason,
                RunId = environment.RunId,
                Harness = Instrumentation.HarnessVersion,
            };
            JudgementRecord made = record = environment.Clean(await Judgement.MakeAsync(
                task, judge, environment.Layout, environment.Clock, environment.KeepCall, cancellationToken));
            // Written once even if the run is stopped. If the store cannot be written then, the call on disk becomes the record.
            await environment.Breaker.KeepAsync(() => environment.Append(made), cancellationToken);
            if (!record.Interrupted)
                admitted.Report(record.JudgementId.ToString(), record.ErrorClass, record.FailureReason);
            cancellationToken.ThrowIfCancellationRequested();
            if (!(admitted.IsProbe && record.ErrorClass is not null))
                tries++;
            if (record.ErrorClass == ErrorClass.ModelConfiguration)
                environment.Halt(record.FailureReason!);
            if (record.ErrorClass is null or ErrorClass.ModelConfiguration || tries >= settings.Attempts)
                return new JudgementResult.Ran(record);
            await Task.Delay(TimeSpan.FromSeconds(settings.RetryPauseSeconds * Math.Pow(2, Math.Max(0, tries - 1))), environment.Clock,
                cancellationToken);
        }
    }

    /// <summary>Appends the records of attempts that a dead process left. Called with the judgement claimed, so nobody is at work on
    /// them.</summary>
    private void Settle(JudgementId id)
    {
        foreach (JudgementRecord open in environment.Index.Open(id))
            environment.Append(open);
    }

    /// <summary>What counts, or where nothing does, the latest attempt.</summary>
    private static JudgementRecord Standing(IReadOnlyList<JudgementRecord> records, JudgementInputs inputs)
    {
        JudgementRecord[] own = [.. records.Where(inputs.AreThoseOf)];
        return JudgeStatusReader.Counting(own) ?? own[^1];
    }
}
