using Docker.DotNet.Models;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Prepares a process in a running container; it is not started.</summary>
    /// <returns>The exec's id.</returns>
    public async Task<string> CreateExecAsync(string containerId, ContainerExecCreateParameters process,
        CancellationToken cancellationToken)
    {
        process.AttachStdout = process.AttachStderr = true;
        ContainerExecCreateResponse made = await CallAsync(
            Long($"preparing a process in sandbox {Short(containerId)}"),
            (docker, token) => docker.Exec.CreateContainerExecAsync(containerId, process, token),
            cancellationToken);
        return made.ID;
    }

    /// <summary>Starts a prepared process and connects to its input and output.</summary>
    public Task<ProcessStream> StartExecAsync(string execId, CancellationToken cancellationToken) =>
        CallAsync(
            Long("starting a process"),
            async (docker, token) =>
                new ProcessStream(await docker.Exec.StartContainerExecAsync(execId, new ContainerExecStartParameters(), token)),
            cancellationToken);

    /// <summary>How a process fares: its exit code is null while it runs, its pid 0 if it was never started.</summary>
    public Task<ContainerExecInspectResponse> InspectExecAsync(string execId, CancellationToken cancellationToken) =>
        CallAsync(new EngineCall("looking at a process"), (docker, token) =>
            docker.Exec.InspectContainerExecAsync(execId, token), cancellationToken);
}
