using System.Net.Http.Headers;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway.Upstreams;

/// <summary>The experiment's model behind its address: the one place where the key is put in.</summary>
internal sealed class Endpoint : IUpstream, IDisposable
{
    private static readonly TimeSpan s_connectTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_connectionLife = TimeSpan.FromMinutes(5);
    private readonly HttpClient _http;
    private readonly Dialect _dialect;
    private readonly string _base;
    private readonly string? _key;

    /// <param name="settings">Already checked.</param>
    /// <param name="dialect">What the endpoint speaks.</param>
    /// <param name="key">Null where none is needed.</param>
    public Endpoint(ModelSettings settings, ModelDialect dialect, string? key)
    {
        (_dialect, _key, _base) = (Dialect.Of(dialect), key, settings.BaseUrl.TrimEnd('/'));
        Provider = ModelProvider.Of(settings.BaseUrl);
        Secrets = new SecretFilter(key is null ? [] : [key]);
        _http = new HttpClient(new SocketsHttpHandler
        {
            // A redirect would turn the request into another one, and show the key to somebody else.
            AllowAutoRedirect = false,
            ConnectTimeout = s_connectTime,
            PooledConnectionLifetime = s_connectionLife,
            UseCookies = false,
            // A proxy cannot reach this machine.
            UseProxy = !new Uri(_base).IsLoopback,
            MaxConnectionsPerServer = int.MaxValue,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public ModelProvider Provider { get; }

    public SecretFilter Secrets { get; }

    public async Task<UpstreamAnswer> SendAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _base + request.Path)
        {
            Content = new ReadOnlyMemoryContent(request.Body),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach ((string name, string value) in request.Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        // What is recorded is what can be read: no compression.
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (_key is not null)
        {
            (string name, string value) = _dialect.KeyHeader(_key);
            message.Headers.TryAddWithoutValidation(name, value);
        }
        try
        {
            HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return new UpstreamAnswer((int)response.StatusCode, name => HeaderOf(response, name), body) { Owner = response };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is HttpRequestException or IOException or OperationCanceledException)
        {
            throw Broken(exception);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A connection that could not be made, or broke.</summary>
    public static FailedTry Broken(Exception exception)
    {
        while (exception.InnerException is Exception inner)
            exception = inner;
        return new FailedTry(ModelFault.Transport, $"could not be reached, or broke off: {exception.Message.TrimEnd('.')}",
            "See whether it is up and model.base_url is right, then run the case again.");
    }

    private static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values)
        || response.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;
}
