namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>
/// Finds the engine as the docker CLI does: <c>DOCKER_HOST</c>, else the CLI's context, else the customary sockets. What is named in so
/// many words is never replaced by another engine that happens to answer.
/// </summary>
internal static class EngineEndpointFinder
{
    private const string DefaultSocket = "/var/run/docker.sock";

    /// <summary>Places to try, best first, and notes on those that name nothing.</summary>
    /// <param name="environment">Reads a variable; null or empty is not set.</param>
    /// <param name="home">The user's home folder.</param>
    /// <exception cref="SandboxException">A place is named but not understood.</exception>
    public static EnginePlaces Find(Func<string, string?> environment, string home)
    {
        var notes = new List<string>();
        if (Set(environment("DOCKER_HOST")) is { } host)
            return new EnginePlaces([EngineEndpoint.Parse(host, "DOCKER_HOST", TlsOf(environment, home))], notes);
        notes.Add("DOCKER_HOST: not set");

        if (EngineContexts.FindCurrent(ConfigFolder(environment, home), Set(environment("DOCKER_CONTEXT")), notes) is { } context)
            return new EnginePlaces([context], notes);

        var candidates = new List<EngineEndpoint> { EngineEndpoint.Parse("unix://" + DefaultSocket, "default") };
        if (Set(environment("XDG_RUNTIME_DIR")) is { } runtimeFolder)
            candidates.Add(EngineEndpoint.Parse("unix://" + Path.Combine(runtimeFolder, "docker.sock"), "rootless default"));
        candidates.Add(EngineEndpoint.Parse("unix://" + Path.Combine(home, ".docker", "run", "docker.sock"), "Docker Desktop's default"));
        return new EnginePlaces(candidates, notes);
    }

    /// <summary>Where the docker CLI keeps its configuration; it need not be there.</summary>
    public static string ConfigFolder(Func<string, string?> environment, string home) =>
        Set(environment("DOCKER_CONFIG")) ?? Path.Combine(home, ".docker");

    /// <summary>TLS as the CLI's variables ask for it: on if <c>DOCKER_TLS_VERIFY</c> is set to anything, the certificates from
    /// <c>DOCKER_CERT_PATH</c>.</summary>
    private static EngineTls? TlsOf(Func<string, string?> environment, string home) =>
        Set(environment("DOCKER_TLS_VERIFY")) is null
            ? null
            : EngineTls.Read(Set(environment("DOCKER_CERT_PATH")) ?? Path.Combine(home, ".docker"), verifiesServer: true);

    private static string? Set(string? value) => string.IsNullOrEmpty(value) ? null : value;
}

/// <summary>Where an engine may be.</summary>
/// <param name="Candidates">Never empty.</param>
/// <param name="Notes">What was looked at and named nothing.</param>
internal sealed record EnginePlaces(IReadOnlyList<EngineEndpoint> Candidates, IReadOnlyList<string> Notes);
