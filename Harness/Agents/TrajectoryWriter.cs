using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>Appends what the agents of one attempt do, a line per event, in the order in which it happened. Safe for concurrent use.</summary>
internal sealed class TrajectoryWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _stream;

    public TrajectoryWriter(string path) => _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <exception cref="TrajectoryException">It could not be written.</exception>
    public void Append(TrajectoryEvent entry)
    {
        byte[] line = [.. StoreJson.ToLine(entry), (byte)'\n'];
        lock (_lock)
        {
            long whole = _stream.Length;
            try
            {
                _stream.Write(line);
            }
            catch (IOException exception)
            {
                // A torn line would spoil the next, and on a full disk take the room that the record needs.
                _stream.SetLength(whole);
                throw new TrajectoryException(exception);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _stream.Dispose();
    }
}

/// <summary>The trajectory could not be written: the harness's fault, which must not be taken for one of the agent in whose step it arose.</summary>
internal sealed class TrajectoryException(IOException cause) : Exception($"The trajectory could not be written: {cause.Message}", cause)
{
    public IOException Cause { get; } = cause;
}
