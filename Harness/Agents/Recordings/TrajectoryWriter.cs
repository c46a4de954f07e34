using Tandem.Harness.Models;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Agents.Recordings;

/// <summary>Appends what the agents of one attempt do, a line per event, in the order in which it happened. Safe for concurrent
/// use.</summary>
internal sealed class TrajectoryWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _stream;

    private readonly SecretFilter? _secrets;

    /// <param name="path">A file that is not there yet.</param>
    /// <param name="secrets">What must never stand in it.</param>
    public TrajectoryWriter(string path, SecretFilter? secrets = null)
    {
        _secrets = secrets;
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>The folder of the attempt.</summary>
    public string Folder => Path.GetDirectoryName(_stream.Name)!;

    /// <param name="entry">What happened.</param>
    /// <param name="isDurable">Whether it is flushed to the disk before this returns, so that it outlives the machine and not only this
    /// process.</param>
    /// <exception cref="TrajectoryException">It could not be written.</exception>
    public void Append(TrajectoryEvent entry, bool isDurable = false)
    {
        if (_secrets is not null)
            entry = entry with { Text = Clean(entry.Text), Output = Clean(entry.Output) };
        byte[] line = [.. StoreJson.ToLine(entry), (byte)'\n'];
        lock (_lock)
        {
            long whole = _stream.Length;
            try
            {
                _stream.Write(line);
                if (isDurable)
                    _stream.Flush(flushToDisk: true);
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

    private string? Clean(string? text) => text is null ? null : _secrets!.Clean(text);
}

/// <summary>The trajectory could not be written: the harness's fault, which must not be taken for one of the agent in whose step it
/// arose.</summary>
internal sealed class TrajectoryException(IOException cause) : Exception($"The trajectory could not be written: {cause.Message}", cause)
{
    public IOException Cause { get; } = cause;
}
