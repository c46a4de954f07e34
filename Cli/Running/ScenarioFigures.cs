using System.Globalization;
using Tandem.Cli.Status;
using Tandem.Harness.Scenarios;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>The progress of a run of scenarios since it began, from the store's files.</summary>
internal sealed class ScenarioFigures
{
    private readonly StoreLayout _layout;
    private readonly HashSet<ScenarioCaseId> _due;
    private readonly TimeProvider _clock;
    private readonly long _startedTicks;
    private readonly Dictionary<string, ScenarioFilePlace> _places = [];
    private readonly ScenarioReader _reader;
    private readonly Dictionary<ScenarioCaseId, ScenarioRecord> _ended = [];

    public ScenarioFigures(StoreLayout layout, IReadOnlyList<SelectedScenario> due, TimeProvider clock)
    {
        (_layout, _clock, _startedTicks) = (layout, clock, clock.GetTimestamp());
        _due = [.. due.Select(one => one.Id)];
        _reader = new ScenarioReader(layout);
        // What was there before is no progress of this run.
        foreach (StoredScenario _ in _reader.ReadOn(_places))
            continue;
    }

    /// <summary>Reads what has come since, and says it in one line.</summary>
    public string Look()
    {
        foreach (StoredScenario stored in _reader.ReadOn(_places).Where(stored => _due.Contains(stored.Record.CaseId)
            && !stored.Record.Interrupted))
            _ended[stored.Record.CaseId] = stored.Record;
        TimeSpan elapsed = _clock.GetElapsedTime(_startedTicks);
        int running = ClaimFiles.HeldScenarios(_layout).Count;
        int faults = _ended.Values.Count(record => record.Error is not null);
        int reruns = _ended.Values.Sum(record => record.Reruns);
        string[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{_ended.Count} of {_due.Count} cases done"),
            string.Create(CultureInfo.InvariantCulture, $"{running} running"),
            .. _ended.Count > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{_ended.Count / elapsed.TotalMinutes:0.0} a minute")]
                : (string[])[],
            .. reruns > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{reruns} rerun{(reruns == 1 ? "" : "s")}")] : (string[])[],
            StatusText.Money(_ended.Values.Sum(record => record.Cost ?? 0)) + " USD",
            .. faults > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{faults} infrastructure error{(faults == 1 ? "" : "s")}")]
                : (string[])[],
            StatusText.Duration(elapsed),
        ];
        return string.Join(", ", parts);
    }
}
