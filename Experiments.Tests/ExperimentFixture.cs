using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Experiments.Tests;
using Tandem.Harness.Admission;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Tandem.Records.Text;
using Xunit;

[assembly: AssemblyFixture(typeof(ExperimentFixture))]

namespace Tandem.Experiments.Tests;

/// <summary>
/// What all rows share: the experiment in its store, the sandboxes' provider, and a clean end on SIGTERM, SIGHUP or the death of the
/// parent. The first row that runs opens it; each row shows a fault of the opening.
/// </summary>
public sealed partial class ExperimentFixture : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Lazy<Task<Opened>> _opened;
    private readonly Lazy<CaseLines> _lines = new(() => new CaseLines(CaseDataAttribute.View.Cases.Count));
    private readonly Lazy<JudgeEnvironment> _judges;
    private readonly Lazy<CaseLines> _judgeLines = new(() => new CaseLines(JudgementDataAttribute.View!.Judgements.Count, "judgement"));
    private readonly Reservations _reservations = new();
    private readonly TelemetryExport? _telemetry = TelemetryExport.Start();
    private ScriptedModel? _model;

    /// <summary>If so, a temporary store is kept: the messages of red cases point into it.</summary>
    private bool _anythingRed;

    /// <summary>Made by xunit.</summary>
    public ExperimentFixture()
    {
        _opened = new Lazy<Task<Opened>>(OpenAsync);
        _judges = new Lazy<JudgeEnvironment>(
            () => new JudgeEnvironment(JudgementDataAttribute.View!, RunId, TimeProvider.System, PrintableConsole.Out.WriteLine,
                _reservations));
    }

    /// <summary>Whether failing outcomes are red too.</summary>
    public bool AssertsOutcome => _opened.IsValueCreated && _opened.Value.IsCompletedSuccessfully
        && CaseDataAttribute.View.Configuration.Run.Assert == AssertChoice.Outcome;

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        // Ctrl-C is xunit's own; these two would otherwise end the process before sandboxes are removed and records written.
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Stop(StarterOfThis is null ? $"{context.Signal} came" : null);
            }));
        }
        _ = ParentWatch.WatchAsync(StarterOfThis, () => Stop("the process that started this one has ended"), _stop.Token);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _signals.ForEach(signal => signal.Dispose());
        _telemetry?.Dispose();
        CaseLines[] printed = [.. new[] { _lines, _judgeLines, _scenarioLines }.Where(lines => lines.IsValueCreated)
            .Select(lines => lines.Value)];
        foreach (CaseLines lines in printed)
            lines.PrintRest();
        if (_judges.IsValueCreated)
            _judges.Value.Dispose();
        await CloseScenariosAsync();
        if (_opened.IsValueCreated && _opened.Value.IsCompletedSuccessfully)
        {
            Opened opened = await _opened.Value;
            await opened.Environment.DisposeAsync();
            await _model!.DisposeAsync();
            if (CaseDataAttribute.TemporaryStore is not null && !_anythingRed)
                Directory.Delete(opened.Environment.Layout.StoreFolder, recursive: true);
        }
    }

    /// <summary>Runs a case.</summary>
    public async Task<CaseResult> RunAsync(CaseId caseId, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        either.Token.ThrowIfCancellationRequested();
        Opened opened = await _opened.Value;
        SelectedCase selected = CaseDataAttribute.View.Cases.FirstOrDefault(c => c.CaseId == caseId)
            ?? throw new InvalidOperationException(
                $"{caseId} is not among the selected cases of experiment '{CaseDataAttribute.View.Configuration.Name}'. "
                + "The list of tests is "
                + "older than the selection: list them again.");
        CaseResult result;
        try
        {
            // A test may have a context that lets few things run at once; the work of a case would wait there for other cases.
            result = await Task.Run(() => new CaseRunner(opened.Environment).RunAsync(caseId, CaseDataAttribute.View.ReasonFor(selected),
                opened.Environment.Clock.GetElapsedTime(opened.StartedTicks), either.Token));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _anythingRed = true;
            throw;
        }
        if (result is CaseResult.Ran { Record: var record })
            _anythingRed |= Verdict.IsRed(record, AssertsOutcome);
        _lines.Value.Print(caseId, result);
        return result;
    }

    /// <summary>Judges a run.</summary>
    public async Task<JudgementResult> JudgeAsync(JudgementId id, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        either.Token.ThrowIfCancellationRequested();
        SelectedJudgement selected = JudgementDataAttribute.View?.Find(id)
            ?? throw new InvalidOperationException($"{id} is not among the selected judgements. The list of tests is older than the "
                + "selection: list them again.");
        JudgementResult result = await Task.Run(() => new JudgementRunner(_judges.Value).RunAsync(selected, either.Token));
        _judgeLines.Value.Print(id, result);
        return result;
    }

    /// <summary>Prints the fault that kept a judgement from its record.</summary>
    public void Print(JudgementId id, Exception exception) => _judgeLines.Value.Print(id.ToString(), exception.Message);

    /// <summary>Prints, once, that cases or judgements were stopped.</summary>
    public void PrintStopped(string id) => (ScenarioDataAttribute.IsNamed ? _scenarioLines
        : JudgementId.TryParse(id, out _) ? _judgeLines : _lines).Value.PrintStopped(id);

    /// <summary>Prints the fault that kept a case from its result, if one line can hold it.</summary>
    /// <returns>The command that runs the case again; null if its line says all, or the experiment itself cannot be read.</returns>
    public string? Print(CaseId caseId, Exception exception)
    {
        bool isExpected = exception is IOException or UnauthorizedAccessException or SandboxException or TaskSetException
            or ExperimentMismatchException;
        if (CaseDataAttribute.TryView() is not { } view || (isExpected && !_lines.Value.Print(caseId.ToString(), exception.Message)))
            return null;
        // Once the store can be written, all cases go on alike.
        return exception is StoreUnwritableException ? null
            : CommandFor(caseId, view.Cases.FirstOrDefault(c => c.CaseId == caseId)?.Status == RunStatus.Completed);
    }

    /// <summary>The folder of a record's artifacts.</summary>
    public string FolderOf(RunRecord record) => _opened.Value.Result.Environment.Layout.AttemptFolder(record.CaseId, record.Attempt);

    /// <summary>The command that runs one case again.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="isCompleted">Whether it has a verdict, so that a new attempt must be forced; one that has none is due as it is.</param>
    public static string CommandFor(CaseId caseId, bool isCompleted) => CaseCommand.For(caseId, CaseDataAttribute.View.Configuration,
        CaseDataAttribute.Variables, CaseDataAttribute.View.Layout.StoreFolder, isCompleted);

    /// <summary>The command that asks a judge once more about one run.</summary>
    public static string CommandFor(JudgementRecord record) => CaseCommand.For(record,
        JudgementDataAttribute.View!.Find(record.JudgementId)?.RubricWord ?? record.Rubric, JudgementDataAttribute.View.Experiment.Layout);

    private static string RunId { get; } = CaseDataAttribute.Variables.GetValueOrDefault("TANDEM_RUN_ID") is { Length: > 0 } given
        ? given : Guid.NewGuid().ToString("n")[..12];

    private async Task<Opened> OpenAsync()
    {
        ExperimentView view = CaseDataAttribute.View;
        ISandboxProvider provider = await SandboxProviders
            .OpenAsync(view.Configuration, view.Agent, view.TaskSet, view.Layout.StoreFolder, TimeProvider.System, _stop.Token);
        try
        {
            _model = await ScriptedModel.StartAsync(view);
            RunEnvironment environment = await RunEnvironment.OpenAsync(_model.Configuration, view.TaskSet, view.Agent, provider,
                view.Layout.StoreFolder, RunId, TimeProvider.System, PrintableConsole.Out.WriteLine, view.Bounds,
                reservations: _reservations,
                sharding: view.Sharding, cancellationToken: _stop.Token);
            foreach (SweptSandbox swept in await provider.SweepAsync(environment.StoreId, _stop.Token))
                PrintableConsole.Out.WriteLine($"{(swept.Removed ? "Removed" : "Left")} the sandbox of {swept.Owner}: {swept.Reason}");
            foreach (string line in await environment.LookForImagesAsync(
                [.. view.Due.Where(c => c.Status != RunStatus.Results || view.IsForced).Select(c => c.CaseId)], _stop.Token))
                PrintableConsole.Out.WriteLine(line);
            return new Opened(environment, environment.Clock.GetTimestamp());
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }
    }

    /// <summary>The process of the front door, if it has started this one; it may be gone before this process has looked.</summary>
    private static int? StarterOfThis { get; } = OperatingSystem.IsLinux() && int.TryParse(
        CaseDataAttribute.Variables.GetValueOrDefault(ExperimentView.StarterVariable), NumberStyles.None, CultureInfo.InvariantCulture,
        out int starter) ? starter : null;

    /// <param name="reason">Null where the front door has printed it: the signal that it sends is not the one that it got.</param>
    private void Stop(string? reason)
    {
        if (_stop.IsCancellationRequested)
            return;
        if (reason is not null)
            PrintableConsole.Out.WriteLine($"Stopping: {reason}. Running cases are recorded as interrupted.");
        _stop.Cancel();
    }

    private sealed record Opened(RunEnvironment Environment, long StartedTicks);
}

/// <summary>Notices that the process which started this one has ended, so that a run does not go on unseen.</summary>
internal static class ParentWatch
{
    public static async Task WatchAsync(int? starter, Action onGone, CancellationToken cancellationToken)
    {
        if ((starter ?? ParentOfThis()) is not int parent)
            return;
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            do
            {
                if (ParentOfThis() != parent)
                {
                    onGone();
                    return;
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private static int? ParentOfThis()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        // The name in parentheses may hold anything; the parent is the second field after it.
        string stat = File.ReadAllText("/proc/self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
