using Tandem.Harness.Admission;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Models;
using Tandem.Harness.Processes;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Harness.Telemetry;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Scenarios;

/// <summary>What all cases of a scenario experiment share in one process: the definition, its store, its money, and the model. Disposing
/// closes files and connections.</summary>
public sealed class ScenarioEnvironment : IDisposable
{
    private static readonly TimeSpan s_gitTime = TimeSpan.FromSeconds(10);

    private const int ShortestCommit = 40;

    private readonly ScenarioFileWriter _results;
    private readonly ScenarioFileWriter _calls;
    private readonly AdmissionControl _admission;
    private readonly ModelConnection? _connection;
    private readonly string? _gitCommit;
    private readonly long _openedTicks;
    private readonly HashSet<string> _answered = [];
    private string? _halted;

    private ScenarioEnvironment(ScenarioView view, string runId, TimeProvider clock, Action<string> onNotice, string? gitCommit)
    {
        (View, RunId, Clock, _gitCommit) = (view, runId, clock, gitCommit);
        Plan = ScenarioPlanner.Keep(view.Experiment, Layout, clock.GetUtcNow());
        _openedTicks = clock.GetTimestamp();
        ModelSettings settings = view.Experiment.Model;
        PriceTable prices = PricesOf(view.Experiment);
        IsPaid = CostsMoney(view.Experiment);
        WhyNot = WhyUnusable(view.Experiment);
        if (!view.Experiment.IsSimulated && WhyNot is null)
            _connection = ModelConnection.Open(settings, Environment.GetEnvironmentVariable, prices, clock);
        Model = view.Experiment.IsSimulated ? new EchoModel() : _connection;
        Claims = new FileClaimStore(Layout);
        var price = new Price(view.Experiment.Configuration.Limits.CaseCostUsd, "limits.case_cost_usd");
        Price = IsPaid ? price : null;
        Index = new ScenarioIndex(Layout, IsPaid ? price.Usd : 0);
        Breaker = new CircuitBreaker(BreakerWords.OfScenarios, view.Experiment.Configuration.Run.ForBreaker(), clock, onNotice, reason =>
        {
            if (Halt(reason))
                onNotice($"stopped: {reason}. No further case starts. When this is fixed, the same command goes on with what is missing.");
        });
        decimal? most = view.Experiment.Configuration.Limits.MaxCostUsd?.Usd;
        string[] cases = [.. Plan.Cases.Select(caseId => caseId.ToString())];
        var budget = new Budget(Index, most, () => view.Bounds, runId, new Reservations(),
            view.Sharding?.Freeze(Layout, cases).PartOf(most, cases, hasSharedLedger: false));
        _admission = new AdmissionControl(IsPaid ? budget : null, Breaker, room: null,
            _ => view.Bounds.WhyOver(clock.GetElapsedTime(_openedTicks)) ?? _halted);
        _results = new ScenarioFileWriter(Layout.RunsFolder, record => Metadata(record, ScenarioMetadata.ResultsKind), clock);
        _calls = new ScenarioFileWriter(Layout.ScenarioCallsFolder, record => Metadata(record, ScenarioMetadata.CallsKind), clock);
    }

    /// <summary>Opens the store for a run, and keeps the plan in it.</summary>
    /// <param name="view">What is run.</param>
    /// <param name="runId">This invocation.</param>
    /// <param name="clock">The one clock.</param>
    /// <param name="onNotice">Called with a line when the run is paused, goes on, or is stopped.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="SettingsException">The price table cannot be used.</exception>
    public static async Task<ScenarioEnvironment> OpenAsync(ScenarioView view, string runId, TimeProvider clock, Action<string>? onNotice,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(clock);
        return new ScenarioEnvironment(view, runId, clock, line => onNotice?.Invoke(line),
            await CommitOfAsync(view.Experiment.Folder, cancellationToken));
    }

    /// <summary>What is run.</summary>
    public ScenarioView View { get; }

    /// <summary>This invocation.</summary>
    public string RunId { get; }

    /// <summary>The plan, as the store has it.</summary>
    public ScenarioPlan Plan { get; }

    /// <summary>Why the model cannot be asked at all, and what to set; null if it can.</summary>
    public string? WhyNot { get; }

    internal TimeProvider Clock { get; }

    internal StoreLayout Layout => View.Layout;

    internal FileClaimStore Claims { get; }

    internal CircuitBreaker Breaker { get; }

    internal ScenarioIndex Index { get; }

    /// <summary>Null where <see cref="WhyNot"/> says why.</summary>
    internal IChatModel? Model { get; }

    internal bool IsPaid { get; }

    private Price? Price { get; }

