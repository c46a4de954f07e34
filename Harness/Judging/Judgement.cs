using Tandem.Harness.Judging.Answers;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Harness.Models;
using Tandem.Harness.Telemetry;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging;

/// <summary>One attempt to judge one run.</summary>
internal sealed record JudgementTask
{
    public required Rubric Rubric { get; init; }

    /// <summary>The record of the run that counts.</summary>
    public required RunRecord Run { get; init; }

    /// <summary>What the agents were asked to build; null if the task set is not at hand.</summary>
    public required string? TaskText { get; init; }

    /// <summary>From 1.</summary>
    public required int Repetition { get; init; }

    /// <summary>From 1 over the judgement's whole life.</summary>
    public required int Attempt { get; init; }

    public required AttemptReason Reason { get; init; }

    /// <summary>The invocation.</summary>
    public required string RunId { get; init; }

    /// <summary>The harness's version.</summary>
    public required string Harness { get; init; }
}

/// <summary>How one judgement is done: evidence, question, answer, check, record. Whatever happens, there is a record.</summary>
internal static class Judgement
{
    /// <summary>The id of a judgement.</summary>
    public static JudgementId IdOf(Rubric rubric, JudgeIdentity judge, int repetition, RunRecord run) =>
        new(rubric.Name, JudgeSegment.Of(judge.Model), repetition, run.CaseId);

    /// <summary>What it would be made of now, without reading a file of the run: see <see cref="JudgeStatusReader"/>.</summary>
    public static JudgementInputs InputsOf(Rubric rubric, JudgeIdentity judge, RunRecord run) =>
        InputsOf(rubric, judge, EvidenceSource.DigestOf(rubric, run));

    /// <summary>As above, where the digest of the sources is known: it is the same for all judges.</summary>
    public static JudgementInputs InputsOf(Rubric rubric, JudgeIdentity judge, string sourceDigest) =>
        new(rubric.Digest, JudgePrompt.DigestOf(rubric), sourceDigest, judge.Model, judge.Digest);

    /// <summary>Judges, and says in a record what came of it. An interruption is in the record as well; the caller stores it, and then
    /// throws by the token.</summary>
    /// <param name="task">What is judged.</param>
    /// <param name="judge">Who judges.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="clock">The time of the record.</param>
    /// <param name="onCall">Keeps, before each call of a model, the record that the judgement has if this process ends during it.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<JudgementRecord> MakeAsync(JudgementTask task, IJudge judge, StoreLayout layout, TimeProvider clock,
        Action<JudgementRecord>? onCall, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = clock.GetUtcNow();
        long started = clock.GetTimestamp();
        Evidence? evidence = null;
        JudgementRecord Ended(JudgeResult how, JudgeTally asked, ErrorClass? fault, bool isInterrupted) =>
            Record(task, judge.Identity, layout, evidence, how, asked, fault, isInterrupted) with
            {
                StartedAt = startedAt,
                DurationSeconds = Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3),
            };
        var tally = new JudgeTally(asked => onCall?.Invoke(Ended(new JudgeResult.Failed(
            $"The process {ProcessIdentity.Current.Pid} on {ProcessIdentity.Current.Host} ended before the judge had answered."),
            asked, fault: null, isInterrupted: true)));
        (JudgeResult result, ErrorClass? error, bool interrupted) = (new JudgeResult.NoLabel(), (ErrorClass?)null, false);
        try
        {
            evidence = EvidenceBuilder.Build(task.Rubric, layout, task.Run, task.TaskText);
            result = await judge.JudgeAsync(new JudgeRequest(task.Rubric, evidence, task.Repetition), tally, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            (result, interrupted) = (new JudgeResult.Failed("It was interrupted before the judge had answered."), true);
        }
        catch (ModelException exception) when (exception.Fault is ModelFault.ContextOverflow or ModelFault.RequestTooLarge)
        {
            // Another try meets it too: that is between the rubric and the model, and no fault of the infrastructure.
            result = new JudgeResult.Failed($"The evidence is longer than the judge can read: lower the bytes of evidence in "
                + $"{RubricReader.DefinitionFile}, or take a judge that reads more. ({exception.Message})");
        }
        catch (ModelException exception) when (exception.Fault == ModelFault.ConversationRefused)
        {
            // A filter that refuses the evidence refuses it again.
            result = new JudgeResult.Failed($"The endpoint refused the evidence. ({exception.Message})");
        }
#pragma warning disable CA1031 // Whatever happens, there is a record.
        catch (Exception exception)
        {
            RunError fault = InfraErrors.Of(exception, CasePhase.Agent);
            (result, error) = (new JudgeResult.Failed(fault.Message), fault.Class);
        }
#pragma warning restore CA1031
        return Ended(result, tally, error, interrupted);
    }

    private static JudgementRecord Record(JudgementTask task, JudgeIdentity judge, StoreLayout layout, Evidence? evidence,
        JudgeResult result, JudgeTally tally, ErrorClass? error, bool interrupted)
    {
        JudgementInputs inputs = InputsOf(task.Rubric, judge, task.Run);
        return new JudgementRecord
        {
            SchemaVersion = JudgementRecord.CurrentSchemaVersion,
            RunId = task.RunId,
            Experiment = layout.Experiment,
            JudgementId = IdOf(task.Rubric, judge, task.Repetition, task.Run),
            CaseId = task.Run.CaseId,
            JudgedAttempt = task.Run.Attempt,
            JudgedRevision = task.Run.Revision,
            Rubric = task.Rubric.Name,
            RubricVersion = task.Rubric.Definition.Version,
            Scale = task.Rubric.Definition.Scale,
            RubricLabels = [.. task.Rubric.Definition.Labels.Select(label => label.Name)],
            RubricDigest = inputs.RubricDigest,
            PromptDigest = inputs.PromptDigest,
            SourceDigest = inputs.SourceDigest,
            EvidenceDigest = evidence?.Digest,
            Evidence = evidence?.Extents ?? [],
            Judge = judge.Named,
            JudgeModel = judge.Model,
            JudgeDigest = judge.Digest,
            Repetition = task.Repetition,
            Attempt = task.Attempt,
            AttemptReason = task.Reason,
            StartedAt = default,
            DurationSeconds = 0,
            AnswerSeconds = tally.AnswerSeconds,
            Status = result.Status,
            Labels = result.Given,
            VoidedLabels = result.Given.Count(label => label.VoidedBy is not null),
            FailureReason = (result as JudgeResult.Failed)?.Reason,
            ErrorClass = error,
            Interrupted = interrupted,
            Simulated = judge.Simulated,
            Calls = tally.Calls,
            Tokens = tally.Tokens,
            // Nobody knows what a call cost that got no answer, even if an earlier one did.
            Cost = tally.IsWaiting && (interrupted || Spending.MayHaveCost(error)) ? null : tally.Cost,
            Replies = tally.Replies,
            Harness = task.Harness,
        };
    }
}
