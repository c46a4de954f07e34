using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>What an endpoint sent back.</summary>
internal sealed record EndpointAnswer(int Status, byte[] Body, Func<string, string?> Header);

/// <summary>
/// The HTTP below a provider's package. It takes each answer, its status, headers and bytes, before the package reads it: packages throw on
/// values that they do not know, hide the headers of refusals, and lose what only some endpoints send.
/// </summary>
internal sealed class ModelHttp : IDisposable
{
    private static readonly TimeSpan s_connectTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_connectionLife = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_backstop = TimeSpan.FromMinutes(1);

    private readonly AsyncLocal<Taken?> _current = new();

    /// <param name="settings">Already checked.</param>
    public ModelHttp(ModelSettings settings)
    {
        LongestTime = TimeSpan.FromSeconds(settings.RequestSeconds) + s_backstop;
        Client = new HttpClient(new Taker(_current, (long)(settings.MaxAnswerMb * 1024 * 1024))
        {
            InnerHandler = new SocketsHttpHandler
            {
                // A redirect would turn the request into another one, and show the key to somebody else.
                AllowAutoRedirect = false,
                ConnectTimeout = s_connectTime,
                PooledConnectionLifetime = s_connectionLife,
                UseCookies = false,
                // A proxy cannot reach this machine.
                UseProxy = !new Uri(settings.BaseUrl).IsLoopback,
            },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>What a package sends its requests by.</summary>
    public HttpClient Client { get; }

    /// <summary>A time-out for a package that must have one: the time that counts is kept by the caller, on its own clock.</summary>
    public TimeSpan LongestTime { get; }

    /// <summary>Has a package send one request, and gives what came. What the package makes of it does not count.</summary>
    /// <param name="send">Sends exactly one request by <see cref="Client"/>.</param>
    /// <param name="cancellationToken">The one that <paramref name="send"/> has.</param>
    /// <exception cref="FailedTry">The connection failed, or the answer is too long.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<EndpointAnswer> TakeAsync(Func<Task> send, CancellationToken cancellationToken)
    {
        var taken = new Taken();
        _current.Value = taken;
        try
        {
            await send();
        }
        catch (Exception) when (taken.Answer is not null)
        {
            // A status or a body that the package does not like is read by us.
        }
        catch (Exception) when (taken.Failure is not null)
        {
            throw taken.Failure;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FailedTry(ModelFault.Transport, $"could not be reached, or broke off: {Innermost(exception)}",
                "See whether it is up and model.base_url is right, then run the case again.");
        }
        return taken.Answer ?? throw new InvalidOperationException("The package sent no request.");
    }

    public void Dispose() => Client.Dispose();

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is Exception inner)
            exception = inner;
        return exception.Message.TrimEnd('.');
    }

    /// <summary>What came of one request.</summary>
    private sealed class Taken
    {
        public EndpointAnswer? Answer { get; set; }

        public FailedTry? Failure { get; set; }
    }

    /// <param name="current">The request that is under way.</param>
    /// <param name="longestBody">In bytes; far more than any honest answer.</param>
    private sealed class Taker(AsyncLocal<Taken?> current, long longestBody) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            Taken taken = current.Value ?? throw new InvalidOperationException("A request goes through TakeAsync.");
            try
            {
                byte[] body = await ReadAllAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken);
                Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
                foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
                    headers[name] = string.Join(",", values);
                taken.Answer = new EndpointAnswer((int)response.StatusCode, body, headers.GetValueOrDefault);
                var again = new ByteArrayContent(body);
                again.Headers.ContentType = response.Content.Headers.ContentType;
                response.Content = again;
                return response;
            }
            catch (FailedTry failure)
            {
                taken.Failure = failure;
                response.Dispose();
                throw;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }

        /// <summary>What is read so far is thrown away above the bound.</summary>
        private async Task<byte[]> ReadAllAsync(Stream stream, CancellationToken cancellationToken)
        {
            var all = new MemoryStream();
            byte[] part = new byte[64 * 1024];
            while (true)
            {
                int count = await stream.ReadAsync(part, cancellationToken);
                if (count == 0)
                    return all.ToArray();
                if (all.Length + count > longestBody)
                    throw new FailedTry(ModelFault.Transport, $"sent an answer of more than {longestBody} bytes (model.max_answer_mb)",
                        "No model says that much: see what answers under model.base_url.");
                all.Write(part, 0, count);
            }
        }
    }
}
