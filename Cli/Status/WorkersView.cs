using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>What a worker is about.</summary>
[JsonConverter(typeof(StrictEnumConverter<WorkerState>))]
internal enum WorkerState
{
    /// <summary>It runs cases.</summary>
    [JsonStringEnumMemberName("at_work")]
    AtWork,

    /// <summary>It lives, and runs no case: it looks for one, waits, or is about to end.</summary>
    [JsonStringEnumMemberName("idle")]
    Idle,

    /// <summary>It gave no sign of life for a while, and still has its cases.</summary>
    [JsonStringEnumMemberName("silent")]
    Silent,

    /// <summary>It is dead, or was silent for so long that its cases go to others.</summary>
    [JsonStringEnumMemberName("gone")]
    Gone,

    /// <summary>It is over, and has nothing any more.</summary>
    [JsonStringEnumMemberName("ended")]
    Ended,

    /// <summary>It has no case, and its process cannot be seen from here: it is on another host, or in another container.</summary>
    [JsonStringEnumMemberName("not_seen")]
    NotSeen,
}

/// <summary>A case that a worker runs.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Attempt">Its open attempt; null while there is none.</param>
/// <param name="Since">When the attempt began, else when the case was claimed; null if neither is known.</param>
internal sealed record WorkerCase(CaseId CaseId, int? Attempt, DateTimeOffset? Since)
{
    /// <summary>What it is in; null if the files of its store are not here.</summary>
    public CasePhase? Phase { get; init; }

    /// <summary>How far its agents are, as far as that is known.</summary>
    public IReadOnlyList<AgentStep> Steps { get; init; } = [];
}

/// <summary>A process that works on the cases of an experiment, or did.</summary>
internal sealed record Worker
{
    /// <summary>Unlike that of any other worker.</summary>
    public required string Key { get; init; }

    public required string Host { get; init; }

    public required int Pid { get; init; }

    public required WorkerState State { get; init; }

    /// <summary>When it joined, as far as that is known.</summary>
    public required DateTimeOffset? Since { get; init; }

    /// <summary>Its latest sign of life, or its end; null where only files say something of it.</summary>
    public DateTimeOffset? SeenAt { get; init; }

    /// <summary>The folder of its store where it is known, else the first digits of the store's id.</summary>
    public required string Store { get; init; }

    /// <summary>Cases whose record that counts is its work.</summary>
    public int Completed { get; init; }

    /// <summary>How fast it is; null if it completed nothing lately, or is over.</summary>
    public CaseRate? Rate { get; init; }

    public IReadOnlyList<WorkerCase> Running { get; init; } = [];

    /// <summary>Cases that it had when it died, and that nobody has taken up yet.</summary>
    public IReadOnlyList<CaseId> Abandoned { get; init; } = [];

    /// <summary>USD that its open attempts may cost; null where there is no shared ledger.</summary>
    public decimal? ReservedUsd { get; init; }

    public bool IsLiving => State is WorkerState.AtWork or WorkerState.Idle or WorkerState.Silent;

    /// <summary>Whether it has something that others wait for, although it is gone.</summary>
    public bool LeftSomething => State == WorkerState.Gone && (Abandoned.Count > 0 || ReservedUsd > 0);

    public string Name => System.FormattableString.Invariant($"{Pid} on {Host}");
}

/// <summary>A case that is completed.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="At">When.</param>
/// <param name="Seconds">What the whole run of it took; null if the attempt took up an earlier one, or it is not known.</param>
/// <param name="Worker">See <see cref="Worker.Key"/>; null if it is not known.</param>
internal readonly record struct CompletedCase(CaseId CaseId, DateTimeOffset At, double? Seconds, string? Worker);

/// <summary>Cases that were completed within a time.</summary>
internal readonly record struct CaseRate(int Cases, TimeSpan Within)
{
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>What a moment shows is chance.</summary>
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(10);

    public double PerHour => Cases / Within.TotalHours;

    /// <summary>The rate of the last hour, or since the begin if that is later; null if nothing was completed, or it
    /// began a moment ago.</summary>
    public static CaseRate? Of(IEnumerable<CompletedCase> completed, DateTimeOffset begin, DateTimeOffset now)
    {
        DateTimeOffset start = begin > now - Longest ? begin : now - Longest;
        int cases = completed.Count(one => one.At > start);
        return cases > 0 && now - start >= s_shortest ? new CaseRate(cases, now - start) : null;
    }
}

