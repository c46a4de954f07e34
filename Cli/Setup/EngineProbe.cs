using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Setup;

/// <summary>Looks for an engine where the docker CLI would, and asks it about itself.</summary>
internal static class EngineProbe
{
    private static readonly string[] s_namingVariables = ["DOCKER_HOST", "DOCKER_CONTEXT"];

    /// <summary>Asks. A fault of the engine is an answer, not an exception.</summary>
    public static async Task<EngineAnswer> AskAsync(CancellationToken cancellationToken)
    {
        EnginePlaces? places = null;
        try
        {
            places = Find();
            using EngineClient client = await ConnectAsync(places, cancellationToken);
            return new EngineAnswer(await DescribeAsync(client, cancellationToken));
        }
        catch (SandboxException exception)
        {
            string whyNot = OneLine(exception.Message);
            // Several candidates are the usual places; a single one was named, and so was one that is not understood.
            string? namedBy = places is null
                ? s_namingVariables.FirstOrDefault(name => Project.Variable(name) is not null) ?? "the docker CLI's configuration"
                : places.Candidates is [var only] ? only.Source : null;
            return new EngineAnswer(null, whyNot, namedBy, whyNot.Contains("Permission denied", StringComparison.OrdinalIgnoreCase),
                IsMisnamed: places is null || exception.GetBaseException() is EngineTlsException);
        }
    }

    /// <summary>Opens a client for further questions.</summary>
    /// <exception cref="SandboxException">No engine answers.</exception>
    public static Task<EngineClient> ConnectAsync(CancellationToken cancellationToken) => ConnectAsync(Find(), cancellationToken);

    private static async Task<EngineClient> ConnectAsync(EnginePlaces places, CancellationToken cancellationToken) =>
        (await EngineNegotiation.ConnectAsync(places, TimeProvider.System, cancellationToken)).Client;

    private static EnginePlaces Find() => EngineEndpointFinder.Find(
        Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    private static async Task<EngineFacts> DescribeAsync(EngineClient client, CancellationToken cancellationToken)
    {
        SystemInfoResponse info = await client.GetInfoAsync(cancellationToken);
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
