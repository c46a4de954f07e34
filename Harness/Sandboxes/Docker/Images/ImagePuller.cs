using System.Collections.Concurrent;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Images;

/// <summary>
/// Pulls images. A registry that does not answer is asked once: many a machine has none, and each further question would cost the same wait. Safe for concurrent use.
/// </summary>
internal sealed class ImagePuller(EngineClient engine, TimeProvider time)
{
    private const string CommonPlatform = "linux/amd64";
    // Until the registry has said anything; a large layer may then take its time.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(5);
    private static readonly string[] SignsOfSilence =
        ["dial tcp", "no such host", "i/o timeout", "connection refused", "network is unreachable", "no route to host", "Client.Timeout", "TLS handshake timeout", "proxyconnect"];

    private readonly ConcurrentDictionary<string, string> _silentRegistries = new();

    /// <summary>Pulls one.</summary>
    /// <returns>Null if it is there now, else why not.</returns>
    /// <exception cref="SandboxException">The engine is at fault, or its disk is full.</exception>
    public async Task<string?> TryPullAsync(string reference, CancellationToken cancellationToken)
    {
        var name = ImageName.Parse(reference);
        if (_silentRegistries.TryGetValue(name.Registry, out string? silence))
            return silence;
        string? why = await TryPullAsync(name, platform: null, cancellationToken).ConfigureAwait(false);
        // Published images of CooperBench are a mix of platforms: what is not there for this one may run emulated.
        return why?.Contains("no matching manifest", StringComparison.OrdinalIgnoreCase) == true || why?.Contains("platform", StringComparison.OrdinalIgnoreCase) == true
            ? await TryPullAsync(name, CommonPlatform, cancellationToken).ConfigureAwait(false)
            : why;
    }

    private async Task<string?> TryPullAsync(ImageName name, string? platform, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(AnswerLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        bool hasAnswered = false;
        try
        {
            await engine.PullImageAsync(
                name.Name,
                name.Tag,
                platform,
                login: null,
                _ =>
                {
                    hasAnswered = true;
                    patience.CancelAfter(SilenceLimit);
                },
                linked.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return hasAnswered
                ? $"pulling {name} stood still for {SilenceLimit.TotalMinutes:0} minutes"
                : Remember(name, $"the registry {name.Registry} did not answer within {AnswerLimit.TotalSeconds:0} s");
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.Image || (exception.Fault == SandboxFault.Engine && EngineErrors.StatusOf(exception) is not null))
        {
            return IsUnreachable(exception.Message) ? Remember(name, $"the registry {name.Registry} cannot be reached ({exception.Message})") : exception.Message;
        }
    }

    private string Remember(ImageName name, string why) => _silentRegistries.GetOrAdd(name.Registry, why);

    /// <summary>The engine passes on only words about why a pull failed. To take a refusal for silence would build what could be pulled; the other way round costs a wait.</summary>
    private static bool IsUnreachable(string message) => SignsOfSilence.Any(sign => message.Contains(sign, StringComparison.OrdinalIgnoreCase));
}