/// <summary>A running case that takes far longer than others of its setting.</summary>
/// <param name="Worker">Who runs it.</param>
/// <param name="Case">The case.</param>
/// <param name="Time">For how long.</param>
/// <param name="Median">What completed cases of the setting took.</param>
/// <param name="Of">How many these are.</param>
internal sealed record Straggler(Worker Worker, WorkerCase Case, TimeSpan Time, TimeSpan Median, int Of)
{
    private const double Times = 3;
    private static readonly TimeSpan s_least = TimeSpan.FromMinutes(1);

    /// <summary>Those of running cases, the longest first.</summary>
    public static IReadOnlyList<Straggler> Among(IEnumerable<Worker> workers, IEnumerable<CompletedCase> completed, DateTimeOffset now)
    {
        Dictionary<Setting, double[]> seconds = completed.Where(one => one.Seconds is not null).GroupBy(one => one.CaseId.Setting)
            .ToDictionary(setting => setting.Key, setting => setting.Select(one => one.Seconds!.Value).Order().ToArray());
        return [.. from worker in workers
            from running in worker.Running
            where running.Since is not null && seconds.ContainsKey(running.CaseId.Setting)
            let past = seconds[running.CaseId.Setting]
            let one = new Straggler(worker, running, now - running.Since!.Value, TimeSpan.FromSeconds(Records.Runs.Median.Of(past)),
                past.Length)
            where one.Time > Times * one.Median && one.Time > s_least
            orderby one.Time descending
            select one];
    }
}

/// <summary>The workers of one experiment at one moment.</summary>
internal sealed record WorkersView
{
    public required string Experiment { get; init; }

    /// <summary>Whether it was read from the database that the workers share; else from the stores' files.</summary>
    public required bool IsOfDatabase { get; init; }

    /// <summary>The folders of the stores that were looked at.</summary>
    public required IReadOnlyList<string> Stores { get; init; }

    /// <summary>The moment, by the clock of the source.</summary>
    public required DateTimeOffset Now { get; init; }

    public required int Planned { get; init; }

    public required IReadOnlyList<CompletedCase> Completed { get; init; }

    /// <summary>Cases that were tried, are not completed, and that nobody runs.</summary>
    public required int Failed { get; init; }

    public required IReadOnlyList<Worker> Workers { get; init; }

    public required Spending Spent { get; init; }

    /// <summary>USD that open attempts may cost; null where there is no shared ledger.</summary>
    public decimal? ReservedUsd { get; init; }

    /// <summary>USD that attempts of unknown cost are taken to have cost.</summary>
    public decimal HeldUsd { get; init; }

    /// <summary>USD that the experiment may spend; null if there is no bound.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>What all workers wait for, in words.</summary>
    public IReadOnlyList<string> Pauses { get; init; } = [];

    /// <summary>What a reader has to know of the view itself.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Cases that somebody runs and that nobody has completed.</summary>
    public int Running => Workers.SelectMany(worker => worker.Running).Select(one => one.CaseId).Distinct()
        .Except(Completed.Select(one => one.CaseId)).Count();

    public int Left => Math.Max(0, Planned - Completed.Count - Failed - Running);

    /// <summary>How fast the living workers are together; null if none lives, or nothing was completed since they began.</summary>
    public CaseRate? Rate => Workers.Where(worker => worker.IsLiving).Select(worker => worker.Since).Min() is DateTimeOffset begin
        ? CaseRate.Of(Completed, begin, Now) : null;

    /// <summary>When the cases that run or are left are completed at that rate; null if none are, or there is no rate.</summary>
    public DateTimeOffset? ExpectedEnd => Running + Left > 0 && Rate is CaseRate rate
        ? Now + ((Running + Left) / (double)rate.Cases * rate.Within) : null;

    public IReadOnlyList<Straggler> Stragglers => Straggler.Among(Workers, Completed, Now);
}