    /// <summary>Waits until an attempt may begin, or says why it may not.</summary>
    internal Task<Admittance> EnterAsync(string subject, CancellationToken cancellationToken) =>
        _admission.EnterAsync(Price, subject, cancellationToken);

    /// <summary>Begins no further attempt.</summary>
    /// <returns>Whether that is new.</returns>
    internal bool Halt(string reason)
    {
        if (Interlocked.CompareExchange(ref _halted,
            $"the run was stopped by a fault that every case would meet: {reason}", null) is not null)
            return false;
        Breaker.Release();
        return true;
    }

    /// <summary>How many repetitions of a scenario under a variant have a conversation that failed a check.</summary>
    public int FailedRepetitions(string variant, string scenario) => Plan.Find(variant, scenario) is not PlannedConversation planned ? 0
        : Enumerable.Range(1, Plan.Repetitions).Count(rep => ScenarioStanding.Of(
            Index.Find(new ScenarioCaseId(variant, scenario, rep)), planned) is { Counts: true, Record.Passed: false });

    /// <summary>Notes that the endpoint has answered a conversation of a variant: its settings and tools are such as it takes.</summary>
    internal void HasAnswered(string variant)
    {
        lock (_answered)
            _answered.Add(variant);
    }

    internal bool WasAnswered(string variant)
    {
        lock (_answered)
            return _answered.Contains(variant);
    }

    /// <summary>Keeps the record that an attempt has if this process ends during it.</summary>
    internal void KeepCall(ScenarioRecord record) => _calls.Append(record);

    /// <summary>Appends a record; when this returns it is on disk and known.</summary>
    internal void Append(ScenarioRecord record)
    {
        _results.Append(record);
        Index.Add(record);
    }

    /// <summary>Without our key, which an endpoint may send back.</summary>
    internal string Clean(string text) => _connection?.Secrets.Clean(text) ?? text;

    /// <inheritdoc/>
    public void Dispose()
    {
        _results.Dispose();
        _calls.Dispose();
        _connection?.Dispose();
    }

    /// <summary>Why the model cannot be asked at all, and what to set; null if it can. Nothing is sent.</summary>
    /// <exception cref="SettingsException">The price table cannot be used.</exception>
    public static string? WhyUnusable(ScenarioExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return experiment.IsSimulated ? null
            : ModelConnection.WhyUnusable(experiment.Model, Environment.GetEnvironmentVariable)
                ?? BudgetFault.OfModel($"the model '{experiment.Model.Name}'", experiment.Model, experiment.Configuration.Limits.MaxCostUsd,
                    PricesOf(experiment))?.ToString();
    }

    /// <summary>Whether the model may cost money: it is no built-in program, and its price is not zero.</summary>
    /// <exception cref="SettingsException">The price table cannot be used.</exception>
    public static bool CostsMoney(ScenarioExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return !experiment.IsSimulated && PricesOf(experiment).Find(experiment.Model.Name!) is not { IsFree: true };
    }

    private static PriceTable PricesOf(ScenarioExperiment experiment) =>
        PriceTable.Read(Path.Combine(ProjectFolder.Find(), experiment.Model.Prices));

    private ScenarioMetadata Metadata(ScenarioRecord first, string kind) => new()
    {
        Type = ScenarioMetadata.MetadataType,
        SchemaVersion = ScenarioRecord.CurrentSchemaVersion,
        Kind = kind,
        RunId = RunId,
        Experiment = Layout.Experiment,
        GitCommit = _gitCommit,
        Model = first.Model,
        Simulated = first.Simulated,
        Temperature = first.Temperature,
        FixedTimestamp = View.Experiment.SharedClock,
        ZeroPersona = !View.Experiment.HasPersona,
        Variant = first.Variant,
        Rep = first.Rep,
        Repetitions = Plan.Repetitions,
        DefinitionDigests = View.Experiment.DefinitionDigests,
        Writer = ProcessIdentity.Current,
        CreatedAt = Clock.GetUtcNow(),
        Harness = Instrumentation.HarnessVersion,
    };

    /// <summary>The commit of a folder; null if it is in no repository, or there is no git.</summary>
    private static async Task<string?> CommitOfAsync(string folder, CancellationToken cancellationToken)
    {
        ChildResult result = await ChildProcess.RunAsync(new ChildCommand("git", "-C", folder, "rev-parse", "HEAD")
        { TimeLimit = s_gitTime, Environment = ChildEnvironment.Usual() }, cancellationToken);
        string commit = result.Stdout.Text.Trim();
        return result.Succeeded && commit.Length >= ShortestCommit && commit.All(char.IsAsciiHexDigitLower) ? commit : null;
    }
}
