namespace Tandem.Harness.Sandboxes;

/// <summary>
/// A connection to the input and output of a process in a sandbox. Reading and writing at once is safe; reading twice at once is not, nor
/// is writing twice at once. Disposing ends both directions at once and never throws: a process that reads its input then sees its end.
/// </summary>
public interface ISandboxChannel : IAsyncDisposable
{
    /// <summary>What the process complained on stderr so far, at most 8 KiB of it; more is cut in the middle.</summary>
    string ErrorText { get; }

    /// <summary>Reads the next bytes of the process' stdout; waits until there are some.</summary>
    /// <returns>How many there are; 0 is the end: of the output, of the sandbox, or of the connection to it.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; the channel is of no more use.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes to the process' stdin; waits as long as the process does not read.</summary>
    /// <exception cref="IOException">The process, the sandbox or the connection to it has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; a part may have been written.</exception>
    Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
