using System.Globalization;
using Docker.DotNet.Models;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    private static readonly ContainerRemoveParameters WhateverItsState = new() { Force = true, RemoveVolumes = true };

    /// <summary>What the engine says of itself: versions and system.</summary>
    public Task<VersionResponse> GetVersionAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        CallAsync(
            new EngineCall("asking its version") { Limit = limit, NotFound = SandboxFault.Engine },
            static (docker, token) => docker.System.GetVersionAsync(token),
            cancellationToken);

    /// <summary>What the engine says of its host.</summary>
    public Task<SystemInfoResponse> GetInfoAsync(CancellationToken cancellationToken) =>
        CallAsync(new EngineCall("asking about itself") { NotFound = SandboxFault.Engine }, static (docker, token) =>
            docker.System.GetSystemInfoAsync(token), cancellationToken);

    /// <summary>Starts a container; one that runs already is left as it is.</summary>
    public Task StartContainerAsync(string id, CancellationToken cancellationToken) =>
        SendAsync(Long($"starting sandbox {Short(id)}"), (docker, token) =>
            docker.Containers.StartContainerAsync(id, null, token), cancellationToken);

    /// <summary>
    /// Kills all processes of a container at once and starts its main process again; files stay. Three calls, since Docker.DotNet's restart
    /// leaves out a pause of 0 s, and a container that is created with one (<c>StopTimeout</c>) fails the first process after a restart.
    /// </summary>
    /// <param name="id">The container.</param>
    /// <param name="beforeStart">Called while it stands still.</param>
    /// <param name="limit">For each of the calls.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RestartContainerAsync(string id, Func<Task> beforeStart, TimeSpan limit, CancellationToken cancellationToken)
    {
        var call = new EngineCall($"restarting sandbox {Short(id)}") { Limit = limit };
        try
        {
            await SendAsync(call, (docker, token) => docker.Containers.KillContainerAsync(id, new ContainerKillParameters(), token),
                cancellationToken);
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) == System.Net.HttpStatusCode.Conflict)
        {
            // It does not run: something in it was faster.
        }
        // Else the start finds it running, and does nothing.
        await CallAsync(call, (docker, token) => docker.Containers.WaitContainerAsync(id, token), cancellationToken);
        await beforeStart();
        await SendAsync(call, (docker, token) => docker.Containers.StartContainerAsync(id, null, token), cancellationToken);
    }

    /// <summary>Kills and removes a container with its anonymous volumes, whatever state it is in.</summary>
    public Task RemoveContainerAsync(string id, CancellationToken cancellationToken) =>
        SendAsync(Long($"removing sandbox {Short(id)}"), (docker, token) =>
            docker.Containers.RemoveContainerAsync(id, WhateverItsState, token), cancellationToken);

    /// <summary>What state a container is in.</summary>
    public Task<ContainerInspectResponse> InspectContainerAsync(string id, TimeSpan limit, CancellationToken cancellationToken) =>
        CallAsync(
            new EngineCall($"looking at sandbox {Short(id)}") { Limit = limit },
            (docker, token) => docker.Containers.InspectContainerAsync(id, token),
            cancellationToken);

    /// <summary>All containers, running or not, that have all of these labels (<c>name</c> or <c>name=value</c>).</summary>
    public Task<IList<ContainerListResponse>> ListContainersAsync(string[] labels, CancellationToken cancellationToken) =>
        CallAsync(
            new EngineCall("listing sandboxes") { NotFound = SandboxFault.Engine },
            (docker, token) =>
                docker.Containers.ListContainersAsync(new ContainersListParameters
                { All = true, Filters = Filters(("label", labels)) }, token),
            cancellationToken);

    /// <summary>Bytes that a container has written beside its image; adding that up takes as long as its files are many. Null if the engine
    /// does not say.</summary>
    public async Task<long?> GetWrittenBytesAsync(string id, CancellationToken cancellationToken)
    {
        var wanted = new ContainersListParameters { All = true, Size = true, Filters = Filters(("id", [id])) };
        IList<ContainerListResponse> found = await CallAsync(
            Long($"adding up the disk of sandbox {Short(id)}"), (docker, token) =>
                docker.Containers.ListContainersAsync(wanted, token), cancellationToken);
        return found.Count == 1 ? found[0].SizeRw : null;
    }

    /// <summary>How many events the engine remembers, of all that it does.</summary>
    public const int RememberedEvents = 256;

    /// <summary>How many events of any kind the engine remembers since a time.</summary>
    public async Task<int> CountEventsAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        int count = 0;
        await SendAsync(
            new EngineCall("counting what the engine did"),
            (docker, token) => docker.System.MonitorEventsAsync(new ContainerEventsParameters
            { Since = UnixTime(since), Until = UnixTime(until) }, new OnReport<Message>(_ => count++), token),
            cancellationToken);
        return count;
    }

    /// <summary>What happened to a container between two times, oldest first, as far as the engine remembers (see
    /// <see cref="RememberedEvents"/>).</summary>
    public async Task<IReadOnlyList<Message>> GetEventsAsync(
        string containerId, DateTimeOffset since, DateTimeOffset until, string[] actions, CancellationToken cancellationToken)
    {
        var events = new List<Message>();
        var asked = new ContainerEventsParameters
        {
            Since = UnixTime(since),
            Until = UnixTime(until),
            Filters = Filters(("container", [containerId]), ("event", actions)),
        };
        await SendAsync(
            new EngineCall($"asking what happened to sandbox {Short(containerId)}"),
            (docker, token) => docker.System.MonitorEventsAsync(asked, new OnReport<Message>(events.Add), token),
            cancellationToken);
        return events;
    }

    /// <summary>Connects to the main process' input and output; the container need not run yet.</summary>
    public Task<ProcessStream> AttachAsync(string id, CancellationToken cancellationToken)
    {
        var wanted = new ContainerAttachParameters { Stream = true, Stdin = true, Stdout = true };
        return CallAsync(
            Long($"attaching to sandbox {Short(id)}"),
            async (docker, token) =>
                new ProcessStream(await docker.Containers.AttachContainerAsync(id, wanted, token)),
            cancellationToken);
    }

    /// <summary>The first digits of an id, as the CLI shows it.</summary>
    internal static string Short(string id) => id.Length > 12 ? id[..12] : id;

    private static EngineCall Long(string what) => new(what) { Limit = EngineCall.LongLimit };

    private static string UnixTime(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * 100:D9}");
    }

    /// <summary>Takes each report where it arises; <see cref="Progress{T}"/> would take it later, elsewhere and in any order.</summary>
    private sealed class OnReport<T>(Action<T> take) : IProgress<T>
    {
        public void Report(T value) => take(value);
    }
}
