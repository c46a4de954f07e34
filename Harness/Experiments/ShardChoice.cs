using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Experiments;

/// <summary>How many shards a process wants, and which of them it runs.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Number">The one to run, from 1; null is none: all cases.</param>
/// <param name="Tasks">How the engine's tasks are counted, if a whole array of them is the source, and it does not count from 0.</param>
/// <param name="Source">What said so, for messages.</param>
internal sealed record ShardChoice(int Count, int? Number, ShardTasks? Tasks, string Source)
{
    private const string AllHere = $"To run all cases here, set {ShardVariables.Shard}={ShardVariables.Whole}.";

    /// <summary>
    /// Reads the variables: <c>TANDEM_SHARD</c>, else a Slurm array, else a Kubernetes indexed job, else CI nodes, else
    /// <c>TANDEM_SHARDS</c> alone. A Slurm task that is submitted again by itself is in an array of one: how many there are and where they
    /// begin comes from the frozen division wherever there is one.
    /// </summary>
    /// <param name="environment">The process's variables.</param>
    /// <param name="frozen">The division that the store has; null if it has none.</param>
    /// <returns>Null if nothing asks for shards.</returns>
    /// <exception cref="SettingsException">The variables name no shard that there is, or leave open how many there are.</exception>
    public static ShardChoice? Of(IReadOnlyDictionary<string, string> environment, ShardDivision? frozen)
    {
        int? wished = ShardVariables.CountOf(environment);
        if (ShardVariables.ShardOf(environment) is Shard named)
            return named.Count == 1 ? null
                : new ShardChoice(named.Count, named.Number, null, $"--shard {named}, {ShardVariables.Shard}");
        if (ShardVariables.Number(environment, ShardVariables.SlurmTask) is long task)
            return new Slurm(environment, task).Choose(frozen, wished);
        if (ShardVariables.Number(environment, ShardVariables.KubernetesIndex) is long index)
            return OfKubernetes(environment, index, frozen, wished);
        if (ShardVariables.Number(environment, ShardVariables.CiIndex) is long node
            && ShardVariables.Number(environment, ShardVariables.CiTotal, least: 1) is long total)
            return OfCi(node, total, frozen?.Count ?? wished);
        return wished is int count ? new ShardChoice(count, null, null, $"--shards {wished}, {ShardVariables.Count}") : null;
    }

    private static ShardChoice OfKubernetes(IReadOnlyDictionary<string, string> environment, long index, ShardDivision? frozen, int? wished)
    {
        int count = wished ?? frozen?.Count ?? throw ShardVariables.Fault($"{ShardVariables.KubernetesIndex}={index} names a pod of an "
            + "indexed job, but no variable says how many pods there are, and each would run and pay for all cases. Set "
            + $"{ShardVariables.Count} to the job's completions. {AllHere}");
        return OfIndex($"{ShardVariables.KubernetesIndex}={index}", index, environment, frozen?.CountedTasks ?? ShardTasks.Plain, count);
    }

    private static ShardChoice OfCi(long node, long total, int? count)
    {
        string source = $"{ShardVariables.CiIndex}={node}, {ShardVariables.CiTotal}={total}";
        if (count is int known && known != total)
            throw ShardVariables.Fault($"{source}: the experiment is divided into {known} shards, so {known} nodes are needed, each with "
                + $"one of them. {AllHere}");
        if (node < 1 || node > total || total > Shard.MostShards)
            throw ShardVariables.Fault($"{source}: nodes count from 1 to {total}, and there are at most {Shard.MostShards}. {AllHere}");
        return new ShardChoice((int)total, total == 1 ? null : (int)node, null, source);
    }

    private static ShardChoice OfIndex(string what, long index, IReadOnlyDictionary<string, string> environment, ShardTasks tasks,
        int count)
    {
        long offset = ShardVariables.Number(environment, ShardVariables.Offset) ?? 0;
        string source = offset == 0 ? what : $"{what} with {ShardVariables.Offset}={offset}";
        return tasks.NumberOf(index + offset) is long number && number <= count
            ? new ShardChoice(count, count == 1 ? null : (int)number, null, source)
            : throw ShardVariables.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{source}: no shard belongs to this index. The {count} shards have the indices {TaskRanges.Of(tasks, 1, count)}. ")
                + AllHere);
    }

    /// <summary>A task of a Slurm array.</summary>
    private sealed class Slurm(IReadOnlyDictionary<string, string> environment, long task)
    {
        private readonly long? _count = ShardVariables.Number(environment, ShardVariables.SlurmCount);
        private readonly long _first = ShardVariables.Number(environment, ShardVariables.SlurmFirst) ?? 0;
        private readonly long? _last = ShardVariables.Number(environment, ShardVariables.SlurmLast);
        private readonly long _step = Math.Max(1, ShardVariables.Number(environment, ShardVariables.SlurmStep) ?? 1);
        private readonly bool _isWindow = ShardVariables.Number(environment, ShardVariables.Offset) is > 0;

        /// <summary>Whether the array is one of <c>first-last:step</c>, not a list of indices.</summary>
        private bool IsRegular => _last is null || ((_last - _first) / _step) + 1 == _count;

        public ShardChoice Choose(ShardDivision? frozen, int? wished)
        {
            int count = wished ?? frozen?.Count ?? CountOfArray();
            bool isWhole = !_isWindow && _count == count && IsRegular;
            ShardTasks own = new((int)_first, (int)_step);
            ShardTasks tasks = frozen?.CountedTasks ?? (isWhole ? own : ShardTasks.Plain);
            if (frozen is not null && isWhole && own != tasks)
                throw ShardVariables.Fault($"This array is {TaskRanges.Of(own, 1, count)}, and the store counts the tasks of its {count} "
                    + $"shards as {TaskRanges.Of(tasks, 1, count)}. Submit it with --array={TaskRanges.Of(tasks, 1, count)}.");
            return OfIndex($"{ShardVariables.SlurmTask}={task}", task, environment, tasks, count) with
            { Tasks = tasks == ShardTasks.Plain ? null : tasks };
        }

        /// <summary>Only the whole array of a first start says how many shards there are.</summary>
        private int CountOfArray() => _count is > 1 and <= Shard.MostShards && IsRegular && _first <= 1 && !_isWindow ? (int)_count
            : throw ShardVariables.Fault($"{ShardVariables.SlurmTask}={task}, {ShardVariables.SlurmCount}={_count?.ToString(
                CultureInfo.InvariantCulture) ?? "(not set)"}: this may be a part of an array that was submitted again, and the store does "
                + $"not say yet how many shards there are. Set {ShardVariables.Count} to their number. {AllHere}");
    }
}
