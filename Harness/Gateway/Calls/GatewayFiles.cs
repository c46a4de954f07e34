using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>What one agent asked and was answered, on disk: <c>calls.jsonl</c>, and for each call its request (gzip, since each holds the
/// whole conversation) and its answer, byte for byte. Safe for concurrent use.</summary>
internal sealed class GatewayFiles : IDisposable
{
    /// <summary>The list of calls, a line each.</summary>
    public const string CallsFile = "calls.jsonl";

    /// <summary>The longest request that a gateway takes.</summary>
    public const int MostRequestBytes = 32 << 20;

    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly FileStream _calls;

    public GatewayFiles(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        _calls = new FileStream(Path.Combine(folder, CallsFile), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Keeps a request.</summary>
    /// <param name="number">The call's number: its step, from 1.</param>
    /// <param name="asked">As the agent sent it.</param>
    /// <param name="sent">As it goes on, if that differs; else null.</param>
    public void Begin(int number, ReadOnlyMemory<byte> asked, ReadOnlyMemory<byte>? sent)
    {
        Write(RequestFile(number), asked);
        if (sent is { } changed)
            Write(Name(number, "sent.json.gz"), changed);
    }

    /// <summary>Opens an answer's file; what is written is on its way to the disk at once.</summary>
    public FileStream OpenAnswer(int number) =>
        new(Path.Combine(_folder, AnswerFile(number)), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Notes how a call went.</summary>
    public void End(CallNote note)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(note, GatewayJson.Default.CallNote), (byte)'\n'];
        lock (_lock)
            _calls.Write(line);
    }

    /// <summary>Whether a call was sent of which the folder does not say how it went: the process was killed in the middle of it, so that
    /// nobody knows what it had cost.</summary>
    public static bool HasLostCall(string folder) => Directory.Exists(folder)
        && Directory.EnumerateFiles(folder, "*.request.json.gz").Count() is > 0 and int sent
        && RegularFile.ReadOwn(Path.Combine(folder, CallsFile)).Count(b => b == (byte)'\n') < sent;

    /// <summary>A request that was kept. A few packed kilobytes can become gigabytes, so that it is not read beyond what a gateway
    /// takes.</summary>
    /// <returns>Null if it is longer: it was never sent.</returns>
    /// <exception cref="InvalidDataException">It is not packed, or torn.</exception>
    /// <exception cref="IOException">It cannot be read, or is no file of the store's own.</exception>
    public static byte[]? ReadRequest(string path)
    {
        using var packed = new GZipStream(RegularFile.OpenOwn(path), CompressionMode.Decompress);
        using var all = new MemoryStream();
        byte[] piece = new byte[64 * 1024];
        for (int read; (read = packed.Read(piece)) > 0;)
        {
            if (all.Length + read > MostRequestBytes)
                return null;
            all.Write(piece, 0, read);
        }
        return all.ToArray();
    }

    /// <summary>The name of a call's request.</summary>
    public static string RequestFile(int number) => Name(number, "request.json.gz");

    /// <summary>The name of a call's answer.</summary>
    public static string AnswerFile(int number) => Name(number, "answer");

    public void Dispose() => _calls.Dispose();

    private static string Name(int number, string ending) => string.Create(CultureInfo.InvariantCulture, $"{number:D4}.{ending}");

    private void Write(string name, ReadOnlyMemory<byte> bytes)
    {
        using var file = new FileStream(Path.Combine(_folder, name), FileMode.Create, FileAccess.Write, FileShare.Read);
        using var packed = new GZipStream(file, CompressionLevel.Fastest);
        packed.Write(bytes.Span);
    }
}

/// <summary>How one call went; a line of <c>calls.jsonl</c>.</summary>
/// <param name="Step">The agent's step, which names its files; from 1.</param>
/// <param name="StartedAt">When the agent asked.</param>
/// <param name="IsSide">Whether it offered no tools: a title or a summary.</param>
/// <param name="Model">The model that the agent named; null if it named none.</param>
/// <param name="Streams">Whether it asked for a stream.</param>
/// <param name="Status">What the agent was answered; null if the answer was cut.</param>
/// <param name="Outcome"><c>answered</c>, or what went wrong in one line.</param>
/// <param name="Retries">Tries that failed before.</param>
/// <param name="RateLimits">How many of them were too many requests.</param>
/// <param name="WaitedSeconds">For places, pauses and tries before the one that was answered.</param>
/// <param name="FirstEventSeconds">From the sending of that try to its first event, or to its whole body.</param>
/// <param name="Seconds">From the sending of that try to its end.</param>
/// <param name="Tokens">What it used; null if the endpoint does not say.</param>
/// <param name="Cost">USD; null if the model has no price, or the tokens are unknown.</param>
/// <param name="Inserted">Messages of teammates that were put into this prompt for the first time.</param>
/// <param name="Shape">See <see cref="Upstreams.AskedCall.Shape"/>.</param>
internal sealed record CallNote(int Step, DateTimeOffset StartedAt, bool IsSide, string? Model, bool Streams, int? Status,
    string Outcome, int Retries, int RateLimits, double WaitedSeconds, double? FirstEventSeconds, double? Seconds, TokenCounts? Tokens,
    decimal? Cost, IReadOnlyList<string> Inserted, string Shape);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CallNote))]
internal sealed partial class GatewayJson : JsonSerializerContext;
