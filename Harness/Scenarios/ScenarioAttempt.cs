using Tandem.Harness.Admission;
using Tandem.Harness.Models;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Harness.Telemetry;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios;

/// <summary>One attempt at a case: the conversation, begun again after faults of the transport.</summary>
internal sealed class ScenarioAttempt(ScenarioEnvironment environment, SelectedScenario selected, AttemptReason reason, int number)
{
    private readonly DateTimeOffset _startedAt = environment.Clock.GetUtcNow();
    private readonly long _started = environment.Clock.GetTimestamp();
    private readonly List<ScenarioError> _failed = [];
    private readonly List<ScenarioTurn> _turnsOfFailed = [];
    private readonly List<UnusableAnswer> _unusable = [];
    private ConversationLog _log = new();
    private int _calls;
    private int _tries;
    private ScenarioEnd? _end;
    private string? _detail;

    /// <summary>Whether a try was made.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Why the last try came to no end; null if it did.</summary>
    public ScenarioError? Error { get; private set; }

    public bool IsInterrupted { get; private set; }

    /// <summary>Waits until a try may begin. Where the waiting is cancelled after a first one, the attempt is interrupted and its record
    /// is due.</summary>
    public async Task<Admittance> EnterAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await environment.EnterAsync(selected.Id.ToString(), cancellationToken);
        }
        catch (OperationCanceledException) when (HasBegun)
        {
            IsInterrupted = true;
            return new Admittance(environment.Breaker) { Refusal = "the run was stopped" };
        }
    }

    /// <summary>The record that the attempt has if its process ends now.</summary>
    public ScenarioRecord IfItEndsNow() => ToRecord(new ScenarioError(ErrorClass.Interrupted,
        $"The process {ProcessIdentity.Current.Pid} on {ProcessIdentity.Current.Host} ended before the conversation did."),
        isInterrupted: true) with
    { Calls = _calls + 1, Cost = null, Usage = null };

    /// <summary>Holds the conversation once.</summary>
    public async Task HoldAsync(ScenarioTags tags, CancellationToken cancellationToken)
    {
        _log = new ConversationLog();
        _tries++;
        (Error, _end, _detail, HasBegun) = (null, null, null, true);
        try
        {
            (_end, _detail) = await Conversation.HoldAsync(environment.View.Experiment, selected.Id, environment.Model!, _log, tags,
                environment.Clock, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            IsInterrupted = true;
        }
        catch (ModelException exception) when (exception.Fault is ModelFault.ContextOverflow or ModelFault.RequestTooLarge)
        {
            (_end, _detail) = (ScenarioEnd.ContextOverflow, exception.Message);
        }
        catch (ModelException exception) when (exception.Fault is ModelFault.Refused or ModelFault.ConversationRefused
            && environment.WasAnswered(selected.Id.Variant))
        {
            // The endpoint takes the settings and the tools, so this conversation provoked it.
            (_end, _detail) = (ScenarioEnd.Refused, exception.Message);
        }
        catch (ModelException exception) when (exception.Fault == ModelFault.ConversationRefused)
        {
            // Another variant was answered; the tools of this one may be what no endpoint takes.
            Error = new ScenarioError(ErrorClass.ModelConfiguration, environment.Clean(exception.Message));
        }
#pragma warning disable CA1031 // Whatever happens, there is a record.
        catch (Exception exception)
        {
            RunError fault = InfraErrors.Of(exception, CasePhase.Agent);
            Error = new ScenarioError(fault.Class, environment.Clean(fault.Message));
        }
#pragma warning restore CA1031
        _calls += _log.Asked;
        _unusable.AddRange(_log.Unusable);
        if (_log.Turns.Count > 0)
            environment.HasAnswered(selected.Id.Variant);
    }

    /// <summary>Whether the last try failed in a way that another may not; it is then noted as begun again.</summary>
    /// <param name="most">How many reruns there may be.</param>
    /// <param name="isProbe">Whether the last try counts for nothing.</param>
    public bool MayBeBegunAgain(int most, bool isProbe)
    {
        if (IsInterrupted || Error is not { Class: ErrorClass.ModelTransport or ErrorClass.RateLimit or ErrorClass.HarnessTimeout } error
            || (!isProbe && _failed.Count >= most))
            return false;
        _failed.Add(error);
        _turnsOfFailed.AddRange(_log.Turns);
        return true;
    }

    /// <summary>Waits before a rerun.</summary>
    public async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, environment.Clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            IsInterrupted = true;
        }
    }

    /// <summary>The record of the attempt as it has ended.</summary>
    public ScenarioRecord ToRecord() => ToRecord(IsInterrupted
        ? new ScenarioError(ErrorClass.Interrupted, "It was interrupted before the conversation had ended.") : Error, IsInterrupted);

    private ScenarioRecord ToRecord(ScenarioError? error, bool isInterrupted)
    {
        ScenarioEnd? end = error is null ? _end : null;
        string? text = _log.Turns.Count == 0 ? null : environment.Clean(_log.Turns[^1].Text ?? "");
        if (end is not null)
            text ??= "";
        IReadOnlyList<ScenarioCheck> checks = end is null ? []
            : Expectations.Check(environment.View.Experiment.Scenario(selected.Id.Scenario),
                environment.View.Experiment.Variant(selected.Id.Variant), text!, _log.ToolCalls);
        ScenarioTurn[] all = [.. _turnsOfFailed, .. _log.Turns];
        bool isOpen = isInterrupted && _log.IsWaiting;
        return new ScenarioRecord
        {
            Type = ScenarioRecord.ResultType,
            SchemaVersion = ScenarioRecord.CurrentSchemaVersion,
            RunId = environment.RunId,
            Experiment = environment.Layout.Experiment,
            CaseId = selected.Id,
            ScenarioId = selected.Id.Scenario,
            Variant = selected.Id.Variant,
            Rep = selected.Id.Repetition,
            Attempt = number,
            Revision = 1,
            AttemptReason = reason,
            StartedAt = _startedAt,
            DurationSeconds = Math.Round(environment.Clock.GetElapsedTime(_started).TotalSeconds, 3),
            Model = environment.Plan.Model,
            Simulated = environment.Plan.Simulated,
            Temperature = environment.View.Experiment.Configuration.Temperature,
            ConversationDigest = selected.Planned.ConversationDigest,
            ExpectationsDigest = selected.Planned.ExpectationsDigest,
            ResponseText = text,
            ToolCalls = [.. _log.ToolCalls.Select(Clean)],
            Turns = [.. _log.Turns.Select(turn => turn with { Text = turn.Text is null ? null : environment.Clean(turn.Text) })],
            FinishReason = _log.Turns.Count == 0 ? null : _log.Turns[^1].FinishReason,
            EndedBy = end,
            EndDetail = end is null ? null : _detail,
            Usage = isOpen ? null : ConversationLog.Sum(all, _unusable),
            // Nobody knows what the call cost that was under way.
            Cost = isOpen ? null : Totals.OfCosts([.. all.Select(turn => turn.Cost), .. _unusable.Select(one => one.Cost)]),
            LatencySeconds = _log.Turns.Count == 0 ? null : Math.Round(_log.Turns.Sum(turn => turn.LatencySeconds), 3),
            Calls = _calls,
            // What was to be begun again may not have been, since the run was stopped or the money was spent.
            Reruns = Math.Min(_failed.Count, Math.Max(0, _tries - 1)),
            FailedTries = [.. _failed.Take(_tries - 1)],
            Error = error,
            Interrupted = isInterrupted,
            Checks = checks,
            Passed = end is null ? null : checks.All(check => check.Passed),
            Harness = Instrumentation.HarnessVersion,
        };
    }

    /// <summary>The arguments go with their text, lest a key stand in one of them.</summary>
    private ScenarioToolCall Clean(ScenarioToolCall call)
    {
        string text = environment.Clean(call.ArgumentsText);
        return text == call.ArgumentsText ? call
            : call with { ArgumentsText = text, Arguments = null, ArgumentsFault = "They held a key, which is taken out." };
    }
}
