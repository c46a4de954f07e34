using System.Diagnostics;

namespace Tandem.Bench.Measuring;

/// <summary>One side's turn in one round: how long each of its phases took. Phases may overlap; then their sum is more than the
/// whole.</summary>
internal sealed class Lap
{
    private readonly Lock _gate = new();
    private readonly List<Phase> _phases = [];
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>The phases in the order of their ends, milliseconds each.</summary>
    public IReadOnlyList<Phase> Phases
    {
        get
        {
            lock (_gate)
                return [.. _phases];
        }
    }

    /// <summary>From the lap's making to now, milliseconds.</summary>
    public double ElapsedMs => Stopwatch.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>From the lap's making to <see cref="Finish"/>, milliseconds.</summary>
    public double TotalMs { get; private set; }

    /// <summary>Ends the lap; what is cleaned up afterwards does not count.</summary>
    public Lap Finish()
    {
        TotalMs = Stopwatch.GetElapsedTime(_began).TotalMilliseconds;
        return this;
    }

    /// <summary>Does something as a phase.</summary>
    public async Task<T> TimeAsync<T>(string phase, Func<Task<T>> work)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            return await work();
        }
        finally
        {
            Add(phase, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }

    /// <summary>Does something as a phase.</summary>
    public Task TimeAsync(string phase, Func<Task> work) => TimeAsync(phase, async () =>
    {
        await work();
        return true;
    });

    /// <summary>Notes a phase that was measured elsewhere.</summary>
    public void Add(string phase, double milliseconds)
    {
        lock (_gate)
            _phases.Add(new Phase(phase, milliseconds));
    }

    /// <summary>A lap that was measured elsewhere.</summary>
    public static Lap Of(double totalMs, params ReadOnlySpan<Phase> phases)
    {
        var lap = new Lap { TotalMs = totalMs };
        lap._phases.AddRange(phases);
        return lap;
    }

    /// <summary>All that was spent on phases of this name.</summary>
    public double SumOf(string phase) => Phases.Where(one => one.Name == phase).Sum(one => one.Milliseconds);
}

/// <summary>A part of a lap.</summary>
internal readonly record struct Phase(string Name, double Milliseconds);
