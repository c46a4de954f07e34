using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Experiments.Tests;
using Tandem.Harness.Admission;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

[assembly: AssemblyFixture(typeof(ExperimentFixture))]

namespace Tandem.Experiments.Tests;

/// <summary>
/// What all rows share: the experiment in its store, the sandboxes' provider, and a clean end on SIGTERM, SIGHUP or the death of the
/// parent. It is opened by the first row that runs; a fault of opening is shown by each row.
/// </summary>
public sealed class ExperimentFixture : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Lazy<ExperimentView> _view = new(() => CaseDataAttribute.LoadView(CaseDataAttribute.TemporaryStore(Variables())));
    private readonly Lazy<Task<Opened>> _opened;
    private readonly Lazy<CaseLines> _lines;
    private readonly TelemetryExport? _telemetry = TelemetryExport.Start();
    /// <summary>Then a temporary store is kept: what the failing cases print points into it.</summary>
    private bool _anythingRed;

    /// <summary>Made by xunit.</summary>
    public ExperimentFixture() =>
        (_opened, _lines) = (new Lazy<Task<Opened>>(OpenAsync), new Lazy<CaseLines>(() => new CaseLines(_view.Value.Cases.Count)));

    /// <summary>Whether failing outcomes are red too.</summary>
    public bool AssertsOutcome => _opened.IsValueCreated && _opened.Value.IsCompletedSuccessfully
        && _opened.Value.Result.View.Settings.Run.Assert == AssertChoice.Outcome;

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        // Ctrl-C is xunit's own; these two would otherwise end the process with sandboxes and records in the air.
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Stop($"{context.Signal} received");
            }));
        }
        _ = ParentWatch.WatchAsync(() => Stop("the starting process is gone"), _stop.Token);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _signals.ForEach(signal => signal.Dispose());
        _telemetry?.Dispose();
        if (_lines.IsValueCreated)
            _lines.Value.TellRest();
        if (_opened.IsValueCreated && _opened.Value.IsCompletedSuccessfully)
        {
            Opened opened = await _opened.Value;
            await opened.Environment.DisposeAsync();
            if (opened.IsTemporary && !_anythingRed)
                Directory.Delete(opened.Environment.Layout.StoreFolder, recursive: true);
        }
    }

    /// <summary>Runs a case.</summary>
    public async Task<CaseResult> RunAsync(CaseId caseId, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        either.Token.ThrowIfCancellationRequested();
        Opened opened = await _opened.Value;
        SelectedCase selected = opened.View.Cases.FirstOrDefault(c => c.CaseId == caseId)
            ?? throw new InvalidOperationException(
            $"{caseId} is not among the selected cases of experiment '{opened.View.Settings.Name}'; the test list is older than the "
            + $"selection.");
        CaseResult result;
        try
        {
            result = await new CaseRunner(opened.Environment)
                .RunAsync(caseId, opened.View.ReasonFor(selected),
                opened.Environment.Clock.GetElapsedTime(opened.StartedTicks), either.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _anythingRed = true;
            throw;
        }
        if (result is CaseResult.Ran { Record: var record })
            _anythingRed |= record.InfraError || (AssertsOutcome && record.BothPassed != true);
        _lines.Value.Tell(caseId, result);
        return result;
    }

    /// <summary>Tells on the console, once, that cases were stopped.</summary>
    public void TellStopped(CaseId caseId)
    {
        if (_view.IsValueCreated)
            _lines.Value.TellStopped(caseId);
    }

    /// <summary>Tells on the console of a fault that kept a case from its result, if it is one that a line can tell.</summary>
    /// <returns>What is left to tell with the case itself; null if its line says all.</returns>
    public string? Tell(CaseId caseId, Exception exception)
    {
        bool isExpected = exception is IOException or UnauthorizedAccessException or SandboxException or TaskSetException
            or ExperimentMismatchException;
        if (isExpected && _view.IsValueCreated && !_lines.Value.Tell(caseId, exception.Message))
            return null;
        // With the store, all cases go on alike.
        return exception is StoreUnwritableException ? null : TryCommandFor(caseId);
    }

    /// <summary>The folder of a record's artifacts.</summary>
    public string FolderOf(RunRecord record) => _opened.Value.Result.Environment.Layout.AttemptFolder(record.CaseId, record.Attempt);

    /// <summary>The command that runs one case again.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="isCompleted">Whether it has a verdict, so that a new attempt must be forced; one that has none is due as it is.</param>
    public string CommandFor(CaseId caseId, bool isCompleted) => CommandFor(_view.Value, caseId, isCompleted);

    /// <summary>The command that runs one case again of which nothing is known but that it threw; null if the experiment itself cannot be
    /// read.</summary>
    private string? TryCommandFor(CaseId caseId)
    {
        try
        {
            SelectedCase? selected = _view.Value.Cases.FirstOrDefault(c => c.CaseId == caseId);
            return CommandFor(_view.Value, caseId, selected?.Status == RunStatus.Completed);
        }
        catch (Exception)
        {
            // The fault at hand is told; this one would hide it.
            return null;
        }
    }

    private static string CommandFor(ExperimentView view, CaseId caseId, bool isCompleted) =>
        CaseCommand.For(caseId, view.Settings, Variables(), view.Layout.StoreFolder, isCompleted);

    private async Task<Opened> OpenAsync()
    {
        Dictionary<string, string> variables = Variables();
        ExperimentView view = _view.Value;
        ISandboxProvider provider = await SandboxProviders
            .OpenAsync(view.Settings, view.Agent, view.TaskSet, view.Layout.StoreFolder, TimeProvider.System, _stop.Token);
        try
        {
            string runId = variables.GetValueOrDefault("TANDEM_RUN_ID") is { Length: > 0 } given
                ? given : Guid.NewGuid().ToString("n")[..12];
            var environment = new RunEnvironment(view.Settings, view.TaskSet, view.Agent, provider, view.Layout.StoreFolder, runId,
                TimeProvider.System)
            { OnNotice = Console.WriteLine, Bounds = view.Bounds };
            foreach (SweptSandbox swept in await provider.SweepAsync(environment.StoreId, _stop.Token))
                Console.WriteLine($"{(swept.Removed ? "removed" : "left")} {swept.Owner}: {swept.Reason}");
            return new Opened(view, environment, environment.Clock.GetTimestamp(), CaseDataAttribute.TemporaryStore(variables) is not null);
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }
    }

    private static Dictionary<string, string> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");

    private void Stop(string reason)
    {
        if (_stop.IsCancellationRequested)
            return;
        Console.WriteLine($"stopping: {reason}; running cases are recorded as interrupted");
        _stop.Cancel();
    }

    private sealed record Opened(ExperimentView View, RunEnvironment Environment, long StartedTicks, bool IsTemporary);
}

/// <summary>Notices that the process which started this one is gone, so that a run does not go on unseen.</summary>
internal static class ParentWatch
{
    public static async Task WatchAsync(Action onGone, CancellationToken cancellationToken)
    {
        if ((StarterOfThis() ?? ParentOfThis()) is not int parent)
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

    /// <summary>The front door says who it is: it may be gone before this process has looked.</summary>
    private static int? StarterOfThis() =>
        OperatingSystem.IsLinux()
            && int.TryParse(Environment.GetEnvironmentVariable(ExperimentView.StarterVariable), NumberStyles.None,
            CultureInfo.InvariantCulture, out int starter) ? starter : null;

    private static int? ParentOfThis()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        // The name in parentheses may hold anything; the parent is the second field after it.
        string stat = File.ReadAllText("/proc/self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
