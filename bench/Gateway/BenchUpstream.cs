using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tandem.Bench.Gateway;

/// <summary>A model that takes no time: it reads a request to its end and answers it with bytes that are ready. Unlike the fake model it
/// neither looks at a request nor keeps it, so that what stands before it is what is measured.</summary>
internal sealed class BenchUpstream : IAsyncDisposable
{
    /// <summary>What a client accepts that is to be streamed to.</summary>
    public const string EventStream = "text/event-stream";

    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<byte[]> _whole = Conversation.Answer(streams: false);
    private readonly IReadOnlyList<byte[]> _events = Conversation.Answer(streams: true);
    private int _open;
    private int _mostOpen;

    private BenchUpstream()
    {
        _app = Loopback.Create(static _ => { });
        _app.Run(AnswerAsync);
    }

    /// <summary>Before each event but the first.</summary>
    public TimeSpan Pause { get; set; }

    public Uri Address => Loopback.AddressOf(_app);

    public static async Task<BenchUpstream> StartAsync()
    {
        var upstream = new BenchUpstream();
        await upstream._app.StartAsync();
        return upstream;
    }

    /// <summary>Answers that were under way at once at most, since this was asked last.</summary>
    public int TakeMostOpen()
    {
        lock (_lock)
        {
            int most = _mostOpen;
            _mostOpen = _open;
            return most;
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        lock (_lock)
            _mostOpen = Math.Max(_mostOpen, ++_open);
        try
        {
            bool streams = context.Request.Headers.Accept == EventStream;
            context.Response.ContentType = streams ? EventStream : "application/json";
            if (!streams)
                context.Response.ContentLength = _whole[0].Length;
            foreach (byte[] piece in streams ? _events : _whole)
            {
                if (streams && Pause > TimeSpan.Zero && !ReferenceEquals(piece, _events[0]))
                    await Task.Delay(Pause, TimeProvider.System, context.RequestAborted);
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        finally
        {
            lock (_lock)
                _open--;
        }
    }
}

/// <summary>Servers at a free port of the loopback.</summary>
internal static class Loopback
{
    public static WebApplication Create(Action<WebApplicationBuilder> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        configure(builder);
        return builder.Build();
    }

    public static Uri AddressOf(WebApplication app) => new(app.Urls.First());
}
