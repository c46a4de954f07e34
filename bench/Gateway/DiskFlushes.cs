using System.Diagnostics;
using Tandem.Bench.Measuring;

namespace Tandem.Bench.Gateway;

/// <summary>What the disk alone takes of a call at the gateway: its answer flushed as a file of its own, and a line flushed to the
/// trajectory, before the agent has the end of the answer.</summary>
internal sealed class DiskFlushes : IDisposable
{
    private readonly string _folder;
    private readonly FileStream _trajectory;
    private int _number;

    /// <param name="folder">Where files are made; on the disk of the gateway's own.</param>
    public DiskFlushes(string folder) => (_folder, _trajectory) = (folder, Create(Path.Combine(folder, "flushed.jsonl")));

    /// <summary>So many times, one after the other.</summary>
    public Task<Lap> FlushAsync(Exchanged what, int count, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (int call = 0; call < count; call++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long began = Stopwatch.GetTimestamp();
            using (FileStream answer = Create(Path.Combine(_folder, $"flushed{_number++}")))
                Flush(answer, what.Answer);
            Flush(_trajectory, what.Answer);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        return Task.FromResult(CallLap.Of(times));
    }

    public void Dispose() => _trajectory.Dispose();

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private static void Flush(FileStream file, byte[] bytes)
    {
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }
}
