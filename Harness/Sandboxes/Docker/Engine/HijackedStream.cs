using System.Globalization;
using System.Net;
using System.Text;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>
/// A connection that the engine turned into a two-way stream after an HTTP request. Raw, because the HTTP client cannot end the sending half of such a stream, and a process that waits for the end of its
/// input would wait for ever.
/// </summary>
internal sealed class HijackedStream : IDisposable
{
    private const int BufferSize = 64 * 1024;
    private const int LongestHead = 16 * 1024;
    private readonly EngineConnection _connection;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    private HijackedStream(EngineConnection connection) => _connection = connection;

    /// <summary>Sends the request and reads the answer's head; the stream begins behind it.</summary>
    /// <exception cref="SandboxException">The engine refused, did not answer in time, or is gone.</exception>
    public static async Task<HijackedStream> OpenAsync(
        EngineClient client, TimeProvider time, string path, byte[]? json, string what, CancellationToken cancellationToken)
    {
        var call = new EngineCall(HttpMethod.Post, path, what) { Limit = EngineCall.LongLimit };
        using var limit = new CancellationTokenSource(call.Limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        HijackedStream? stream = null;
        try
        {
            stream = new HijackedStream(await EngineConnector.ConnectAsync(client.Endpoint, linked.Token).ConfigureAwait(false));
            await stream.RequestAsync(call, client.Endpoint.HostHeader, json ?? [], linked.Token).ConfigureAwait(false);
            HijackedStream opened = stream;
            stream = null;
            return opened;
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.FromTimeout(client.Endpoint, what, call.Limit, exception);
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw EngineErrors.FromConnection(client.Endpoint, what, exception);
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Reads what is there, waiting for at least one byte; empty is the end. The memory is valid until the next read.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
            await FillAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> piece = _buffer.AsMemory(_start, _end - _start);
        _start = _end = 0;
        return piece;
    }

    /// <summary>Writes to the process' input.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _connection.Stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await _connection.Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the process' input; its output goes on.</summary>
    public Task EndSendingAsync() => _connection.EndSendingAsync();

    /// <summary>Closes both directions at once; a read that is under way ends with an error.</summary>
    public void Dispose() => _connection.Dispose();

    private async Task RequestAsync(EngineCall call, string host, byte[] body, CancellationToken cancellationToken)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST {call.Path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        await WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], cancellationToken).ConfigureAwait(false);

        string[] lines = (await ReadHeadAsync(cancellationToken).ConfigureAwait(false)).Split("\r\n");
        string[] statusLine = lines[0].Split(' ', 3);
        if (statusLine.Length < 2 || !int.TryParse(statusLine[1], NumberStyles.None, CultureInfo.InvariantCulture, out int status))
            throw new SandboxException(SandboxFault.Engine, $"The engine answered {call.What} with '{lines[0]}', which is not HTTP.");
        // 101 where the engine took the upgrade, 200 from older ones: the stream follows either way.
        if (status >= 400)
            throw EngineErrors.FromStatus(call, (HttpStatusCode)status, await ReadErrorAsync(lines, cancellationToken).ConfigureAwait(false));
    }

    private async Task<string> ReadHeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int end = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                string head = Encoding.ASCII.GetString(_buffer, 0, end);
                _start = end + 4;
                return head;
            }
            if (_end > LongestHead)
                throw new IOException("The answer's head does not end.");
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                throw new IOException("The connection was closed before an answer came.");
        }
    }

    /// <summary>The body of a refusal: as long as its head says, or what comes until the connection is closed (a chunk's size around it does no harm to a message).</summary>
    private async Task<string> ReadErrorAsync(string[] head, CancellationToken cancellationToken)
    {
        string? length = head.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?[15..].Trim();
        int expected = int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) ? Math.Min(bytes, LongestHead) : 1;
        while (_end - _start < expected && await FillAsync(cancellationToken).ConfigureAwait(false))
        {
        }
        string body = Encoding.UTF8.GetString(_buffer, _start, _end - _start);
        int json = body.IndexOf('{', StringComparison.Ordinal);
        int jsonEnd = body.LastIndexOf('}');
        return json >= 0 && jsonEnd > json ? body[json..(jsonEnd + 1)] : body;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_end == _buffer.Length)
            throw new IOException("The answer is longer than expected.");
        int read = await _connection.Stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }
}
