using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>The docker CLI's contexts: <c>config.json</c> names the current one, <c>contexts/meta/SHA256(name)/meta.json</c> says where it
/// is.</summary>
internal static class EngineContexts
{
    /// <summary>The current context's endpoint; null where none is chosen (the context <c>default</c> is none).</summary>
    /// <exception cref="SandboxException">A context is chosen, but cannot be read.</exception>
    public static EngineEndpoint? FindCurrent(string configFolder, string? chosen, List<string> notes)
    {
        string configFile = Path.Combine(configFolder, "config.json");
        string? name = chosen ?? CurrentContext(configFile, notes);
        if (name is null or "default")
        {
            notes.Add(chosen is null ? "docker context: none chosen" : "DOCKER_CONTEXT: default");
            return null;
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        string metaFile = Path.Combine(configFolder, "contexts", "meta", digest, "meta.json");
        try
        {
            ContextMeta? meta = JsonSerializer.Deserialize(File.ReadAllText(metaFile), EngineJson.Default.ContextMeta);
            if (meta?.Endpoints?.Docker?.Host is not { Length: > 0 } host)
                throw new JsonException("it names no docker endpoint");
            string tlsFolder = Path.Combine(configFolder, "contexts", "tls", digest, "docker");
            EngineTls? tls = Directory.Exists(tlsFolder) ? EngineTls.Read(tlsFolder, !meta.Endpoints.Docker.SkipTLSVerify) : null;
            return EngineEndpoint.Parse(host, $"docker context {name}", tls);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SandboxException(
                SandboxFault.Engine,
                exception is FileNotFoundException or DirectoryNotFoundException
                    ? $"The docker context '{name}' is chosen, but there is none of that name ({metaFile} is not there). Choose "
                        + "another with `docker context use` or DOCKER_CONTEXT, or set DOCKER_HOST."
                    : $"The docker context '{name}' is chosen, but '{metaFile}' cannot be read: {exception.Message.TrimEnd('.')}. Choose "
                    + $"another with `docker context use` or DOCKER_CONTEXT, or set DOCKER_HOST.",
                exception);
        }
    }

    private static string? CurrentContext(string configFile, List<string> notes)
    {
        if (!File.Exists(configFile))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(configFile), EngineJson.Default.CliConfig)?.CurrentContext is
            { Length: > 0 } name ? name : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            notes.Add($"{configFile}: {exception.Message}");
            return null;
        }
    }
}
