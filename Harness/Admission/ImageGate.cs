using System.Collections.Concurrent;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;

namespace Tandem.Harness.Admission;

/// <summary>A task without an image.</summary>
/// <param name="Task">The task.</param>
/// <param name="Why">One line.</param>
/// <param name="MayPass">Whether it may be had later in the same run.</param>
internal sealed record MissingImage(CodingTask Task, string Why, bool MayPass)
{
    /// <summary>What its line begins with.</summary>
    public const string Mark = "no image for ";

    public override string ToString() => $"{Mark}{Task}: {Why}";
}

/// <summary>
/// Knows which tasks have no image, so that their cases are left alone: no attempt begins that cannot end well. What a person must change
/// is tried once in a run; what may pass (a registry that was not reached, a rate limit) is looked at again, at most once a minute. Safe
/// for concurrent use.
/// </summary>
internal sealed class ImageGate(ISandboxProvider provider, TimeProvider clock, Action<string> notice)
{
    private const int AtOnce = 8;

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    // A network that is away for a moment: as long as others can run meanwhile, the run is held up for seconds only.
    private static readonly TimeSpan[] PausesBesideOthers = [TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(7)];
    private static readonly TimeSpan[] PausesOfAll = [.. PausesBesideOthers, .. Enumerable.Repeat(TimeSpan.FromSeconds(15), 4)];

    private readonly ConcurrentDictionary<CodingTask, (MissingImage Missing, long LookedAt)> _missing = new();

    /// <summary>The tasks without an image, as far as is known, in the order of their names.</summary>
    public IReadOnlyList<MissingImage> Missing =>
        [.. _missing.Values.Select(one => one.Missing).OrderBy(one => one.Task.Repo, StringComparer.Ordinal)
            .ThenBy(one => one.Task.TaskId)];

    /// <summary>Looks for the images of tasks before the first case, without pulling or building any.</summary>
    public async Task LookAheadAsync(IReadOnlyList<CodingTask> tasks, CancellationToken cancellationToken)
    {
        await LookAsync(tasks, cancellationToken);
        for (int i = 0; Passing() is { Length: > 0 } passing && i < Pauses().Length; i++)
        {
            await Task.Delay(Pauses()[i], clock, cancellationToken);
            await LookAsync(passing, cancellationToken);
        }

        CodingTask[] Passing() => [.. _missing.Values.Where(one => one.Missing.MayPass).Select(one => one.Missing.Task)];

        TimeSpan[] Pauses() => _missing.Count < tasks.Count ? PausesBesideOthers : PausesOfAll;
    }

    /// <summary>Why no case of a task may begin; null if one may. Quick, but for what may have passed.</summary>
    public async Task<string?> WhyNotAsync(CodingTask task, CancellationToken cancellationToken)
    {
        if (!_missing.TryGetValue(task, out (MissingImage Missing, long LookedAt) known))
            return null;
        if (known.Missing.MayPass && clock.GetElapsedTime(known.LookedAt) >= Again)
        {
            // The others see a new time, and do not look as well.
            if (_missing.TryUpdate(task, (known.Missing, clock.GetTimestamp()), known))
                await LookAsync([task], cancellationToken);
            return _missing.TryGetValue(task, out known) ? known.Missing.ToString() : null;
        }
        return known.Missing.ToString();
    }

    /// <summary>Makes the image of a task usable, if it is not.</summary>
    /// <returns>Why it cannot be, and no case of the task may begin; null if it is usable, or met a fault that is not the image's own,
    /// which the case meets again.</returns>
    public async Task<string?> PrepareAsync(CodingTask task, CancellationToken cancellationToken)
    {
        try
        {
            await provider.PrepareImageAsync(task.Image, cancellationToken);
            return null;
        }
        catch (SandboxException exception) when (exception.MayPass is bool mayPass)
        {
            return Add(Of(task, exception, mayPass)).ToString();
        }
        catch (SandboxException)
        {
            return null;
        }
    }

    /// <summary>Keeps an image that lacks what agents and tests need from being tried again; what may pass is no such fault.</summary>
    public void Refuse(CodingTask task, SandboxException fault)
    {
        if (fault.MayPass is false)
            Add(Of(task, fault, mayPass: false));
    }

    private MissingImage Add(MissingImage missing)
    {
        if (_missing.TryAdd(missing.Task, (missing, clock.GetTimestamp())))
            notice($"{missing}. Its cases are skipped.");
        return missing;
    }

    private async Task LookAsync(IEnumerable<CodingTask> tasks, CancellationToken cancellationToken)
    {
        var some = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(tasks, some, async (task, token) =>
        {
            SandboxException? fault;
            try
            {
                fault = await provider.ForeseeImageAsync(task.Image, token);
            }
            catch (SandboxException)
            {
                // An engine that does not answer now is met, and recorded, by the case.
                fault = null;
            }
            if (fault?.MayPass is bool mayPass)
                _missing[task] = (Of(task, fault, mayPass), clock.GetTimestamp());
            else
                _missing.TryRemove(task, out _);
        });
    }

    /// <summary>Of a build, where all of its output is belongs to the line; the output itself does not.</summary>
    private static MissingImage Of(CodingTask task, SandboxException fault, bool mayPass)
    {
        string[] lines = fault.Message.Split('\n');
        string why = lines[0].Trim().TrimEnd('.');
        if (lines.Length > 1 && lines[1].StartsWith("The build in ", StringComparison.Ordinal))
            why += ". " + lines[1].Trim().TrimEnd('.').Replace(" ended with the lines below", " failed", StringComparison.Ordinal);
        return new MissingImage(task, why, mayPass);
    }
}
