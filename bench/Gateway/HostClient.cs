using System.Diagnostics;
using System.Net.Http.Headers;
using Tandem.Bench.Measuring;

namespace Tandem.Bench.Gateway;

/// <summary>A client on this host that keeps its connections and holds each answer against what the upstream sends.</summary>
internal sealed class HostClient : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
    private readonly Uri _address;
    private readonly string _token;
    private int _number;

    /// <param name="server">Whom it asks.</param>
    /// <param name="token">The key that it shows.</param>
    public HostClient(Uri server, string token) => (_address, _token) = (new Uri(server, Conversation.Path), token);

    /// <summary>Calls one after the other.</summary>
    /// <returns>A lap with a phase for each call, and their median as its whole.</returns>
    public async Task<Lap> CallAsync(Exchanged what, int count, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (int call = 0; call < count; call++)
            times.Add(await TimeAsync(what, cancellationToken));
        return CallLap.Of(times);
    }

    /// <summary>One call alone, and then many at once.</summary>
    /// <returns>A lap with the one as a phase, and the slowest of the many as its whole.</returns>
    public async Task<Lap> CallAtOnceAsync(Exchanged what, int count, CancellationToken cancellationToken)
    {
        double one = await TimeAsync(what, cancellationToken);
        double[] many = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => TimeAsync(what, cancellationToken)));
        return Lap.Of(many.Max(), new Phase(CallLap.Alone, one));
    }

    public void Dispose() => _http.Dispose();

    private async Task<double> TimeAsync(Exchanged what, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address)
        { Content = new ByteArrayContent(Conversation.Numbered(what.Request, Interlocked.Increment(ref _number))) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(what.Accept));
        long began = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        double milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return answer.AsSpan().SequenceEqual(what.Answer) ? milliseconds
            : throw new InvalidDataException($"{_address} gave {(int)response.StatusCode} and {answer.Length} bytes, which are not the "
                + $"{what.Answer.Length} of the upstream.");
    }
}

/// <summary>What is asked, and what has to come.</summary>
/// <param name="Request">Without its number.</param>
/// <param name="Answer">All of it.</param>
/// <param name="Accept">The type that is asked for.</param>
internal sealed record Exchanged(byte[] Request, byte[] Answer, string Accept)
{
    public static Exchanged Of(bool streams) => new(Conversation.Request(streams),
        [.. Conversation.Answer(streams).SelectMany(piece => piece)], streams ? BenchUpstream.EventStream : "application/json");
}

/// <summary>How laps hold calls.</summary>
internal static class CallLap
{
    public const string Alone = "alone";
    private const string Call = "call";

    public static Lap Of(IReadOnlyList<double> milliseconds) =>
        Lap.Of(new Samples(milliseconds).Median, [.. milliseconds.Select(one => new Phase(Call, one))]);

    /// <summary>The calls of all rounds.</summary>
    public static Samples AllOf(SideLaps side) => new([.. side.Laps.SelectMany(lap => lap.Phases).Select(phase => phase.Milliseconds)]);
}
