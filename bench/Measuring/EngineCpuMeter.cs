namespace Tandem.Bench.Measuring;

/// <summary>
/// Counts what work takes of the processor, with all that goes on when it has ended: a removed container's shim, for one, ends after the
/// engine's answer.
/// </summary>
internal sealed class EngineCpuMeter(EngineCpuGroups groups)
{
    private const double QuietMs = 2;
    private const int MostPauses = 50;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Waits until the engine is quiet, does the work, waits again, and counts. An engine at rest takes some 2 ms in a second, which is in
    /// the count.
    /// </summary>
    public async Task<CpuUse> CountAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        CpuUse before = await SettleAsync(cancellationToken);
        await work();
        return await SettleAsync(cancellationToken) - before;
    }

    private async Task<CpuUse> SettleAsync(CancellationToken cancellationToken)
    {
        CpuUse last = groups.Read();
        for (int pauses = 0; pauses < MostPauses; pauses++)
        {
            await Task.Delay(s_pause, cancellationToken);
            CpuUse now = groups.Read();
            if ((now - last).WholeEngineMs < QuietMs)
                return now;
            last = now;
        }
        throw new InvalidDataException(
            "The engine does not come to rest: what it does without being asked cannot be kept apart from the work.");
    }
}
