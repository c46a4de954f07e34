namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// How the docker CLI's configuration names registries: by host, for old entries with a scheme and a path, and Docker Hub by an address of
/// its own.
/// </summary>
internal static class RegistryKeys
{
    private const string DockerHub = "https://index.docker.io/v1/";

    /// <summary>Whether a host is Docker Hub's.</summary>
    public static bool IsDockerHub(string host) =>
        host.Equals("docker.io", StringComparison.OrdinalIgnoreCase) || host.Equals("index.docker.io", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name that the CLI stores a registry's login under, and asks helpers for.</summary>
    public static string ServerOf(string registry) => IsDockerHub(registry) ? DockerHub : registry;

    /// <summary>A registry's entry: the one under the CLI's own name for it, else the first whose key has its host.</summary>
    /// <returns>Null if there is none.</returns>
    public static T? Find<T>(Dictionary<string, T>? entries, string registry)
        where T : class
    {
        if (entries is null)
            return null;
        string server = ServerOf(registry);
        return entries.GetValueOrDefault(server) ?? entries.FirstOrDefault(entry => IsOf(server, entry.Key)).Value;
    }

    private static bool IsOf(string server, string key) => ServerOf(HostOf(key)).Equals(server, StringComparison.OrdinalIgnoreCase);

    private static string HostOf(string key)
    {
        int scheme = key.IndexOf("://", StringComparison.Ordinal);
        return (scheme < 0 ? key : key[(scheme + 3)..]).Split('/')[0];
    }
}
