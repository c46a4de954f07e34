using System.Collections.Concurrent;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// Pulls images, with the logins that the docker CLI keeps. A registry that does not answer is left alone for some time: many a machine has
/// none, and each further question would cost the same wait. Safe for concurrent use.
/// </summary>
internal sealed class ImagePuller(EngineClient engine, RegistryLogins logins, TimeProvider time)
{
    private const string CommonPlatform = "linux/amd64";
    // Until the registry has said anything; a large layer may then take its time.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(5);
    // How long a registry that could not be reached is not asked again: a wait for it is not to be repeated for each image.
    private static readonly TimeSpan LeastSilence = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Silence> _silentRegistries = new();

    /// <returns>Null if it is there now, else why not.</returns>
    /// <exception cref="SandboxException">The engine is at fault, or its disk is full.</exception>
    public async Task<string?> TryPullAsync(string reference, CancellationToken cancellationToken)
    {
        var name = ImageName.Parse(reference);
        if (SilenceOf(name) is { } silence)
            return silence;
        RegistryLogin login = await logins.FindAsync(name.Registry, cancellationToken);
        string? why = await TryPullAsync(name, login.Credentials, cancellationToken);
        if (!PullObstacle.IsRefusal(why))
            return why;

        RegistryLogin renewed = await logins.RenewAsync(login, cancellationToken);
        if (!renewed.ShowsTheSameAs(login))
            why = await TryPullAsync(name, renewed.Credentials, cancellationToken);
        if (!PullObstacle.IsRefusal(why))
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
        return PullObstacle.IsOtherPlatform(why)
            ? await TryPullAsync(name, CommonPlatform, login, cancellationToken)
            : why;
    }

    private async Task<string?> TryPullAsync(ImageName name, string? platform, AuthConfig? login, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(AnswerLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        bool hasAnswered = false;
        long began = time.GetTimestamp();
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
                : Remember(name, began, $"the registry {name.Registry} did not answer within {AnswerLimit.TotalSeconds:0} s");
        }
        catch (SandboxException exception)
            when (exception.Fault == SandboxFault.Image
            || (exception.Fault == SandboxFault.Engine && EngineErrors.StatusOf(exception) is not null))
        {
            return Understand(name, began, exception);
        }
    }

    /// <summary>Asks the registry for an image, and pulls nothing.</summary>
    /// <returns>Why it will not be pulled; null if it is there, or nobody can say.</returns>
    public async Task<string?> ForeseeAsync(string reference, CancellationToken cancellationToken)
    {
        var name = ImageName.Parse(reference);
        if (SilenceOf(name) is { } silence)
            return silence;
        RegistryLogin login = await logins.FindAsync(name.Registry, cancellationToken);
        long began = time.GetTimestamp();
        try
        {
            var call = new EngineCall($"asking the registry for {name}") { Limit = AnswerLimit, NotFound = SandboxFault.Image };
            await engine.SendAsync(call, (docker, token) => docker.Distribution.InspectAsync(name.ToString(), token), cancellationToken);
            return null;
        }
        catch (SandboxException exception) when (exception.InnerException is OperationCanceledException)
        {
            return Remember(name, began, $"the registry {name.Registry} did not answer within {AnswerLimit.TotalSeconds:0} s");
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is not null)
        {
            string why = Understand(name, began, exception);
            // A pull shows a login. What other engines than Docker's say of a question that they do not know is no answer.
            return PullObstacle.IsRefusal(why) && login.Credentials is not null ? null
                : PullObstacle.IsSilence(why) || PullObstacle.IsRateLimit(why)
                || (PullObstacle.IsLasting(why) && !why.Contains("page not found", StringComparison.OrdinalIgnoreCase)) ? why : null;
        }
        catch (SandboxException)
        {
            return null;
        }
    }

    private string Understand(ImageName name, long began, SandboxException exception)
    {
        if (!PullObstacle.IsSilence(exception.Message))
            return exception.Message;
        // It is said of other images of this registry, too.
        string[] words = exception.Message.Split($"{name}: ", 2);
        return Remember(name, began, $"the registry {name.Registry} cannot be reached ({words[^1]})");
    }

    private string? SilenceOf(ImageName name) => _silentRegistries.TryGetValue(name.Registry, out Silence? silence)
        && time.GetElapsedTime(silence.Since) < silence.For ? silence.Why : null;

    private string Remember(ImageName name, long began, string why)
    {
        TimeSpan waited = time.GetElapsedTime(began);
        var silence = new Silence(why, time.GetTimestamp(), waited * 4 > LeastSilence ? waited * 4 : LeastSilence);
        _silentRegistries[name.Registry] = silence;
        return why;
    }

    /// <param name="Why">What was said of it.</param>
    /// <param name="Since">The clock's count.</param>
    /// <param name="For">How long nobody asks again.</param>
    private sealed record Silence(string Why, long Since, TimeSpan For);
}
