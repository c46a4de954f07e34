using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>What an endpoint sent back.</summary>
internal sealed record EndpointAnswer(int Status, byte[] Body, Func<string, string?> Header);

/// <summary>
/// One request and its answer. The OpenAI package carries it by its protocol methods, with bodies of ours: its typed answers throw on
/// values of compatible endpoints that they do not know, and lose the usage fields that only those have. Its own retries are off, since
/// ours share one limit.
/// </summary>
internal sealed class ModelEndpoint : IDisposable
{
    private static readonly TimeSpan s_connectTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_connectionLife = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_backstop = TimeSpan.FromMinutes(1);

    // Far more than any honest answer; what is read so far is thrown away above it.
    private readonly long _longestBody;
    private readonly HttpClient _http;
    private readonly HttpClientPipelineTransport _transport;
    private readonly ChatClient _client;

    /// <summary>Makes the way to an endpoint.</summary>
    /// <param name="settings">Already checked.</param>
    /// <param name="key">Null where none is needed.</param>
    public ModelEndpoint(ModelSettings settings, string? key)
    {
        _longestBody = (long)(settings.MaxAnswerMb * 1024 * 1024);
        var url = new Uri(settings.BaseUrl.TrimEnd('/'));
        _http = new HttpClient(new SocketsHttpHandler
        {
            // A redirect would turn the request into another one, and show the key to somebody else.
            AllowAutoRedirect = false,
            ConnectTimeout = s_connectTime,
            PooledConnectionLifetime = s_connectionLife,
            UseCookies = false,
            // A proxy cannot reach this machine.
            UseProxy = !url.IsLoopback,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _transport = new HttpClientPipelineTransport(_http);
        var options = new OpenAIClientOptions
        {
            Endpoint = url,
            Transport = _transport,
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            // The time that counts is kept by the caller, on its own clock.
            NetworkTimeout = TimeSpan.FromSeconds(settings.RequestSeconds) + s_backstop,
        };
        // The package cannot do without a key; an endpoint that needs none does not look at it.
        _client = new ChatClient(settings.Name, new ApiKeyCredential(key ?? "none"), options);
    }

    /// <summary>Sends a request and reads all of its answer.</summary>
    /// <exception cref="FailedTry">The connection failed, or the answer is too long.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<EndpointAnswer> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var options = new RequestOptions
        { CancellationToken = cancellationToken, ErrorOptions = ClientErrorBehaviors.NoThrow, BufferResponse = false };
        try
        {
            using var content = BinaryContent.Create(BinaryData.FromBytes(body));
            ClientResult result = await _client.CompleteChatAsync(content, options);
            using PipelineResponse response = result.GetRawResponse();
            byte[] answer = response.ContentStream is Stream stream
                ? await ReadAllAsync(stream, cancellationToken) : [];
            Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
            foreach ((string name, string value) in response.Headers)
                headers[name] = value;
            return new EndpointAnswer(response.Status, answer, headers.GetValueOrDefault);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is ClientResultException or HttpRequestException or IOException or OperationCanceledException or TimeoutException
            or AggregateException)
        {
            throw new FailedTry(ModelFault.Transport, $"could not be reached, or broke off: {Innermost(exception)}",
                "See whether it is up and model.base_url is right, then run the case again.");
        }
    }

    public void Dispose()
    {
        _transport.Dispose();
        _http.Dispose();
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is Exception inner)
            exception = inner;
        return exception.Message.TrimEnd('.');
    }

    private async Task<byte[]> ReadAllAsync(Stream stream, CancellationToken cancellationToken)
    {
        var all = new MemoryStream();
        byte[] part = new byte[64 * 1024];
        while (true)
        {
            int count = await stream.ReadAsync(part, cancellationToken);
            if (count == 0)
                return all.ToArray();
            if (all.Length + count > _longestBody)
                throw new FailedTry(ModelFault.Transport, $"sent an answer of more than {_longestBody} bytes (model.max_answer_mb)",
                    "No model says that much: see what answers under model.base_url.");
            all.Write(part, 0, count);
        }
    }
}
