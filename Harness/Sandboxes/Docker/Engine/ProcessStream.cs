using System.Runtime.InteropServices;
using Docker.DotNet;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>Input and output of a process in a container. Reading and writing at once is safe; reading twice at once is not.</summary>
internal sealed class ProcessStream(MultiplexedStream stream) : IDisposable
{
    private const int BufferSize = 64 * 1024;
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <summary>Reads the next piece of output; null is the end of both streams. Its memory is valid until the next read.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<OutputPiece?> ReadAsync(CancellationToken cancellationToken)
    {
        MultiplexedStream.ReadResult read = await stream.ReadOutputAsync(_buffer, 0, _buffer.Length, cancellationToken);
        return read.EOF ? null : new OutputPiece(read.Target == MultiplexedStream.TargetStream.StandardError,
            _buffer.AsMemory(0, read.Count));
    }

    /// <summary>Writes to the process' input; waits as long as the process does not read it.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> part)
            ? stream.WriteAsync(part.Array!, part.Offset, part.Count, cancellationToken)
            : stream.WriteAsync(bytes.ToArray(), 0, bytes.Length, cancellationToken);

    /// <summary>Ends the process' input; its output goes on.</summary>
    public void EndInput() => stream.CloseWrite();

    /// <summary>Closes both directions at once; a read that is under way ends with an error.</summary>
    public void Dispose() => stream.Dispose();
}

/// <param name="IsStderr">Which stream.</param>
/// <param name="Bytes">Valid until the next read.</param>
internal readonly record struct OutputPiece(bool IsStderr, ReadOnlyMemory<byte> Bytes);
