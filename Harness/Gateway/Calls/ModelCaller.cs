using System.Globalization;
using Polly;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>The way of all command-line agents of a process to their model: one rate limit, tries again while nothing was handed on, and
/// what calls cost. Safe for concurrent use.</summary>
internal sealed class ModelCaller : IDisposable
{
    private readonly ResiliencePipeline<StartedCall> _retries;
    private readonly ModelCaller? _main;
    private bool _hasAnswered;

    /// <param name="settings">The model; already checked.</param>
    /// <param name="dialect">What it speaks.</param>
    /// <param name="upstream">Who answers; disposed of with this if it can be.</param>
    /// <param name="price">What the model costs; null if nobody knows.</param>
    /// <param name="clock">Time of pauses, limits and latencies.</param>
    public ModelCaller(ModelSettings settings, ModelDialect dialect, IUpstream upstream, ModelPrice? price, TimeProvider clock)
    {
        (Settings, Dialect, Upstream, Price, Clock) = (settings, Dialects.Dialect.Of(dialect), upstream, price, clock);
        Gate = new RequestGate(settings.MaxConcurrent, clock);
        _retries = ModelRetries.Of<StartedCall>(settings, clock);
    }

    private ModelCaller(ModelCaller main, IUpstream upstream)
    {
        (Settings, Dialect, Upstream, Price, Clock) = (main.Settings, main.Dialect, upstream, main.Price, main.Clock);
        (Gate, _retries, _main) = (main.Gate, main._retries, main);
    }

    /// <summary>The rate limit of all agents of the process.</summary>
    public RequestGate Gate { get; }

    /// <summary>The same way, with somebody else who answers: a recording, for one agent. Disposing it leaves this one as it is.</summary>
    public ModelCaller With(IUpstream upstream) => new(this, upstream);

    public ModelSettings Settings { get; }

    public Dialect Dialect { get; }

    public IUpstream Upstream { get; }

    public ModelPrice? Price { get; }

    public TimeProvider Clock { get; }

    /// <summary>Whether requests with these settings were answered: a refusal is then one of its conversation.</summary>
    public bool HasAnswered
    {
        get => _main?.HasAnswered ?? _hasAnswered;
        set
        {
            if (_main is null)
                _hasAnswered = value;
            else
                _main.HasAnswered = value;
        }
    }

    /// <summary>Sends a request until an answer has begun.</summary>
    /// <param name="request">The request.</param>
    /// <param name="onFailed">Called with each try that failed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FailedTry">Trying again is of no use, or was tried enough.</exception>
    public async Task<StartedCall> StartAsync(UpstreamRequest request, Action<FailedTry> onFailed, CancellationToken cancellationToken) =>
        await _retries.ExecuteAsync(
            async token =>
            {
                try
                {
                    return await TryAsync(request, token);
                }
                catch (FailedTry failed)
                {
                    onFailed(failed);
                    throw;
                }
            },
            cancellationToken);

    /// <summary>A fault as those who ran the experiment read it.</summary>
    public ModelException ExceptionOf(FailedTry failed)
    {
        string what = Upstream.Secrets.Clean(failed.Message).TrimEnd('.');
        return new ModelException(failed.Fault, $"Model '{Settings.Name}': {Settings.BaseUrl} {what}. {failed.Remedy}");
    }

    public void Dispose()
    {
        if (_main is not null)
            return;
        Gate.Dispose();
        (Upstream as IDisposable)?.Dispose();
    }

    private async Task<StartedCall> TryAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        RequestGate.Pass pass = await Gate.EnterAsync(cancellationToken);
        UpstreamAnswer? answer = null;
        long sent = Clock.GetTimestamp();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(Settings.RequestSeconds), Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            answer = await Upstream.SendAsync(request, either.Token);
            AnswerStart start = await AnswerStart.ReadAsync(answer, Dialect, Settings, Clock.GetUtcNow(), either.Token);
            HasAnswered = true;
            pass.Succeeded();
            return new StartedCall(start, pass, sent, Clock.GetElapsedTime(sent));
        }
        catch (Exception exception)
        {
            answer?.Dispose();
            using (pass)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (FailedTryOf(exception, either.IsCancellationRequested) is not FailedTry failed)
                    throw;
                if (failed.Fault == ModelFault.RateLimit)
                    pass.Throttled();
                if (failed.IsTransient && failed.RetryAfter is TimeSpan pause)
                    Gate.Pause(pause);
                throw failed;
            }
        }
    }

    private FailedTry? FailedTryOf(Exception exception, bool isLate) => exception switch
    {
        FailedTry failed => failed,
        _ when isLate => new FailedTry(ModelFault.Transport,
            $"gave no answer within {Settings.RequestSeconds.ToString(CultureInfo.InvariantCulture)} s",
            "If it is only slow, raise model.request_seconds or lower model.max_concurrent."),
        IOException or HttpRequestException => Endpoint.Broken(exception),
        _ => null,
    };
}

/// <summary>A call whose answer has begun.</summary>
/// <param name="Start">The answer.</param>
/// <param name="Place">Its place among the requests under way; given back at its end.</param>
/// <param name="SentAt">When the try was sent that is answered; a time stamp of the clock.</param>
/// <param name="FirstEvent">From then to its first event, or to its whole body.</param>
internal sealed record StartedCall(AnswerStart Start, RequestGate.Pass Place, long SentAt, TimeSpan FirstEvent) : IDisposable
{
    public void Dispose()
    {
        Start.Answer.Dispose();
        Place.Dispose();
    }
}
