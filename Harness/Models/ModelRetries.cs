using Polly;
using Polly.Retry;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>Further tries of a request: after growing pauses with jitter, or after those that the endpoint asks for.</summary>
internal static class ModelRetries
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    /// <summary>Tries again what ended in a <see cref="FailedTry"/> that may go better another time.</summary>
    /// <param name="settings">How often.</param>
    /// <param name="clock">The time of the pauses.</param>
    public static ResiliencePipeline<T> Of<T>(ModelSettings settings, TimeProvider clock)
    {
        if (settings.Retries == 0)
            return ResiliencePipeline<T>.Empty;
        var retry = new RetryStrategyOptions<T>
        {
            ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Exception is FailedTry { IsTransient: true }),
            MaxRetryAttempts = settings.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = s_firstPause,
            MaxDelay = s_longestPause,
        };
        // What the endpoint asks for counts; a moment more, so that not everybody comes back at once. Null leaves the pause to the options
        // above.
        Func<double> random = retry.Randomizer;
        retry.DelayGenerator = attempt =>
            ValueTask.FromResult(attempt.Outcome.Exception is FailedTry { RetryAfter: TimeSpan asked }
                ? asked + s_firstPause * random() : (TimeSpan?)null);
        return new ResiliencePipelineBuilder<T> { TimeProvider = clock }.AddRetry(retry).Build();
    }
}
