using System.Collections.Concurrent;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// Pulls images, with the logins that the docker CLI keeps. A registry that does not answer is asked once: many a machine has none, and
/// each further question would cost the same wait. Safe for concurrent use.
/// </summary>
internal sealed class ImagePuller(EngineClient engine, RegistryLogins logins, TimeProvider time)
{
    private const string CommonPlatform = "linux/amd64";
    // Until the registry has said anything; a large layer may then take its time.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(5);
    private static readonly string[] SignsOfOtherPlatforms = ["no matching manifest", "platform"];
    private static readonly string[] SignsOfSilence =
        ["dial tcp", "no such host", "i/o timeout", "connection refused", "network is unreachable", "no route to host", "Client.Timeout",
            "TLS handshake timeout", "proxyconnect"];

    // Registries word it as they like, and engines pass it on: "unauthorized: incorrect username or password", "pull access denied for x",
    // "denied: Permission ...", "Head ...: denied", "unexpected status from HEAD request to ...: 403 Forbidden".
    private static readonly string[] SignsOfRefusal =
    [
        "no basic auth credentials", "unauthorized", "not authorized", "authentication required", "authorization failed",
        "access denied", "denied:", ": denied", "403 forbidden", "docker login",
    ];

    private readonly ConcurrentDictionary<string, string> _silentRegistries = new();

    /// <returns>Null if it is there now, else why not.</returns>
    /// <exception cref="SandboxException">The engine is at fault, or its disk is full.</exception>
    public async Task<string?> TryPullAsync(string reference, CancellationToken cancellationToken)
    {
        var name = ImageName.Parse(reference);
        if (_silentRegistries.TryGetValue(name.Registry, out string? silence))
            return silence;
        RegistryLogin login = await logins.FindAsync(name.Registry, cancellationToken);
        string? why = await TryPullAsync(name, login.Credentials, cancellationToken);
        if (!IsRefusal(why))
            return why;

        RegistryLogin renewed = await logins.RenewAsync(login, cancellationToken);
        if (!renewed.ShowsTheSameAs(login))
            why = await TryPullAsync(name, renewed.Credentials, cancellationToken);
        if (!IsRefusal(why))
            return why;
        // With a login that has run out, registries refuse even what everybody may read.
        if (renewed.Credentials is not null && await TryPullAsync(name, login: null, cancellationToken) is null)
            return null;
        return $"{why} {renewed.Account} {renewed.Remedy}";
    }

    private async Task<string?> TryPullAsync(ImageName name, AuthConfig? login, CancellationToken cancellationToken)
    {
        string? why = await TryPullAsync(name, platform: null, login, cancellationToken);
        // Published images of CooperBench are a mix of platforms: what is not there for this one may run emulated.
        return HasSign(why, SignsOfOtherPlatforms)
            ? await TryPullAsync(name, CommonPlatform, login, cancellationToken)
            : why;
    }

    private async Task<string?> TryPullAsync(ImageName name, string? platform, AuthConfig? login, CancellationToken cancellationToken)
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
                login,
                _ =>
                {
                    hasAnswered = true;
                    patience.CancelAfter(SilenceLimit);
                },
                linked.Token);
            return null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return hasAnswered
                ? $"pulling {name} stood still for {SilenceLimit.TotalMinutes:0} minutes"
                : Remember(name, $"the registry {name.Registry} did not answer within {AnswerLimit.TotalSeconds:0} s");
        }
        catch (SandboxException exception)
            when (exception.Fault == SandboxFault.Image
            || (exception.Fault == SandboxFault.Engine && EngineErrors.StatusOf(exception) is not null))
        {
            return IsUnreachable(exception.Message)
                ? Remember(name, $"the registry {name.Registry} cannot be reached ({exception.Message})") : exception.Message;
        }
    }

    private string Remember(ImageName name, string why) => _silentRegistries.GetOrAdd(name.Registry, why);

    /// <summary>The engine passes on only words about why a pull failed. To take a refusal for silence would build what could be pulled;
    /// the other way round costs a wait.</summary>
    private static bool IsUnreachable(string message) => HasSign(message, SignsOfSilence);

    private static bool IsRefusal(string? why) => HasSign(why, SignsOfRefusal);

    private static bool HasSign(string? message, string[] signs) =>
        message is not null && signs.Any(sign => message.Contains(sign, StringComparison.OrdinalIgnoreCase));
}
