using Tandem.Harness.Admission;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Experiments;

/// <summary>Into which shards an experiment is divided, and which of them this process runs.</summary>
/// <param name="Division">Which case is in which shard.</param>
/// <param name="Shard">The one that is run; null is none: all cases.</param>
/// <param name="IsFrozen">Whether the store has the division.</param>
public sealed record Sharding(ShardDivision Division, Shard? Shard, bool IsFrozen)
{
    /// <summary>Reads the store's division and the variables. Writes nothing.</summary>
    /// <param name="environment">The process's variables.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="divideByTime">Makes a new division of so many shards by time, from an engine's tasks.</param>
    /// <returns>Null if nothing asks for shards, and the store has no division.</returns>
    /// <exception cref="SettingsException">The variables name no shard that there is, or leave open how many there are.</exception>
    /// <exception cref="ExperimentMismatchException">The store has another division than the variables ask for, or one that cannot be
    /// read.</exception>
    public static Sharding? Of(IReadOnlyDictionary<string, string> environment, StoreLayout layout,
        Func<int, ShardTasks?, ShardDivision> divideByTime)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(divideByTime);
        ShardDivision? frozen = Read(layout);
        ShardChoice? choice = ShardChoice.Of(environment, frozen);
        ShardWay? way = ShardVariables.WayOf(environment);
        if (choice is null || (choice.Count == 1 && frozen is null))
            return frozen is null ? null : new Sharding(frozen, null, IsFrozen: true);
        Shard? shard = choice.Number is int number ? new Shard(number, choice.Count) : null;
        if (frozen is not null)
        {
            RequireSame(frozen, layout, choice.Count, way, choice.Source);
            return new Sharding(frozen, shard, IsFrozen: true);
        }
        return new Sharding(way == ShardWay.Time ? divideByTime(choice.Count, choice.Tasks)
            : ShardDivision.ByHash(choice.Count, choice.Tasks), shard, IsFrozen: false);
    }

    /// <summary>Whether this process runs a case, as far as shards say.</summary>
    /// <param name="caseId">The case's id as text.</param>
    public bool Covers(string caseId) => Shard is null || Division.NumberOf(caseId) == Shard.Number;

    /// <summary>The shard of a case, as its trait has it: <c>3/16</c>.</summary>
    public string NameOf(string caseId) => new Shard(Division.NumberOf(caseId), Division.Count).ToString();

    /// <summary>What follows on "nothing to run" where the shard has none of the selected cases. That is no fault: there may be more
    /// shards than cases.</summary>
    public string WhyEmpty => $"shard {Shard} has none of the selected cases: they are all in other shards.";

    /// <summary>Writes the division into the store, or joins the one that another process has written meanwhile.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="cases">The whole plan: ids as text.</param>
    /// <exception cref="ExperimentMismatchException">The other one divides the cases otherwise, or cannot be read.</exception>
    public Sharding Freeze(StoreLayout layout, IEnumerable<string> cases)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (IsFrozen || ShardFile.TryFreeze(layout, Division))
            return this with { IsFrozen = true };
        ShardDivision frozen = Read(layout) ?? throw new ExperimentMismatchException(
            $"{layout.ShardsFile} was there and is gone. Something else deletes files of the store. Start the same command again.");
        RequireSame(frozen, layout, Division.Count, Division.By, "this command");
        return frozen.IsSameFor(Division, cases) ? this with { Division = frozen, IsFrozen = true }
            : throw new ExperimentMismatchException($"Another process has divided the experiment in {layout.ExperimentFolder} by the time "
                + "of other past cases while this one started. Start the same command again: it then takes the division of the store.");
    }

    /// <summary>The part of the experiment's budget that the shard may spend.</summary>
    /// <param name="mostUsd">The whole (limits.max_cost_usd) in USD; null is no bound.</param>
    /// <param name="cases">The whole plan: ids as text.</param>
    /// <param name="hasSharedLedger">Whether all workers book in one ledger: then each may spend what is left of the whole.</param>
    /// <returns>Null if the whole budget holds.</returns>
    internal BudgetPart? PartOf(decimal? mostUsd, IEnumerable<string> cases, bool hasSharedLedger) =>
        Shard is null || mostUsd is not decimal most || hasSharedLedger ? null
            : new BudgetPart(Shard, ShardDivision.PartsOf(most, Division.SizesOf(cases))[Shard.Number - 1], Covers);

    private static ShardDivision? Read(StoreLayout layout) => ShardFile.TryRead(layout, out StoreFault? fault) is ShardDivision division
        ? division
        : fault is null ? null : throw new ExperimentMismatchException(
            $"The division into shards in {layout.ExperimentFolder} cannot be read: "
            + $"{fault.ToString().TrimEnd('.')}. Copy {layout.ShardsFile} back from another "
            + "store of the same shards.");

    private static void RequireSame(ShardDivision frozen, StoreLayout layout, int count, ShardWay? way, string source)
    {
        if (frozen.Count != count)
            throw new ExperimentMismatchException($"The store {layout.StoreFolder} divides experiment '{layout.Experiment}' into "
                + $"{frozen.Count} shards, and {count} were asked for ({source}). Shards of two divisions share cases and leave others "
                + $"out. Choose one of the {frozen.Count} shards, as in --shard 1/{frozen.Count}, or name another store with --store.");
        if (way is ShardWay asked && frozen.By != asked)
            throw new ExperimentMismatchException($"The store {layout.StoreFolder} divides experiment '{layout.Experiment}' by "
                + $"{EnumNames.NameOf(frozen.By)}, and {EnumNames.NameOf(asked)} was asked for (--shard-by, {ShardVariables.Way}). Leave "
                + "the option out, or name another store with --store.");
    }
}
