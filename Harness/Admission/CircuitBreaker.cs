using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Admission;

/// <summary>How the lines of a pause call what the process does.</summary>
/// <param name="Plural">Cases or judgements.</param>
/// <param name="NextStart">What the same command does after the store could not be written, half a sentence.</param>
internal sealed record BreakerWords(string Plural, string NextStart)
{
    public static readonly BreakerWords OfCases = new("cases", "it completes this case, and agents that have finished do not run again");

    public static readonly BreakerWords OfScenarios = new("cases", "it asks only for what is missing");

    public static readonly BreakerWords OfJudgements = new("judgements", "it makes the judgements that are missing");
}

/// <summary>
/// Sees what several cases have in common. An infrastructure error that hits cases one after the other is not theirs: no further attempt
/// begins, one at a time tries whether it is cured, and if it is not after a while, the run is stopped. The same crash of the agent in each
/// of the first cases is a fault of the configuration and stops the run at once. A store that cannot be written pauses the run, too, so
/// that no agent works for a record that cannot be kept. Safe for concurrent use.
/// </summary>
internal sealed partial class CircuitBreaker(BreakerWords words, RunSettings settings, TimeProvider clock, Action<string> notice,
    Action<string> halt)
{
    private const int FirstCases = 5;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _hit = [];
    private readonly HashSet<CaseId> _first = [];
    private string? _crash;
    private bool _agentsWork;
    private long? _pausedAt;
    private DateTimeOffset? _pausedSince;
    private long _lastTry;
    private TimeSpan _pause;
    private bool _isTrying;
    private long? _unwritableSince;
    private bool _isStopped;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits while the run is paused.</summary>
    /// <returns>Whether this attempt is the one that tries if it is cured; it then costs its case none of its attempts if it is not.
    /// <see cref="Report(RunRecord, bool)"/> or <see cref="GiveUp"/> must follow.</returns>
    public async Task<bool> EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            TimeSpan wait;
            lock (_lock)
            {
                if (_isStopped || (_pausedAt is null && _unwritableSince is null && _othersPause is null))
                    return false;
                wait = _pausedAt is null ? Timeout.InfiniteTimeSpan : _pause - clock.GetElapsedTime(_lastTry);
                if (_pausedAt is not null && !_isTrying && _unwritableSince is null && wait <= TimeSpan.Zero)
                {
                    _isTrying = true;
                    return true;
                }
                changed = _changed.Task;
                if (_isTrying || _unwritableSince is not null)
                    wait = Timeout.InfiniteTimeSpan;
            }
            await Task.WhenAny(changed, Task.Delay(wait, clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>An attempt that was let in did not come to a record.</summary>
    public void GiveUp(bool isTry)
    {
        lock (_lock)
        {
            if (isTry)
                EndTry();
        }
    }

    /// <summary>The run is stopped: who waits goes on and sees it.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _isStopped = true;
            Open();
        }
    }

    public void Report(RunRecord record, bool isTry)
    {
        lock (_lock)
        {
            if (isTry)
                EndTry();
            if (record.Interrupted)
                return;
            LookForOneCrash(record);
            if (record is { InfraError: true, Error: RunError error } && SharedBy(record, error.Class) is string place)
                Hit(error, $"{EnumNames.NameOf(error.Class)} {place}", isTry);
            else if (!record.InfraError && (isTry || !WasBegunBeforeTheOutage(record)))
                Cure();
        }
    }

    /// <summary>What began before agents were found to do nothing says nothing of what agents meet that begin now.</summary>
    private bool WasBegunBeforeTheOutage(RunRecord record) => _pausedSince is DateTimeOffset since && record.StartedAt < since
        && _hit.Any(hit => hit.StartsWith(EnumNames.NameOf(ErrorClass.NoWork), StringComparison.Ordinal));

    /// <summary>As for a run, of what asks a model by itself. An answer that cannot be used is the model's, and no fault of what all
    /// share.</summary>
    /// <param name="id">The judgement, or the scenario's case.</param>
    /// <param name="error">The fault of the infrastructure; null if it met none.</param>
    /// <param name="message">What the fault says.</param>
    /// <param name="isTry">What <see cref="EnterAsync"/> said.</param>
    public void Report(string id, ErrorClass? error, string? message, bool isTry)
    {
        lock (_lock)
        {
            if (isTry)
                EndTry();
            // A configuration that is wrong is no fault that passes: it stops the run at once.
            if (error is ErrorClass fault and not ErrorClass.ModelConfiguration)
                Hit(new RunError(fault, CasePhase.Agent, message!), $"{EnumNames.NameOf(fault)} {id}", isTry);
            else if (error is null)
                Cure();
        }
    }

    private void Hit(RunError error, string place, bool isTry)
    {
        if (_hit.Count > 0 && !_hit.First().StartsWith(EnumNames.NameOf(error.Class), StringComparison.Ordinal))
            _hit.Clear();
        _hit.Add(place);
        if (_pausedAt is null && _hit.Count >= settings.PauseAfter)
        {
            _pausedAt = _lastTry = clock.GetTimestamp();
            _pausedSince = clock.GetUtcNow();
            _pause = FirstPause;
            notice(string.Create(
                CultureInfo.InvariantCulture,
                $"paused: {_hit.Count} {words.Plural} in a row met the same fault ({EnumNames.NameOf(error.Class)}): "
                    + $"{FirstLine(error.Message)}. No further attempt begins until it is cured; "
                    + $"one tries every {FirstPause.TotalSeconds} to "
                    + $"{LongestPause.TotalSeconds} s, for {settings.PatienceMinutes} minutes."));
            LetOthersKnow(error);
        }
        else if (_pausedAt is long since && isTry && clock.GetElapsedTime(since) >= TimeSpan.FromMinutes(settings.PatienceMinutes))
        {
            halt(string.Create(CultureInfo.InvariantCulture,
                $"{EnumNames.NameOf(error.Class)} for more than {settings.PatienceMinutes} minutes: {FirstLine(error.Message)}"));
        }
    }

    private void Cure()
    {
        _hit.Clear();
        if (_pausedAt is not long since)
            return;
        notice(string.Create(CultureInfo.InvariantCulture,
            $"the fault is cured after {clock.GetElapsedTime(since).TotalSeconds:0} s; the run goes on"));
        Open();
    }

    private void Open()
    {
        _pausedAt = _unwritableSince = null;
        _pausedSince = null;
        LetOthersGoOn();
        Ring();
    }

    private void EndTry()
    {
        _isTrying = false;
        _lastTry = clock.GetTimestamp();
        _pause = Longer(_pause);
        Ring();
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private void Ring()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void LookForOneCrash(RunRecord record)
    {
        if (_agentsWork || record.InfraError || record.AttemptKind == AttemptKind.Regrade)
            return;
        string? crash = record.Error is { Class: ErrorClass.Agent, Message: var message }
            ? Numbers().Replace(FirstLine(message), "#") : null;
        if (crash is null || (_crash is not null && crash != _crash))
        {
            _agentsWork = true;
            return;
        }
        _crash = crash;
        _first.Add(record.CaseId);
        if (_first.Count < FirstCases)
            return;
        _agentsWork = true;
        halt($"the agent crashed in the same way in each of the first {FirstCases} cases, so it is its configuration: "
            + $"{FirstLine(record.Error!.Message)}");
    }

    /// <summary>What counts as one hit: a fault of the whole by the case that met it, one of images by the task, since a single broken task
    /// is not the run's fault. An image that cannot be had begins no attempt, and is not reported at all. Null if it is the case's
    /// own.</summary>
    private static string? SharedBy(RunRecord record, ErrorClass fault) => fault switch
    {
        ErrorClass.Engine or ErrorClass.Disk or ErrorClass.HostMemory or ErrorClass.SandboxLost or ErrorClass.ModelTransport
            or ErrorClass.RateLimit or ErrorClass.HarnessTimeout or ErrorClass.Harness or ErrorClass.NoWork => record.CaseId.ToString(),
        ErrorClass.Image => $"{record.Repo}/{record.TaskId}",
        ErrorClass.ModelConfiguration or ErrorClass.TestsUnrunnable or ErrorClass.Agent or ErrorClass.Interrupted
            or ErrorClass.ClaimLost => null,
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };

    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim().TrimEnd('.');

    [GeneratedRegex(@"\d+|0x[0-9a-f]+")]
    private static partial Regex Numbers();
}
