using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Tandem.Bench.Gateway;

/// <summary>YARP as it is when it is asked for nothing but to forward: no routes, no balancing, its own HTTP client.</summary>
internal sealed class YarpProxy : IAsyncDisposable
{
    private readonly WebApplication _app;

    private YarpProxy(WebApplication app) => _app = app;

    public Uri Address => Loopback.AddressOf(_app);

    public static async Task<YarpProxy> StartAsync(Uri upstream)
    {
        WebApplication app = Loopback.Create(static builder => builder.Services.AddRouting().AddHttpForwarder());
        app.MapForwarder("/{**any}", upstream.ToString());
        await app.StartAsync();
        return new YarpProxy(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
