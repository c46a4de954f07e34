using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>The workers of an experiment by the files of its stores: who holds claims, who wrote run files. Looks again and again; not safe
/// for concurrent use.</summary>
/// <param name="stores">The experiment in each store.</param>
/// <param name="configuration">The experiment's.</param>
/// <param name="clock">The one clock.</param>
internal sealed class WorkersOfFiles(IReadOnlyList<StoreStatus> stores, ExperimentConfiguration configuration, TimeProvider clock)
{
    /// <summary>Looks, and says why the files were looked at.</summary>
    public WorkersView LookWith(string note) => Look() is var view ? view with { Notes = [note, .. view.Notes] } : view;

    public WorkersView Look()
    {
        foreach (StoreStatus store in stores)
            store.Refresh();
        DateTimeOffset now = clock.GetUtcNow();
        Dictionary<CaseId, CaseStanding[]> cases = stores.SelectMany(store => store.Cases).GroupBy(standing => standing.CaseId)
            .ToDictionary(standings => standings.Key, standings => standings.OrderBy(standing => standing.Status).ToArray());
        Dictionary<string, string> writers = stores.SelectMany(store => store.Headers).DistinctBy(header => header.RunId)
            .ToDictionary(header => header.RunId, header => header.Writer.ToString());
        CompletedCase[] completed = [.. cases.Values.Select(standings => standings[0])
            .Where(standing => standing.Status == RunStatus.Completed && standing.Counting is not null)
            .Select(standing => Of(standing.Counting!, writers))];
        HashSet<CaseId> running = [.. stores.SelectMany(store => store.Running).Select(one => one.CaseId)];
        Spending spent = cases.Values.Aggregate(default(Spending), (sum, standings) => sum + SpentOn(standings));
        return new WorkersView
        {
            Experiment = stores[0].Layout.Experiment,
            IsOfDatabase = false,
            Stores = [.. stores.Select(store => store.Layout.StoreFolder)],
            Now = now,
            Planned = cases.Count,
            Completed = completed,
            Failed = cases.Values.Count(standings => standings[0].Status == RunStatus.Failed && !running.Contains(standings[0].CaseId)),
            Workers = [.. Workers(completed, cases, now)],
            Spent = spent,
            HeldUsd = configuration.Limits.MaxCostUsd?.Usd is null ? 0 : spent.Unpriced * configuration.Limits.CaseCostUsd,
            BudgetUsd = configuration.Limits.MaxCostUsd?.Usd,
            Notes = [.. stores.SelectMany(store => store.Faults.Where(fault => !fault.IsTornEnd)
                .Select(fault => $"cannot be read: {fault} (store {store.Layout.StoreFolder})"))],
        };
    }

    private IEnumerable<Worker> Workers(CompletedCase[] completed, Dictionary<CaseId, CaseStanding[]> cases, DateTimeOffset now)
    {
        (StoreLayout Layout, CaseId CaseId, ProcessIdentity Holder)[] abandoned = [.. stores.SelectMany(store =>
            ClaimFiles.Abandoned(store.Layout).Select(claim => (store.Layout, claim.CaseId, claim.Holder)))];
        var begun = new Dictionary<string, DateTimeOffset>();
        foreach (RunRecord record in cases.Values.SelectMany(standings => standings).SelectMany(standing => standing.Records))
            begun[record.RunId] = begun.TryGetValue(record.RunId, out DateTimeOffset first) && first < record.StartedAt ? first
                : record.StartedAt;
        var traces = stores.SelectMany(store => store.Headers
                .Select(header => (store.Layout, Process: header.Writer, Since: begun.GetValueOrDefault(header.RunId, header.CreatedAt)))
                .Concat(store.Running.Select(one => (store.Layout, Process: one.Owner,
                    Since: one.Attempt?.StartedAt ?? ClaimedAt(store.Layout, one.CaseId))))
            )
            .Concat(abandoned.Select(claim => (claim.Layout, Process: claim.Holder, Since: ClaimedAt(claim.Layout, claim.CaseId))))
            .GroupBy(trace => trace.Process);
        ILookup<string?, CompletedCase> byWorker = completed.ToLookup(one => one.Worker);
        ILookup<ProcessIdentity, CaseId> due = abandoned.Where(claim => cases.TryGetValue(claim.CaseId, out CaseStanding[]? standings)
            && RunStatusReader.IsDue(standings[0].Status, standings[0].Counting is not null))
            .ToLookup(claim => claim.Holder, claim => claim.CaseId);
        return traces.Select(trace => WorkerOf(trace.Key, trace.First().Layout, trace.Min(one => one.Since), byWorker,
                [.. due[trace.Key].Distinct()], now))
            .OrderBy(worker => worker.Since);
    }

    /// <param name="process">The worker.</param>
    /// <param name="first">The first store with a trace of it: its own, or one into which that was merged.</param>
    /// <param name="since">Its first trace.</param>
    /// <param name="byWorker">The completed cases.</param>
    /// <param name="due">Cases that it had when it died, and that are due again.</param>
    /// <param name="now">The moment.</param>
    private Worker WorkerOf(ProcessIdentity process, StoreLayout first, DateTimeOffset since, ILookup<string?, CompletedCase> byWorker,
        CaseId[] due, DateTimeOffset now)
    {
        WorkerCase[] running = [.. from store in stores
            from one in store.Running
            where one.Owner == process
            select new WorkerCase(one.CaseId, one.Attempt?.Attempt, one.Attempt?.StartedAt ?? ClaimedAt(store.Layout, one.CaseId))
            { Phase = one.Phase, Steps = one.Steps }];
        bool isNear = process.Host == ProcessIdentity.Current.Host && process.PidNamespace == ProcessIdentity.Current.PidNamespace;
        CompletedCase[] own = [.. byWorker[process.ToString()]];
        WorkerState state = process.IsProvenDead ? due.Length > 0 ? WorkerState.Gone : WorkerState.Ended
            : running.Length > 0 ? WorkerState.AtWork : isNear ? WorkerState.Idle : WorkerState.NotSeen;
        return new Worker
        {
            Key = process.ToString(),
            Host = process.Host,
            Pid = process.Pid,
            State = state,
            Since = since,
            Store = (stores.FirstOrDefault(store => store.Running.Any(one => one.Owner == process))?.Layout ?? first).StoreFolder,
            Completed = own.Length,
            Rate = state is WorkerState.AtWork or WorkerState.Idle ? CaseRate.Of(own, since, now) : null,
            Running = running,
            Abandoned = due,
        };
    }

    private static DateTimeOffset ClaimedAt(StoreLayout layout, CaseId caseId) =>
        new(File.GetLastWriteTimeUtc(ClaimFiles.HolderOf(ClaimFiles.LockOf(layout, caseId))), TimeSpan.Zero);

    private static CompletedCase Of(RunRecord record, Dictionary<string, string> writers) =>
        new(record.CaseId, record.StartedAt.AddSeconds(record.DurationSeconds), record.WorkSeconds,
            writers.GetValueOrDefault(record.RunId));

    /// <summary>What a case cost in all stores. Records that were merged from one store into another stand in both, and were paid
    /// once.</summary>
    private static Spending SpentOn(CaseStanding[] standings)
    {
        var known = new HashSet<string>();
        var sum = default(Spending);
        foreach (CaseStanding standing in standings.OrderByDescending(one => one.Records.Count))
        {
            string[] unseen = [.. standing.Records.Select(record => record.AttemptId).Where(known.Add)];
            if (unseen.Length > 0)
                sum += standing.Spending;
        }
        return sum;
    }
}
