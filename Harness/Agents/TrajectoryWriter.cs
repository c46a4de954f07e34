using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>Appends what the agents of one attempt do, a line per event, in the order in which it happened. Safe for concurrent use.</summary>
internal sealed class TrajectoryWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _stream;

    public TrajectoryWriter(string path) => _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Append(TrajectoryEvent entry)
    {
        byte[] line = [.. StoreJson.ToLine(entry), (byte)'\n'];
        lock (_lock)
            _stream.Write(line);
    }

    public void Dispose()
    {
        lock (_lock)
            _stream.Dispose();
    }
}
