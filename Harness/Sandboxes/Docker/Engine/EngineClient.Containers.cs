using System.Globalization;
using System.Text.Json;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>What the engine says of itself.</summary>
    public Task<EngineVersion> GetVersionAsync(CancellationToken cancellationToken) =>
        GetAsync(new EngineCall(HttpMethod.Get, "/version", "asking its version") { NotFound = SandboxFault.Engine }, EngineJson.Default.EngineVersion, cancellationToken);

    /// <summary>Creates a container; it is not started.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CreateContainerAsync(string name, ContainerRequest request, CancellationToken cancellationToken)
    {
        CreatedReply reply = await GetAsync(
            new EngineCall(HttpMethod.Post, $"/containers/create?name={name}", $"creating sandbox {name} of image {request.Image}")
            {
                Content = Json(request, EngineJson.Default.ContainerRequest),
                Limit = EngineCall.LongLimit,
                NotFound = SandboxFault.Image,
            },
            EngineJson.Default.CreatedReply,
            cancellationToken).ConfigureAwait(false);
        return reply.Id;
    }

    /// <summary>Starts a container; one that runs already is left as it is.</summary>
    public Task StartContainerAsync(string id, CancellationToken cancellationToken) =>
        SendAsync(new EngineCall(HttpMethod.Post, $"/containers/{id}/start", $"starting sandbox {Short(id)}") { Limit = EngineCall.LongLimit }, cancellationToken);

    /// <summary>Kills all processes of a container at once and starts its main process again; files stay.</summary>
    public Task RestartContainerAsync(string id, TimeSpan limit, CancellationToken cancellationToken) =>
        SendAsync(new EngineCall(HttpMethod.Post, $"/containers/{id}/restart?t=0", $"restarting sandbox {Short(id)}") { Limit = limit }, cancellationToken);

    /// <summary>Kills and removes a container with its anonymous volumes, whatever state it is in.</summary>
    public Task RemoveContainerAsync(string id, CancellationToken cancellationToken) =>
        SendAsync(new EngineCall(HttpMethod.Delete, $"/containers/{id}?force=1&v=1", $"removing sandbox {Short(id)}") { Limit = EngineCall.LongLimit }, cancellationToken);

    /// <summary>What state a container is in.</summary>
    public Task<ContainerReply> InspectContainerAsync(string id, TimeSpan limit, CancellationToken cancellationToken) =>
        GetAsync(new EngineCall(HttpMethod.Get, $"/containers/{id}/json", $"looking at sandbox {Short(id)}") { Limit = limit }, EngineJson.Default.ContainerReply, cancellationToken);

    /// <summary>All containers, running or not, that have all of these labels (<c>name</c> or <c>name=value</c>).</summary>
    public Task<List<ContainerSummary>> ListContainersAsync(string[] labels, CancellationToken cancellationToken) =>
        GetAsync(
            new EngineCall(HttpMethod.Get, $"/containers/json?all=1&filters={Filters(new() { ["label"] = labels })}", "listing sandboxes") { NotFound = SandboxFault.Engine },
            EngineJson.Default.ListContainerSummary,
            cancellationToken);

    /// <summary>What happened to a container between two times, oldest first, as far as the engine remembers (its last 256 events).</summary>
    public Task<IReadOnlyList<EngineEvent>> GetEventsAsync(string containerId, DateTimeOffset since, DateTimeOffset until, string[] actions, CancellationToken cancellationToken) =>
        CallAsync(
            new EngineCall(
                HttpMethod.Get,
                $"/events?since={UnixTime(since)}&until={UnixTime(until)}&filters={Filters(new() { ["container"] = [containerId], ["event"] = actions })}",
                $"asking what happened to sandbox {Short(containerId)}"),
            ReadEventsAsync,
            cancellationToken);

    /// <summary>Connects to the main process' input and output; the container need not run yet.</summary>
    public Task<HijackedStream> AttachAsync(string id, CancellationToken cancellationToken) =>
        HijackedStream.OpenAsync(this, _time, $"{_prefix}/containers/{id}/attach?stream=1&stdin=1&stdout=1", null, $"attaching to sandbox {Short(id)}", cancellationToken);

    /// <summary>The first digits of an id, as the CLI shows it.</summary>
    internal static string Short(string id) => id.Length > 12 ? id[..12] : id;

    private static async Task<IReadOnlyList<EngineEvent>> ReadEventsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var events = new List<EngineEvent>();
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<EngineEvent?> all = JsonSerializer.DeserializeAsyncEnumerable(body, EngineJson.Default.EngineEvent, topLevelValues: true, cancellationToken);
        await foreach (EngineEvent? one in all.ConfigureAwait(false))
        {
            if (one is not null)
                events.Add(one);
        }
        return events;
    }

    private static string UnixTime(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * 100:D9}");
    }

    private static string Filters(Dictionary<string, string[]> filters) =>
        Uri.EscapeDataString(JsonSerializer.Serialize(filters, EngineJson.Default.DictionaryStringStringArray));
}
