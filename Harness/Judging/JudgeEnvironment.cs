using System.Collections.Concurrent;
using Tandem.Harness.Admission;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Harness.Telemetry;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging;

/// <summary>What all judgements of one process share: the experiment, its store, its money, and the judges. Disposing closes files and
/// connections.</summary>
public sealed class JudgeEnvironment : IDisposable
{
    private readonly JudgementFileWriter _writer;
    private readonly JudgementFileWriter _calls;
    private readonly PriceTable _prices;
    private readonly AdmissionControl _admission;
    private readonly RunBounds _bounds;
    private readonly long _openedTicks;
    private readonly ConcurrentDictionary<string, Lazy<ModelConnection>> _connections = new();
    private string? _halted;

    /// <summary>Opens the store for judging; the store must hold the experiment.</summary>
    /// <param name="view">What is judged.</param>
    /// <param name="runId">This invocation.</param>
    /// <param name="clock">The one clock.</param>
    /// <param name="onNotice">Called with a line when judging is paused, goes on, or is stopped.</param>
    /// <param name="reservations">Shared with the agents of this process, if it has any.</param>
    /// <exception cref="SettingsException">The price table cannot be used.</exception>
    public JudgeEnvironment(JudgementView view, string runId, TimeProvider clock, Action<string>? onNotice = null,
        Reservations? reservations = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(clock);
        (View, RunId, Clock) = (view, runId, clock);
        ExperimentConfiguration configuration = view.Experiment.Configuration;
        _bounds = view.Experiment.Bounds;
        _openedTicks = clock.GetTimestamp();
        _prices = PriceTable.Read(Path.Combine(ProjectFolder.Find(), configuration.Model.Prices));
        Claims = new FileClaimStore(Layout);
        Index = new JudgementIndex(Layout);
        Breaker = new CircuitBreaker(BreakerWords.OfJudgements, configuration.Run, clock, line => onNotice?.Invoke(line), reason =>
        {
            if (Halt(reason))
                onNotice?.Invoke($"stopped: {reason}. No further judgement starts. When this is fixed, the same command goes on with what "
                    + "is missing; with --status failed it asks again for what failed.");
        });
        var budget = new Budget(
            new PairLedger(configuration, view.Experiment.Agent.CostsMoney, new RunIndex(Layout), Index, Claims),
            configuration.Limits.MaxCostUsd?.Usd, () => _bounds, runId, reservations ?? new Reservations(),
            view.Experiment.Sharding?.PartOf(configuration.Limits.MaxCostUsd?.Usd,
                view.Experiment.Plan.Cases.Select(caseId => caseId.ToString()), hasSharedLedger: false));
        _admission = new AdmissionControl(budget, Breaker, room: null,
            _ => _bounds.WhyOver(clock.GetElapsedTime(_openedTicks)) ?? _halted);
        _writer = new JudgementFileWriter(Layout, runId, Instrumentation.HarnessVersion, clock);
        _calls = JudgementFileWriter.OfCalls(Layout, runId, Instrumentation.HarnessVersion, clock);
    }

    /// <summary>What is judged.</summary>
    public JudgementView View { get; }

    /// <summary>This invocation.</summary>
    public string RunId { get; }

    internal TimeProvider Clock { get; }

    internal StoreLayout Layout => View.Experiment.Layout;

    internal FileClaimStore Claims { get; }

    internal CircuitBreaker Breaker { get; }

    internal JudgementIndex Index { get; }

    /// <summary>Begins no further judgement.</summary>
    /// <returns>Whether that is new.</returns>
    internal bool Halt(string reason)
    {
        if (Interlocked.CompareExchange(ref _halted,
            $"judging was stopped by a fault that every judgement would meet: {reason}", null) is not null)
            return false;
        Breaker.Release();
        return true;
    }

    /// <summary>Why a judge cannot be asked at all, and what to set; null if it can.</summary>
    internal string? WhyNot(NamedJudge judge) => judge.WhyNot(View.Experiment.Configuration, _prices);

    /// <summary>The judge; of one model all judgements share one connection, so that they keep its rate limit together.</summary>
    internal IJudge Open(NamedJudge judge) => judge.Model is not ModelSettings model ? new RulesJudge(judge.Identity.Named)
        : new ModelJudge(_connections.GetOrAdd(judge.Identity.Model, _ => new Lazy<ModelConnection>(
            () => ModelConnection.Open(model, Environment.GetEnvironmentVariable, _prices, Clock))).Value, judge.Identity);

    /// <summary>Waits until a judgement may begin, or says why it may not.</summary>
    internal Task<Admittance> EnterAsync(NamedJudge judge, string subject, CancellationToken cancellationToken)
    {
        bool isPaid = judge.Model is ModelSettings model && _prices.Find(model.Name!) is not { IsFree: true };
        return _admission.EnterAsync(isPaid ? Price.OfJudgement(View.Experiment.Configuration) : null, subject,
            cancellationToken);
    }

    /// <summary>Keeps the record that a judgement has if this process ends during the call that comes now.</summary>
    internal void KeepCall(JudgementRecord record) => _calls.Append(Clean(record));

    /// <summary>Appends a record; when this returns it is on disk and known.</summary>
    internal void Append(JudgementRecord record)
    {
        _writer.Append(record);
        Index.Add(record);
    }

    /// <summary>Without our keys, which an endpoint may send back in its answer.</summary>
    internal JudgementRecord Clean(JudgementRecord record)
    {
        SecretFilter[] filters = [.. _connections.Values.Where(connection => connection.IsValueCreated)
            .Select(connection => connection.Value.Secrets)];
        string? Without(string? text) => text is null ? null : filters.Aggregate(text, (clean, filter) => filter.Clean(clean));
        return filters.Length == 0 ? record : record with
        {
            FailureReason = Without(record.FailureReason),
            Replies = [.. record.Replies.Select(reply => reply with { Text = Without(reply.Text) })],
            Labels = [.. record.Labels.Select(label => label with
            {
                Reason = Without(label.Reason),
                VoidedBy = Without(label.VoidedBy),
                Quotes = [.. label.Quotes.Select(quote => quote with { Text = Without(quote.Text)! })],
            })],
        };
    }

    /// <summary>What the agents of a run were asked to build; null where the task set cannot be read.</summary>
    internal string? TaskTextOf(RunRecord run)
    {
        try
        {
            return View.Experiment.TaskSet.Find(run.Repo, run.TaskId) is { } task ? Cases.TaskPrompt.For(task, run.Features) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _calls.Dispose();
        foreach (Lazy<ModelConnection> connection in _connections.Values.Where(connection => connection.IsValueCreated))
            connection.Value.Dispose();
    }
}
