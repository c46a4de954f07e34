using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Setup;

/// <summary>Asks for an engine where the docker CLI would look for one, and what it says of itself.</summary>
internal static class EngineProbe
{
    private static readonly string[] s_namingVariables = ["DOCKER_HOST", "DOCKER_CONTEXT"];

    /// <summary>Asks.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled. A fault of the engine is an answer, not an
    /// exception.</exception>
    public static async Task<EngineAnswer> AskAsync(CancellationToken cancellationToken)
    {
        // Until the places are known: only what is named can be misunderstood.
        string? namedBy = NamedByEnvironment() ?? "the docker CLI's configuration";
        try
        {
            EnginePlaces places = EngineEndpointFinder.Find(Environment.GetEnvironmentVariable, Home);
            // Several candidates are the customary places; a single one was named.
            namedBy = places.Candidates is [var only] ? only.Source : null;
            using EngineClient client =
                (await EngineNegotiation.ConnectAsync(places, TimeProvider.System, cancellationToken).ConfigureAwait(false)).Client;
            return new EngineAnswer(await DescribeAsync(client, cancellationToken).ConfigureAwait(false));
        }
        catch (SandboxException exception)
        {
            string whyNot = OneLine(exception.Message);
            return new EngineAnswer(null, whyNot, namedBy, whyNot.Contains("Permission denied", StringComparison.OrdinalIgnoreCase));
        }
    }

    /// <summary>Opens a client for further questions.</summary>
    /// <exception cref="SandboxException">No engine answers.</exception>
    public static async Task<EngineClient> ConnectAsync(CancellationToken cancellationToken)
    {
        EnginePlaces places = EngineEndpointFinder.Find(Environment.GetEnvironmentVariable, Home);
        return (await EngineNegotiation.ConnectAsync(places, TimeProvider.System, cancellationToken).ConfigureAwait(false)).Client;
    }

    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string? NamedByEnvironment() =>
        s_namingVariables.FirstOrDefault(name => Project.Variable(name) is not null);

    private static async Task<EngineFacts> DescribeAsync(EngineClient client, CancellationToken cancellationToken)
    {
        SystemInfoResponse info = await client.GetInfoAsync(cancellationToken).ConfigureAwait(false);
        return new EngineFacts(
            (info.ServerVersion is { Length: > 0 } version ? version : "of unknown version").Split('+')[0],
            client.ApiVersion?.ToString() ?? "unknown",
            client.Endpoint.ToString(),
            client.Endpoint.SocketPath is not null,
            info.Driver,
            info.CgroupVersion,
            info.DockerRootDir,
            info.NCPU > 0 ? (int)info.NCPU : null,
            info.MemTotal > 0 ? info.MemTotal : null);
    }

    /// <summary>The harness's message lists places line by line and ends with a remedy of its own; set-up has a better one.</summary>
    private static string OneLine(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length < 3 ? string.Join(' ', lines).TrimEnd('.') : $"{lines[0].TrimEnd('.')} {string.Join("; ", lines[1..^1])}";
    }
}
