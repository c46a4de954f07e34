using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Records.Store;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>Opens the Docker provider with images that are pulled, or built from tasks' Dockerfiles.</summary>
public static class DockerSandboxes
{
    /// <summary>Finds the engine as the docker CLI does (DOCKER_HOST, the current context, the customary sockets) and agrees on a version
    /// with it.</summary>
    /// <param name="time">The clock; null is the system's.</param>
    /// <param name="storeFolder">The store that keeps the output of image builds that failed; null keeps their last lines only, in the
    /// message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">No engine answers, or it is too old; the message lists what was tried, and what to
    /// do.</exception>
    /// <exception cref="SettingsException"><c>TANDEM_IMAGE_REGISTRY</c> is no prefix of an image's name.</exception>
    public static Task<DockerSandboxProvider> ConnectAsync(TimeProvider? time, string? storeFolder, CancellationToken cancellationToken) =>
        ConnectAsync(
            EngineEndpointFinder.Find(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)),
            time ?? TimeProvider.System,
            storeFolder,
            cancellationToken);

    /// <summary>For tests: an engine at places of their choice.</summary>
    internal static Task<DockerSandboxProvider> ConnectAsync(EnginePlaces places, TimeProvider time, string? storeFolder,
        CancellationToken cancellationToken)
    {
        BuildLogFolder? logs = storeFolder is null ? null : new BuildLogFolder(StoreLayout.ImageLogsFolder(storeFolder), time);
        var registry = ImageRegistry.OfEnvironment();
        return DockerSandboxProvider.ConnectAsync(
            places, engine => new ImageStore(engine, RegistryLogins.OfUser(time), time, logs) { Registry = registry }, time,
            cancellationToken);
    }
}
