using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Harness.Sandboxes.Docker.Commands;

/// <summary>A connection to a process of the engine's own. It ends with the process, and as soon as the sandbox counts as lost.</summary>
internal sealed class DockerChannel : ISandboxChannel
{
    private const int KeptErrorBytes = 8 * 1024;
    private readonly ProcessStream _stream;
    private readonly Lock _gate = new();
    private readonly OutputCapture _errors = new(KeptErrorBytes);
    private ReadOnlyMemory<byte> _rest;

    public DockerChannel(ProcessStream stream, SandboxLife life)
    {
        _stream = stream;
        // A paused sandbox, or one behind a connection that is dead, would leave a read waiting for ever.
        _ = life.Gone.ContinueWith(static (_, stream) => ((ProcessStream)stream!).Dispose(), _stream, CancellationToken.None,
            TaskContinuationOptions.None, TaskScheduler.Default);
    }

    public string ErrorText
    {
        get
        {
            lock (_gate)
                return _errors.ToCapturedOutput().Text;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (_rest.IsEmpty)
            {
                if (await _stream.ReadAsync(cancellationToken) is not { } piece)
                    return 0;
                if (piece.IsStderr)
                    Complain(piece.Bytes);
                else
                    _rest = piece.Bytes;
            }
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            return 0;
        }
        int length = Math.Min(buffer.Length, _rest.Length);
        _rest[..length].CopyTo(buffer);
        _rest = _rest[length..];
        return length;
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            throw new IOException("The process in the sandbox takes no more input: it has ended, or the connection to it broke.",
                exception);
        }
    }

    public ValueTask DisposeAsync()
    {
        _stream.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Complain(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
            _errors.Append(bytes.Span);
    }
}
