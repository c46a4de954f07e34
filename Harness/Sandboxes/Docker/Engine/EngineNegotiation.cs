using System.Text;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>Finds an engine that answers and agrees on a version with it.</summary>
internal static class EngineNegotiation
{
    /// <summary>The oldest version that has all that is used here; Docker 20.10 speaks it.</summary>
    public static readonly Version Oldest = new(1, 41);

    /// <summary>The newest version that this code was written against; newer engines still speak it.</summary>
    public static readonly Version Newest = new(1, 47);

    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(10);

    /// <summary>Connects to the first place that answers.</summary>
    /// <exception cref="SandboxException">None does: the message lists each place and why. Or it is too old.</exception>
    public static async Task<EngineClient> ConnectAsync(EnginePlaces places, TimeProvider time, CancellationToken cancellationToken)
    {
        var tried = new List<string>(places.Notes);
        foreach (EngineEndpoint endpoint in places.Candidates)
        {
            var client = new EngineClient(endpoint, time);
            try
            {
                client.ApiVersion = Agree(endpoint, await PingAsync(client, cancellationToken).ConfigureAwait(false));
                return client;
            }
            catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is null && exception.InnerException is not null)
            {
                client.Dispose();
                tried.Add($"{endpoint}: {EngineErrors.Reason(exception)}");
            }
            catch
            {
                client.Dispose();
                throw;
            }
        }

        var message = new StringBuilder("No Docker engine answers. Tried:");
        foreach (string place in tried)
            message.Append("\n  ").Append(place);
        message.Append("\nStart the engine (`systemctl start docker`, or `dockerd` as root), let this user reach its socket, or set DOCKER_HOST.");
        throw new SandboxException(SandboxFault.Engine, message.ToString());
    }

    private static Task<string?> PingAsync(EngineClient client, CancellationToken cancellationToken) =>
        client.CallAsync(
            new EngineCall(HttpMethod.Get, "/_ping", "the first ping") { Limit = PingLimit, NotFound = SandboxFault.Engine },
            static (response, _) => Task.FromResult(response.Headers.TryGetValues("Api-Version", out IEnumerable<string>? values) ? values.FirstOrDefault() : null),
            cancellationToken);

    private static Version Agree(EngineEndpoint endpoint, string? offered)
    {
        if (!Version.TryParse(offered, out Version? version))
            throw new SandboxException(SandboxFault.Engine, $"What answers at {endpoint} names no Api-Version: it is no Docker engine.");
        if (version < Oldest)
        {
            throw new SandboxException(
                SandboxFault.Engine,
                $"The engine at {endpoint} speaks API {version}; {Oldest} or newer is needed (Docker 20.10 of 2020, or later). Update the engine, or set DOCKER_HOST to a newer one.");
        }
        return version > Newest ? Newest : version;
    }
}
