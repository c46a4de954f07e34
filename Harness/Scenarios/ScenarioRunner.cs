using System.Diagnostics;
using Tandem.Harness.Admission;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Harness.Telemetry;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Scenarios;

/// <summary>What became of a case.</summary>
public abstract record ScenarioResult
{
    private ScenarioResult()
    {
    }

    /// <summary>The model was asked, and this is the record.</summary>
    public sealed record Ran(ScenarioRecord Record) : ScenarioResult;

    /// <summary>The expectations had changed: the answers that are there were checked again.</summary>
    public sealed record Rechecked(ScenarioRecord Record) : ScenarioResult;

    /// <summary>It was done before, and this is the record that counts.</summary>
    public sealed record Stored(ScenarioRecord Record) : ScenarioResult;

    /// <summary>It was left alone, for this reason.</summary>
    public sealed record Skipped(string Reason) : ScenarioResult;
}

/// <summary>Does one case from claim to record.</summary>
public sealed class ScenarioRunner(ScenarioEnvironment environment)
{
    /// <summary>
    /// Claims it; settles what a dead process left; then, if it is due, holds the conversation. After a fault of the transport it is begun
    /// again, as often as the experiment says; what comes out of it is one record.
    /// </summary>
    /// <param name="selected">One of the environment's view.</param>
    /// <param name="cancellationToken">Interrupts it; the record says so before the cancellation is passed on.</param>
    /// <exception cref="OperationCanceledException">It was interrupted; its record is on disk.</exception>
    /// <exception cref="StoreUnwritableException">The store could not be written for as long as the run is patient.</exception>
    public async Task<ScenarioResult> RunAsync(SelectedScenario selected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(selected);
        using IDisposable? claim = environment.Claims.TryClaim(selected.Id, out string holder);
        if (claim is null)
            return new ScenarioResult.Skipped($"claimed elsewhere, by {holder}");
        environment.Index.Refresh();
        await environment.Breaker.KeepAsync(() => Settle(selected.Id), cancellationToken);
        IReadOnlyList<ScenarioRecord> records = environment.Index.Find(selected.Id);
        var standing = ScenarioStanding.Of(records, selected.Planned);
        // A case that another process has done in between is not done again.
        AttemptReason reason = standing.Record?.Attempt == selected.Standing.Record?.Attempt ? environment.View.ReasonFor(selected)
            : AttemptReason.Due;
        if (standing.Counts && reason == AttemptReason.Due)
        {
            if (standing.Status == RunStatus.Completed)
                return new ScenarioResult.Stored(standing.Record!);
            ScenarioRecord revised = ScenarioRecheck.Revise(environment.View.Experiment, selected.Planned, standing.Record!,
                records.Where(one => one.Attempt == standing.Record!.Attempt).Max(one => one.Revision) + 1, environment.RunId);
            await environment.Breaker.KeepAsync(() => environment.Append(revised), cancellationToken);
            return new ScenarioResult.Rechecked(revised);
        }
        if (environment.WhyNot is string why)
            return new ScenarioResult.Skipped(why);
        return await TryAsync(selected, reason, records.Select(one => one.Attempt).DefaultIfEmpty().Max() + 1, cancellationToken);
    }

    private async Task<ScenarioResult> TryAsync(SelectedScenario selected, AttemptReason reason, int number,
        CancellationToken cancellationToken)
    {
        ScenarioRunSettings settings = environment.View.Experiment.Configuration.Run;
        var tags = new ScenarioTags(selected.Id, environment.Layout.Experiment, environment.RunId, environment.Plan.Model);
        using Activity? span = ScenarioSpans.Case(tags);
        var attempt = new ScenarioAttempt(environment, selected, reason, number);
        while (true)
        {
            using Admittance admitted = await attempt.EnterAsync(cancellationToken);
            if (admitted.Refusal is string refusal && !attempt.HasBegun)
                return new ScenarioResult.Skipped(refusal);
            if (admitted.Refusal is null)
            {
                await environment.Breaker.KeepAsync(() => environment.KeepCall(attempt.IfItEndsNow()), cancellationToken);
                await attempt.HoldAsync(tags, cancellationToken);
                if (!attempt.IsInterrupted)
                    admitted.Report(selected.Id.ToString(), attempt.Error?.Class, attempt.Error?.Message);
                // A try that only looks if a fault of all is cured costs its case none of its reruns.
                if (attempt.MayBeBegunAgain(settings.Reruns, admitted.IsProbe))
                {
                    admitted.Dispose();
                    await attempt.PauseAsync(TimeSpan.FromSeconds(settings.RerunPauseSeconds), cancellationToken);
                    if (!attempt.IsInterrupted)
                        continue;
                }
            }
            ScenarioRecord record = attempt.ToRecord();
            // The first write is tried whatever the token says; where it fails, the call that stands on disk is settled by the next run.
            await environment.Breaker.KeepAsync(() => environment.Append(record), cancellationToken);
            ScenarioSpans.Recorded(span, record);
            cancellationToken.ThrowIfCancellationRequested();
            if (record.Error?.Class == ErrorClass.ModelConfiguration)
                environment.Halt(record.Error.Message);
            return new ScenarioResult.Ran(record);
        }
    }

    /// <summary>Appends the records of attempts that a dead process left. Called with the case claimed, so nobody is at work on
    /// them.</summary>
    private void Settle(ScenarioCaseId id)
    {
        foreach (ScenarioRecord open in environment.Index.Open(id))
            environment.Append(open);
    }
}
