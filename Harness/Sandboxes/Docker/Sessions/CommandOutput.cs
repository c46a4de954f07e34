using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>Where a command's output goes: kept within its bound, shown to the caller, counted. Safe for concurrent use; takes nothing more
/// once closed.</summary>
internal sealed class CommandOutput(ExecRequest request)
{
    private readonly Lock _gate = new();
    private readonly OutputCapture _stdout = new(request.KeepBytes);
    private readonly OutputCapture _stderr = new(request.KeepBytes);
    private readonly TaskCompletionSource _passedBound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    /// <summary>Ends when the output has passed <see cref="ExecRequest.MaxOutputBytes"/>.</summary>
    public Task PassedBound => _passedBound.Task;

    /// <summary>Bytes of both streams so far.</summary>
    public long TotalBytes
    {
        get
        {
            lock (_gate)
                return _stdout.TotalBytes + _stderr.TotalBytes;
        }
    }

    /// <summary>Takes a piece; its memory is not needed afterwards.</summary>
    public void Add(bool isStderr, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        lock (_gate)
        {
            if (_isClosed)
                return;
            (isStderr ? _stderr : _stdout).Append(bytes.Span);
            if (_stdout.TotalBytes + _stderr.TotalBytes > request.MaxOutputBytes)
                _passedBound.TrySetResult();
            request.OnOutput?.Invoke(isStderr, bytes);
        }
    }

    /// <summary>Ends it: what comes later is dropped, and no callback runs any more.</summary>
    public (CapturedOutput Stdout, CapturedOutput Stderr) Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            return (_stdout.ToCapturedOutput(), _stderr.ToCapturedOutput());
        }
    }
}
