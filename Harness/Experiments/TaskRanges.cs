using System.Globalization;
using Tandem.Records.Runs;

namespace Tandem.Harness.Experiments;

/// <summary>Indices of an array's tasks as engines write them: <c>3,7-9</c>, or <c>0-30:2</c> in steps.</summary>
public static class TaskRanges
{
    /// <summary>The indices of the shards from one number to another.</summary>
    public static string Of(ShardTasks tasks, int first, int last) => Of(tasks, Enumerable.Range(first, last - first + 1));

    /// <summary>The indices of some shards.</summary>
    /// <param name="tasks">How tasks are counted.</param>
    /// <param name="numbers">The shards, ascending, from 1.</param>
    public static string Of(ShardTasks tasks, IEnumerable<int> numbers)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return Of(numbers.Select(tasks.IndexOf), tasks.Step);
    }

    /// <summary>Some indices.</summary>
    /// <param name="indices">Ascending.</param>
    /// <param name="step">From one task's index to the next.</param>
    public static string Of(IEnumerable<long> indices, int step)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var ranges = new List<(long First, long Last)>();
        foreach (long index in indices)
        {
            if (ranges is [.., var last] && last.Last + step == index)
                ranges[^1] = (last.First, index);
            else
                ranges.Add((index, index));
        }
        return string.Join(',', ranges.Select(range => string.Create(CultureInfo.InvariantCulture,
            $"{range.First}{(range.First == range.Last ? "" : $"-{range.Last}{(step == 1 ? "" : $":{step}")}")}")));
    }
}

/// <summary>A part of an array that is submitted with an offset, since the indices of the whole are above what the cluster
/// allows.</summary>
/// <param name="Offset">Goes into <see cref="ShardVariables.Offset"/>.</param>
/// <param name="Array">The indices to submit, as in <c>0-999</c>.</param>
public sealed record TaskWindow(long Offset, string Array)
{
    /// <summary>What Slurm allows by itself (MaxArraySize): indices are below it.</summary>
    public const int UsualMost = 1001;

    /// <summary>The windows for some shards: one without an offset where all indices fit.</summary>
    /// <param name="tasks">How tasks are counted.</param>
    /// <param name="numbers">The shards, ascending, from 1; without one there is no window.</param>
    /// <param name="mostArraySize">Slurm's MaxArraySize, from 2: no index may reach it.</param>
    public static IReadOnlyList<TaskWindow> Of(ShardTasks tasks, IReadOnlyList<int> numbers, int mostArraySize)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentOutOfRangeException.ThrowIfLessThan(mostArraySize, 2);
        long[] indices = [.. numbers.Select(tasks.IndexOf)];
        if (indices.Length == 0)
            return [];
        if (indices[^1] < mostArraySize)
            return [new TaskWindow(0, TaskRanges.Of(indices, tasks.Step))];
        int size = mostArraySize - 1;
        return [.. indices.GroupBy(index => index / size * size)
            .Select(window => new TaskWindow(window.Key, TaskRanges.Of(window.Select(index => index - window.Key), tasks.Step)))];
    }
}
