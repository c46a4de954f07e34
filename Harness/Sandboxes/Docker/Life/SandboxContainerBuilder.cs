using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Images;
using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>Builds <see cref="SandboxContainer"/>. The engine and its version are those that were found and agreed on.</summary>
internal sealed class SandboxContainerBuilder : ContainerBuilder<SandboxContainerBuilder, SandboxContainer, IContainerConfiguration>
{
    // A session of our own: Testcontainers' reaper would remove a dead run's files before the next start sees them. With it, disposing
    // removes; without one, it only stops.
    private static readonly string Session = Guid.NewGuid().ToString("D");
    private readonly EngineClient _engine;

    private SandboxContainerBuilder(EngineClient engine, IContainerConfiguration configuration)
        : base(configuration)
    {
        _engine = engine;
        DockerResourceConfiguration = configuration;
    }

    /// <inheritdoc/>
    protected override IContainerConfiguration DockerResourceConfiguration { get; }

    /// <summary>A container for a sandbox.</summary>
    /// <param name="engine">Where it is made.</param>
    /// <param name="spec">What is asked for.</param>
    /// <param name="egressId">The network for <see cref="SandboxNetwork.Bridge"/>; null is no network.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">The name is not safe.</exception>
    public static SandboxContainerBuilder Of(EngineClient engine, SandboxSpec spec, string? egressId, DateTimeOffset now)
    {
        // Not through Init and WithImage: these take the library's own endpoint and session, and put a prefix before our images' names
        // where the user has set one for tests.
        var image = new ContainerConfiguration(image: new DockerImage(spec.Image.Reference), imagePullPolicy: PullPolicy.Never,
            name: ContainerDefinition.NameOf(spec));
        return new SandboxContainerBuilder(engine, new ContainerConfiguration(new ContainerConfiguration(), image))
            .WithDockerEndpoint(new TestcontainersEndpoint(engine))
            .WithLogger(NullLogger.Instance)
            .WithLabel(ResourceReaper.ResourceReaperSessionLabel, Session)
            .WithCreateParameterModifier(request => ContainerDefinition.Fill(request, spec, egressId, now));
    }

    /// <inheritdoc/>
    public override SandboxContainer Build()
    {
        Validate();
        return new SandboxContainer(DockerResourceConfiguration, _engine);
    }

    /// <inheritdoc/>
    protected override SandboxContainerBuilder Clone(IResourceConfiguration<CreateContainerParameters> resourceConfiguration) =>
        Merge(DockerResourceConfiguration, new ContainerConfiguration(resourceConfiguration));

    /// <inheritdoc/>
    protected override SandboxContainerBuilder Clone(IContainerConfiguration resourceConfiguration) =>
        Merge(DockerResourceConfiguration, new ContainerConfiguration(resourceConfiguration));

    /// <inheritdoc/>
    protected override SandboxContainerBuilder Merge(IContainerConfiguration oldValue, IContainerConfiguration newValue) =>
        new(_engine, new ContainerConfiguration(oldValue, newValue));
}
