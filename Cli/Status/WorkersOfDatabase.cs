using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>The workers of an experiment by the database that they share; how far their agents are comes from the stores that are
/// here.</summary>
/// <param name="connectionString">See <see cref="PostgresMatrix.ConnectionFrom"/>.</param>
/// <param name="experiment">The experiment.</param>
/// <param name="stores">Its stores, as far as they are here.</param>
/// <param name="configuration">Its configuration.</param>
/// <param name="times">How long a worker that is silent keeps its cases.</param>
/// <param name="files">What the files say, where no worker has joined the database.</param>
/// <param name="clock">The one clock.</param>
internal sealed class WorkersOfDatabase(string connectionString, string experiment, IReadOnlyList<StoreLayout> stores,
    ExperimentConfiguration configuration, SessionTimes times, WorkersOfFiles files, TimeProvider clock)
{
    private const int IdDigits = 8;

    private WorkersView? _latest;
    private long _answeredAt;

    /// <summary>Reads it. Where the server answered before and does not now, the latest view comes back, with a note, for as long as a
    /// worker is patient.</summary>
    public async Task<WorkersView> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await MatrixSnapshot.ReadAsync(connectionString, experiment, cancellationToken) is not { } snapshot)
                return files.LookWith("no worker of this experiment has joined the database that "
                    + $"{PostgresMatrix.ConnectionVariable} names: this is what the files say. If workers run, see that it names theirs");
            _latest = Of(snapshot);
            _answeredAt = clock.GetTimestamp();
            return _latest;
        }
        catch (PostgresGoneException exception) when (_latest is not null && clock.GetElapsedTime(_answeredAt) < times.Patience)
        {
            return _latest with { Notes = [.. _latest.Notes, $"as of {WorkersText.Time(_latest.Now)}: {exception.Message}"] };
        }
    }

    private WorkersView Of(MatrixSnapshot snapshot)
    {
        var view = new WorkersView
        {
            Experiment = experiment,
            IsOfDatabase = true,
            Stores = [.. stores.Select(store => store.StoreFolder)],
            Now = snapshot.Now,
            Planned = snapshot.Planned,
            Completed = [],
            Failed = 0,
            Workers = [],
            Spent = default,
            BudgetUsd = configuration.Limits.MaxCostUsd?.Usd,
        };
        Dictionary<string, StoreLayout> byId = [];
        foreach (StoreLayout store in stores)
        {
            if (StoreIdFile.TryRead(store.StoreFolder) is string id)
                byId.TryAdd(id, store);
        }
        CompletedCase[] completed = [.. snapshot.Cases.Select(CompletedOf).OfType<CompletedCase>()];
        ILookup<string?, CompletedCase> byWorker = completed.ToLookup(one => one.Worker);
        Worker[] workers = [.. snapshot.Workers.Select(row => WorkerOf(row, snapshot, byWorker, byId))];
        HashSet<CaseId> busy = [.. workers.SelectMany(worker => worker.Running.Select(one => one.CaseId).Concat(worker.Abandoned))];
        return view with
        {
            Completed = completed,
            Failed = snapshot.Cases.Count(row => row is { CompletedAt: null, BookedRecords: > 0 }
                && CaseId.TryParse(row.Subject, out CaseId? caseId) && !busy.Contains(caseId)),
            Workers = workers,
            Spent = snapshot.Spent with { Usd = snapshot.Spent.Usd - snapshot.Spent.AssumedUsd },
            ReservedUsd = snapshot.ReservedUsd.Values.Sum(),
            HeldUsd = snapshot.Spent.AssumedUsd,
            Pauses = [.. snapshot.Outages.Select(outage => $"paused since {WorkersText.Time(outage.Since)}: {outage.Reason}, seen by "
                    + (workers.FirstOrDefault(worker => worker.Key == outage.Worker.ToString())?.Name ?? "a worker")),
                .. snapshot.Pauses.Select(pause => $"models are asked for a pause until {WorkersText.Time(pause.Until)} "
                    + $"by {pause.Endpoint}")],
        };
    }

    private static CompletedCase? CompletedOf(CaseRow row) =>
        row.CompletedAt is DateTimeOffset at && CaseId.TryParse(row.Subject, out CaseId? caseId)
            ? new CompletedCase(caseId, at, (at - row.CompletedSince)?.TotalSeconds, row.CompletedBy?.ToString()) : null;

    private Worker WorkerOf(WorkerRow row, MatrixSnapshot snapshot, ILookup<string?, CompletedCase> byWorker,
        Dictionary<string, StoreLayout> byId)
    {
        string key = row.Id.ToString();
        byId.TryGetValue(row.StoreId, out StoreLayout? layout);
        // What is marked as running stays so when its worker dies.
        (CaseId CaseId, CaseRow Row)[] marked = [.. snapshot.Cases.Where(one => one.IsMarkedRunning && one.Worker == row.Id)
            .Select(one => (CaseId.TryParse(one.Subject, out CaseId? caseId) ? caseId : null, one))
            .Where(one => one.Item1 is not null).Select(one => (one.Item1!, one.one))];
        bool isDead = row.EndedAt is not null || row.Process?.IsProvenDead == true || (!row.IsAlive && row.Silence >= times.Life);
        CaseId[] abandoned = isDead ? [.. marked.Where(one => one.Row.CompletedAt is null).Select(one => one.CaseId)] : [];
        decimal reserved = snapshot.ReservedUsd.GetValueOrDefault(row.Id);
        return new Worker
        {
            Key = key,
            Host = row.Host,
            Pid = row.Pid,
            State = row.EndedAt is not null && abandoned.Length == 0 && reserved == 0 ? WorkerState.Ended
                : isDead ? WorkerState.Gone
                : !row.IsAlive || row.Silence > 3 * times.Beat ? WorkerState.Silent
                : marked.Length > 0 ? WorkerState.AtWork : WorkerState.Idle,
            Since = row.StartedAt,
            SeenAt = row.EndedAt ?? row.SeenAt,
            Store = layout?.StoreFolder ?? row.StoreId[..Math.Min(IdDigits, row.StoreId.Length)],
            Completed = byWorker[key].Count(),
            Rate = isDead ? null : CaseRate.Of(byWorker[key], row.StartedAt, snapshot.Now),
            Running = isDead ? [] : [.. marked.Select(one => CaseOf(one.CaseId, one.Row, row, layout))],
            Abandoned = abandoned,
            ReservedUsd = reserved,
        };
    }

    private static WorkerCase CaseOf(CaseId caseId, CaseRow row, WorkerRow worker, StoreLayout? layout)
    {
        // An attempt without a record may be an earlier worker's.
        if (row.OpenAttempt is not int attempt || row.OpenWorker != worker.Id)
            return new WorkerCase(caseId, null, row.ClaimedAt);
        RunningCase? running = layout is null ? null : RunningCase.TryRead(layout, caseId, attempt - 1);
        return new WorkerCase(caseId, attempt, row.OpenSince ?? row.ClaimedAt) { Phase = running?.Phase, Steps = running?.Steps ?? [] };
    }
}
