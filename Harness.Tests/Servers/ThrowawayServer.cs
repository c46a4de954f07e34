using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Harness.Tests.Servers;

/// <summary>
/// A server that tests need, in a container of Testcontainers, with a port on loopback alone. Disposing removes it. If the tests are
/// killed, it ends by itself after a while, and the next server removes what is left.
/// </summary>
internal sealed class ThrowawayServer : IAsyncDisposable
{
    private const string Label = "tandem.test.server";
    private const int LifeSeconds = 15 * 60;
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(4);
    private readonly IContainer _container;

    private ThrowawayServer(IContainer container, int port)
    {
        _container = container;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Its address for clients: <c>127.0.0.1:port</c>.</summary>
    public string Authority => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Starts one, and builds its image where that is not there.</summary>
    public static async Task<ThrowawayServer> StartAsync(EngineClient engine, ServerRecipe recipe, CancellationToken cancellationToken)
    {
        await RemoveEndedAsync(engine, cancellationToken);
        string port = recipe.Port.ToString(CultureInfo.InvariantCulture);
        IContainer container = new ContainerBuilder(await PrepareImageAsync(engine, recipe, cancellationToken))
            .WithDockerEndpoint(new TestcontainersEndpoint(engine))
            .WithLogger(NullLogger.Instance)
            // A session of its own: the reaper's image may not be there, and with one disposing removes.
            .WithLabel(ResourceReaper.ResourceReaperSessionLabel, Guid.NewGuid().ToString("D"))
            .WithLabel(Label, recipe.Image)
            .WithEnvironment(recipe.Environment)
            .WithEntrypoint(["timeout", LifeSeconds.ToString(CultureInfo.InvariantCulture), .. recipe.Command])
            .WithPortBinding(port, assignRandomHostPort: true)
            .WithCreateParameterModifier(request => KeepOnLoopback(request.HostConfig!.PortBindings!.Values))
            .WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged(
                recipe.ReadyMessage, wait => wait.WithInterval(LookPause).WithTimeout(StartLimit)))
            .Build();
        try
        {
            await container.StartAsync(cancellationToken);
            return new ThrowawayServer(container, container.GetMappedPublicPort(recipe.Port));
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private static void KeepOnLoopback(IEnumerable<IList<PortBinding>> ports)
    {
        foreach (PortBinding binding in ports.SelectMany(bindings => bindings))
            binding.HostIP = "127.0.0.1";
    }

    private static async Task<string> PrepareImageAsync(EngineClient engine, ServerRecipe recipe, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-server-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Dockerfile"), recipe.Dockerfile, cancellationToken);
            string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(recipe.Dockerfile)));
            using var store = new ImageStore(engine, RegistryLogins.OfUser(TimeProvider.System), TimeProvider.System, logs: null);
            var source = new SandboxImageSource(recipe.Image, folder.FullName, digest, AllowsProcessSandbox: false);
            return (await store.PrepareAsync(source, cancellationToken)).Reference;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Removes servers that ended by themselves: nobody else does. Those of other test runs still run.</summary>
    private static async Task RemoveEndedAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        IList<ContainerListResponse> servers = await engine.ListContainersAsync([Label], cancellationToken);
        foreach (ContainerListResponse ended in servers.Where(server => server.State == "exited"))
        {
            try
            {
                await engine.RemoveContainerAsync(ended.ID, cancellationToken);
            }
            catch (SandboxException exception) when (exception.Fault == SandboxFault.Lost)
            {
                // Another was faster.
            }
        }
    }
}
