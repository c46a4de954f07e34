using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Tandem.Cli.Live;
using Tandem.Cli.Status;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>
/// What a run shows while it goes on: its lines as they come, and in a terminal, below them, its progress every second. The progress comes
/// from the store's files, as that of <c>status --watch</c>.
/// </summary>
internal sealed class RunProgress : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly TextWriter _output;
    private readonly LiveRegion? _region;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _drawing;

    private RunProgress(TextWriter output, LiveRegion? region, Func<CancellationToken, Task> draw)
    {
        (_output, _region) = (output, region);
        _drawing = draw(_stop.Token);
    }

    /// <summary>Begins: live if the output is a terminal, else with the lines alone.</summary>
    public static RunProgress Begin(ExperimentView view, TextWriter output, TimeProvider clock)
    {
        if (!Terminal.IsLive(output))
            return LinesOnly(output);
        CaseId[] due = [.. view.Due.Select(due => due.CaseId)];
        return Live(output, clock, () =>
        {
            var figures = new ProgressFigures(view.Layout, due, clock);
            return now =>
            {
                figures.Refresh();
                return Content(figures, now);
            };
        });
    }

    /// <summary>As for pairs, of an experiment of scenarios.</summary>
    public static RunProgress Begin(ScenarioView view, TextWriter output, TimeProvider clock)
    {
        if (!Terminal.IsLive(output))
            return LinesOnly(output);
        SelectedScenario[] due = [.. view.Due];
        return Live(output, clock, () =>
        {
            var figures = new ScenarioFigures(view.Layout, due, clock);
            return _ => LiveRegion.TextOf(figures.Look(), new Style(decoration: Decoration.Bold));
        });
    }

    private static RunProgress Live(TextWriter output, TimeProvider clock, Func<Func<DateTimeOffset, IRenderable>> begin)
    {
        var region = new LiveRegion(output, Terminal.Size);
        return new RunProgress(output, region,
            stop => Task.Run(() => DrawAsync(region, begin(), clock, stop), CancellationToken.None));
    }

    /// <summary>Begins with the lines alone.</summary>
    public static RunProgress LinesOnly(TextWriter output) => new(output, null, _ => Task.CompletedTask);

    /// <summary>Writes a line that stays.</summary>
    public void WriteLine(string line)
    {
        if (_region is null)
        {
            _output.WriteLine(line);
            _output.Flush();
        }
        else
        {
            _region.WriteAbove(line + "\n");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _drawing;
        _region?.Close(keep: false);
        _stop.Dispose();
    }

    private static async Task DrawAsync(LiveRegion region, Func<DateTimeOffset, IRenderable> look, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_pause, clock);
        try
        {
            do
            {
                try
                {
                    region.Draw(look(clock.GetUtcNow()));
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // A file that comes or goes at this moment; the next look will find it settled.
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private static Rows Content(ProgressFigures figures, DateTimeOffset now)
    {
        Grid running = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap());
        foreach (RunningCase one in figures.Running)
            running.AddRow(LiveRegion.TextOf("  " + one.CaseId), LiveRegion.TextOf(StatusText.Doing(one, now)));
        IRenderable head = LiveRegion.TextOf(figures.Line(now), new Style(decoration: Decoration.Bold));
        return figures.Running.Count > 0 ? new Rows(head, running) : new Rows(head);
    }
}

/// <summary>The progress of a run's cases since it began.</summary>
internal sealed class ProgressFigures
{
    private readonly StoreStatus _status;
    private readonly TimeProvider _clock;
    private readonly long _startedTicks;
    private readonly Dictionary<CaseId, int> _recordsBefore;
    private readonly decimal _costBefore;

    public ProgressFigures(StoreLayout layout, IReadOnlyList<CaseId> due, TimeProvider clock)
    {
        _clock = clock;
        _startedTicks = clock.GetTimestamp();
        _status = new StoreStatus(layout, due);
        _status.Refresh();
        _recordsBefore = _status.Cases.ToDictionary(standing => standing.CaseId, standing => standing.Records.Count);
        _costBefore = Cost;
    }

    public IReadOnlyList<RunningCase> Running => _status.Running;

    /// <summary>Cases that have ended in this run, and not by an interruption.</summary>
    public int Done { get; private set; }

    /// <summary>Attempts that ended in an infrastructure error.</summary>
    public int InfraErrors { get; private set; }

    private decimal Cost => _status.Cases.Sum(standing => standing.Spending.Usd);

    public void Refresh()
    {
        _status.Refresh();
        HashSet<CaseId> running = [.. Running.Select(one => one.CaseId)];
        CaseStanding[] touched = [.. _status.Cases.Where(standing => standing.Records.Count > _recordsBefore[standing.CaseId])];
        Done = touched.Count(standing => !running.Contains(standing.CaseId) && standing.Latest is { Interrupted: false });
        InfraErrors = touched.Sum(standing => standing.Records.Skip(_recordsBefore[standing.CaseId]).Count(record => record.InfraError));
    }

    public string Line(DateTimeOffset now)
    {
        TimeSpan elapsed = _clock.GetElapsedTime(_startedTicks);
        var parts = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{Done} of {_status.Cases.Count} cases done"),
            string.Create(CultureInfo.InvariantCulture, $"{Running.Count} running") };
        if (Done > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{Done / elapsed.TotalMinutes:0.0} a minute"));
        parts.Add(StatusText.Money(Cost - _costBefore) + " USD");
        if (InfraErrors > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{InfraErrors} infrastructure error{(InfraErrors == 1 ? "" : "s")}"));
        parts.Add(StatusText.Duration(elapsed));
        if (Done > 0 && Done < _status.Cases.Count)
        {
            TimeSpan left = elapsed / Done * (_status.Cases.Count - Done);
            DateTimeOffset end = TimeZoneInfo.ConvertTime(now + left, _clock.LocalTimeZone);
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"ends about {end:HH:mm} (in {StatusText.Duration(left)})"));
        }
        return string.Join(" | ", parts);
    }
}
