using System.Runtime.CompilerServices;
using Docker.DotNet;
using Docker.DotNet.Handler.Abstractions;
using DotNet.Testcontainers.Configurations;
using Version = System.Version;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>
/// The engine that was found, as Testcontainers wants it: by itself it knows neither rootless contexts nor engines before API 1.44.
/// </summary>
internal sealed class TestcontainersEndpoint(EngineClient engine) : IDockerEndpointAuthenticationConfiguration
{
    private const string HostVariable = "DOCKER_HOST";
    private static readonly Lock Gate = new();
    private static Task? _initialised;

    /// <summary>
    /// Lets Testcontainers read its own settings, once in a process. It looks for an engine meanwhile and fails for good at a damaged file
    /// of the docker CLI, so it is shown the engine that was found.
    /// </summary>
    /// <exception cref="SandboxException">Its settings cannot be read.</exception>
    public static Task InitialiseAsync(EngineEndpoint endpoint)
    {
        lock (Gate)
            return _initialised ??= Task.Run(() => Initialise(endpoint));
    }

    /// <inheritdoc/>
    public Version Version => engine.ApiVersion!;

    /// <inheritdoc/>
    public Uri Endpoint => engine.Endpoint.Address;

    /// <inheritdoc/>
    public IAuthProvider AuthProvider => NoopAuthProvider.Instance;

    /// <inheritdoc/>
    public DockerClientBuilder GetDockerClientBuilder(Guid sessionId = default) => engine.Connection();

    private static void Initialise(EngineEndpoint endpoint)
    {
        string? before = Environment.GetEnvironmentVariable(HostVariable);
        try
        {
            if (string.IsNullOrEmpty(before))
                Environment.SetEnvironmentVariable(HostVariable, endpoint.Address.OriginalString);
            RuntimeHelpers.RunClassConstructor(typeof(TestcontainersSettings).TypeHandle);
        }
        catch (TypeInitializationException exception)
        {
            throw new SandboxException(
                SandboxFault.Engine,
                $"Testcontainers cannot read its settings: {EngineErrors.Reason(exception)}. Repair or remove "
                    + $"~/.testcontainers.properties and the TESTCONTAINERS_* variables.",
                exception);
        }
        finally
        {
            Environment.SetEnvironmentVariable(HostVariable, before);
        }
    }
}
