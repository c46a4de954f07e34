namespace Tandem.Bench.Measuring;

/// <summary>
/// Measures sides in turn, A B C A B C, so that whatever the machine does meanwhile meets all of them. One round that does not count comes
/// first.
/// <para>
/// Not BenchmarkDotNet: it measures one side to its end before the next, each in a process of its own, and aims at operations of
/// nanoseconds that can be repeated until the mean is still. Ours take half a second each against one daemon that all sides share and whose
/// pace drifts over minutes; what can be compared is a pair of neighbours in time.
/// </para>
/// </summary>
internal static class Rounds
{
    /// <summary>Measures.</summary>
    /// <param name="sides">What is compared.</param>
    /// <param name="runs">Rounds that count.</param>
    /// <param name="progress">Where each lap is said.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="warmsUp">Whether a round that does not count comes first.</param>
    /// <returns>The laps of each side, in the order of the sides and of the rounds.</returns>
    public static async Task<IReadOnlyList<SideLaps>> RunAsync(IReadOnlyList<Side> sides, int runs, TextWriter progress,
        CancellationToken cancellationToken, bool warmsUp = true)
    {
        List<Lap>[] laps = [.. sides.Select(_ => new List<Lap>())];
        for (int round = warmsUp ? 0 : 1; round <= runs; round++)
        {
            for (int side = 0; side < sides.Count; side++)
            {
                Lap lap = await sides[side].MeasureAsync(cancellationToken);
                if (round > 0)
                    laps[side].Add(lap);
                await progress.WriteLineAsync(FormattableString
                    .Invariant($"  {(round == 0 ? "warm-up" : $"{round}/{runs}")}  {sides[side].Name}: {lap.TotalMs:0} ms"));
            }
        }
        return [.. sides.Zip(laps, (side, ofSide) => new SideLaps(side.Name, ofSide))];
    }
}

/// <summary>One of the things that are compared.</summary>
/// <param name="Name">As tables name it.</param>
/// <param name="MeasureAsync">Does it once.</param>
internal sealed record Side(string Name, Func<CancellationToken, Task<Lap>> MeasureAsync);

/// <summary>What a side measured.</summary>
internal sealed record SideLaps(string Name, IReadOnlyList<Lap> Laps)
{
    /// <summary>Whole laps, milliseconds.</summary>
    public Samples Total => new([.. Laps.Select(lap => lap.TotalMs)]);

    /// <summary>The names of its phases, in the order of the first lap.</summary>
    public IReadOnlyList<string> PhaseNames => [.. Laps.SelectMany(lap => lap.Phases).Select(phase => phase.Name).Distinct()];

    /// <summary>One phase, milliseconds a lap; 0 where a lap has none.</summary>
    public Samples Phase(string name) => new([.. Laps.Select(lap => lap.SumOf(name))]);
}
