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
    /// <inheritdoc/>
    public Version Version => engine.ApiVersion!;

    /// <inheritdoc/>
    public Uri Endpoint => engine.Endpoint.Address;

    /// <inheritdoc/>
    public IAuthProvider AuthProvider => NoopAuthProvider.Instance;

    /// <inheritdoc/>
    public DockerClientBuilder GetDockerClientBuilder(Guid sessionId = default) => engine.Connection();
}
