using System.Buffers;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Tandem.Harness.Processes;

/// <summary>
/// Feeds and drains one process. Output is taken until both streams end, or, where a background child holds them open, until nothing has
/// come for a moment after the process ended; what such a child prints later is read and thrown away, so that the child neither blocks nor
/// dies of a closed pipe.
/// </summary>
internal sealed class ChildStreams : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_drainBound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_endBound = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly ChildCommand _command;
    private readonly OutputCapture _stdout;
    private readonly OutputCapture _stderr;
    private readonly CancellationTokenSource _refused = new();
    private readonly CancellationTokenSource _stopFeeding = new();
    private readonly Task _readers;
    private bool _isClosed;
    private Exception? _callbackFault;
    private long _lastPiece = Stopwatch.GetTimestamp();

    public ChildStreams(Process process, ChildCommand command)
    {
        _command = command;
        (_stdout, _stderr) = (new OutputCapture(command.KeepBytes), new OutputCapture(command.KeepBytes));
        _readers = Task.WhenAll(StartReading(process.StandardOutput.BaseStream, isStderr: false),
            StartReading(process.StandardError.BaseStream, isStderr: true));
        _ = FeedAsync(process.StandardInput.BaseStream);
    }

    /// <summary>Cancelled when the process should not go on: too much output, or the callback threw.</summary>
    public CancellationToken Refused => _refused.Token;

    public bool IsTooMuch { get; private set; }

    public CapturedOutput Stdout => _stdout.ToCapturedOutput();

    public CapturedOutput Stderr => _stderr.ToCapturedOutput();

    /// <summary>To be called after <see cref="DrainAsync"/>; late readers go on.</summary>
    public void Dispose()
    {
        _refused.Dispose();
        _stopFeeding.Dispose();
    }

    public void ThrowIfCallbackFailed()
    {
        if (_callbackFault is not null)
            ExceptionDispatchInfo.Throw(_callbackFault);
    }

    /// <summary>
    /// Called when the process has ended: takes the rest of its output. Where somebody holds the streams open, that takes a second at most;
    /// where nobody is found who does, their end is about to come, and a busy machine gets three seconds, so that nothing is lost.
    /// Afterwards nothing changes any more.
    /// </summary>
    /// <param name="isHeldOpen">Whether a process that could write is left.</param>
    public async Task DrainAsync(Func<bool> isHeldOpen)
    {
        await _stopFeeding.CancelAsync();
        long began = Stopwatch.GetTimestamp();
        while (!_readers.IsCompleted)
        {
            TimeSpan drained = Stopwatch.GetElapsedTime(began);
            bool isQuiet = drained >= s_drainBound || Stopwatch.GetElapsedTime(LastSign(began)) >= s_quiet;
            if (isQuiet && (drained >= s_endBound || isHeldOpen()))
                break;
            await Task.WhenAny(_readers, Task.Delay(20));
        }
        lock (_gate)
            _isClosed = true;
    }

    private long LastSign(long began)
    {
        lock (_gate)
            return Math.Max(_lastPiece, began);
    }

    // A pipe's asynchronous read blocks a thread of the pool until something comes; a few such processes at once would starve everything
    // else.
    private Task StartReading(Stream stream, bool isStderr) =>
        Task.Factory.StartNew(() => Read(stream, isStderr), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Read(Stream stream, bool isStderr)
    {
        using (stream)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                while (stream.Read(buffer) is > 0 and int count)
                    Take(isStderr, buffer.AsMemory(0, count));
            }
            catch (IOException)
            {
                // The pipe broke: what came before it is what there was.
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private void Take(bool isStderr, ReadOnlyMemory<byte> piece)
    {
        lock (_gate)
        {
            _lastPiece = Stopwatch.GetTimestamp();
            if (_isClosed || _callbackFault is not null)
                return;
            (isStderr ? _stderr : _stdout).Append(piece.Span);
            IsTooMuch = _stdout.TotalBytes + _stderr.TotalBytes > _command.MaxOutputBytes;
            try
            {
                _command.OnOutput?.Invoke(isStderr, piece);
            }
            catch (Exception fault)
            {
                _callbackFault = fault;
            }
            // Within the gate, since after the drain the source is disposed.
            if (IsTooMuch || _callbackFault is not null)
                _ = _refused.CancelAsync();
        }
    }

    private async Task FeedAsync(Stream stream)
    {
        try
        {
            await using (stream)
            {
                if (_command.Stdin is { IsEmpty: false } input)
                    await stream.WriteAsync(input, _stopFeeding.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It did not want all of it.
        }
    }
}
