using Docker.DotNet;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>What somebody with access to the engine does to a sandbox behind our back.</summary>
internal static class Meddling
{
    /// <summary>Does it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="id">The sandbox.</param>
    /// <param name="how"><c>kill</c>, <c>stop</c>, <c>restart</c> or <c>pause</c>; stop and restart wait a second before they kill.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task DoAsync(EngineClient engine, string id, string how, CancellationToken cancellationToken)
    {
        Func<IContainerOperations, CancellationToken, Task> act = how switch
        {
            "kill" => (containers, token) => containers.KillContainerAsync(id, new ContainerKillParameters(), token),
            "stop" => (containers, token) =>
                containers.StopContainerAsync(id, new ContainerStopParameters { WaitBeforeKillSeconds = 1 }, token),
            "restart" => (containers, token) =>
                containers.RestartContainerAsync(id, new ContainerRestartParameters { WaitBeforeKillSeconds = 1 }, token),
            "pause" => (containers, token) => containers.PauseContainerAsync(id, token),
            _ => throw new ArgumentOutOfRangeException(nameof(how), how, "Not known."),
        };
        while (true)
        {
            try
            {
                await engine.SendAsync(
                    new EngineCall("meddling"), (docker, token) => act(docker.Containers, token), cancellationToken);
                return;
            }
            catch (SandboxException exception) when (exception.Message.Contains("unable to freeze", StringComparison.Ordinal))
            {
                // The kernel of a busy machine does not get hold of every process in the time that runc gives it.
                await Task.Delay(200, cancellationToken);
            }
        }
    }
}
