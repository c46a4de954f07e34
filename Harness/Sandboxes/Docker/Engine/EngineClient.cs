using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>
/// The one door to the engine. Every call has a limit of its own, so that an engine that hangs is a fault and not a hang; every failure is a <see cref="SandboxException"/> with its class.
/// Safe for concurrent use.
/// </summary>
internal sealed partial class EngineClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private string _prefix = "";

    /// <summary>Makes one that has not spoken to the engine yet: <see cref="EngineNegotiation"/> does that.</summary>
    internal EngineClient(EngineEndpoint endpoint, TimeProvider time)
    {
        Endpoint = endpoint;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => (await EngineConnector.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false)).Stream,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        })
        {
            BaseAddress = new Uri("http://" + endpoint.HostHeader),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Where it is.</summary>
    public EngineEndpoint Endpoint { get; }

    /// <summary>The version that both sides speak; set once after the first exchange.</summary>
    internal Version? ApiVersion
    {
        get;
        set
        {
            field = value;
            _prefix = value is null ? "" : $"/v{value.Major}.{value.Minor}";
        }
    }

    /// <summary>Does a call that answers nothing of interest.</summary>
    public Task SendAsync(EngineCall call, CancellationToken cancellationToken) =>
        CallAsync(call, static (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>Does a call that answers one JSON value.</summary>
    public Task<T> GetAsync<T>(EngineCall call, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        CallAsync(
            call,
            async (response, token) =>
            {
                Stream body = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
                return await JsonSerializer.DeserializeAsync(body, type, token).ConfigureAwait(false)
                    ?? throw new SandboxException(SandboxFault.Engine, $"The engine answered {call.What} with null.");
            },
            cancellationToken);

    /// <summary>Does a call and hands its answer to <paramref name="read"/> as it arrives.</summary>
    /// <exception cref="SandboxException">It was refused, did not end in time, or the engine is gone.</exception>
    public async Task<T> CallAsync<T>(EngineCall call, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(call.Limit, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(call.Method, _prefix + call.Path) { Content = call.Content };
            foreach ((string name, string value) in call.Headers ?? new Dictionary<string, string>())
                request.Headers.TryAddWithoutValidation(name, value);
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false);
            if (response.StatusCode >= HttpStatusCode.BadRequest)
                throw EngineErrors.FromStatus(call, response.StatusCode, await response.Content.ReadAsStringAsync(linked.Token).ConfigureAwait(false));
            return await read(response, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.FromTimeout(Endpoint, call.What, call.Limit, exception);
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw EngineErrors.FromConnection(Endpoint, call.What, exception);
        }
        catch (JsonException exception)
        {
            throw new SandboxException(SandboxFault.Engine, $"The engine's answer to {call.What} cannot be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static ByteArrayContent Json<T>(T value, JsonTypeInfo<T> type)
    {
        // With a length, not chunked: hijacking servers and old proxies read it either way, and it is one write.
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
        return content;
    }
}
