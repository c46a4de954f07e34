using System.Text;
using Docker.DotNet.Models;
using Version = System.Version;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>Finds an engine that answers and agrees on a version with it.</summary>
internal static class EngineNegotiation
{
    /// <summary>The oldest version that has all that is used here; Docker 20.10 speaks it.</summary>
    public static readonly Version Oldest = new(1, 41);

    /// <summary>The newest version that this code was written against; newer engines still speak it.</summary>
    public static readonly Version Newest = new(1, 47);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Connects to the first place that answers.</summary>
    /// <exception cref="SandboxException">None does: the message lists each place and why. Or it is too old.</exception>
    public static async Task<ConnectedEngine> ConnectAsync(EnginePlaces places, TimeProvider time, CancellationToken cancellationToken)
    {
        var tried = new List<string>(places.Notes);
        SandboxException? last = null;
        foreach (EngineEndpoint endpoint in places.Candidates)
        {
            try
            {
                using var first = new EngineClient(endpoint, apiVersion: null, time);
                VersionResponse version = await first.GetVersionAsync(AnswerLimit, cancellationToken);
                return new ConnectedEngine(new EngineClient(endpoint, Agree(endpoint, version.APIVersion), time), version);
            }
            catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is null && exception.InnerException is not null)
            {
                last = exception;
                bool isSilent = exception.InnerException is OperationCanceledException;
                tried.Add($"{endpoint}: "
                    + $"{(isSilent ? $"it did not answer within {AnswerLimit.TotalSeconds:0} s" : EngineErrors.Reason(exception))}");
            }
        }

        var message = new StringBuilder("No Docker engine answers. Tried:");
        foreach (string place in tried)
            message.Append("\n  ").Append(place);
        message.Append("\nStart the engine (`systemctl start docker`, or `dockerd` as root), let this user reach its socket, or set "
            + "DOCKER_HOST.");
        throw new SandboxException(SandboxFault.Engine, message.ToString(), last);
    }

    private static Version Agree(EngineEndpoint endpoint, string? offered)
    {
        if (!Version.TryParse(offered, out Version? version))
            throw new SandboxException(SandboxFault.Engine, $"What answers at {endpoint} names no API version: it is no Docker engine.");
        if (version < Oldest)
        {
            throw new SandboxException(
                SandboxFault.Engine,
                $"The engine at {endpoint} speaks API {version}; {Oldest} or newer is needed (Docker 20.10 of 2020, or later). Update the "
                    + $"engine, or set DOCKER_HOST to a newer one.");
        }
        return version > Newest ? Newest : version;
    }
}

/// <param name="Client">Speaks the version that was agreed on; whoever asked disposes of it.</param>
/// <param name="Version">What the engine says of itself.</param>
internal sealed record ConnectedEngine(EngineClient Client, VersionResponse Version)
{
    /// <summary>What serves, in a line for records and first lines of output.</summary>
    public string Describe() =>
        $"{EngineLibraries.Testcontainers} over Docker {Version.Version}, API {Client.ApiVersion}, {Version.Os}/{Version.Arch}";
}
