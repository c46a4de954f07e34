using System.Text.Json;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Prepares a process in a running container; it is not started.</summary>
    /// <returns>The exec's id.</returns>
    public async Task<string> CreateExecAsync(string containerId, ExecCreateRequest request, CancellationToken cancellationToken)
    {
        CreatedReply reply = await GetAsync(
            new EngineCall(HttpMethod.Post, $"/containers/{containerId}/exec", $"preparing a process in sandbox {Short(containerId)}")
            {
                Content = Json(request, EngineJson.Default.ExecCreateRequest),
                Limit = EngineCall.LongLimit,
            },
            EngineJson.Default.CreatedReply,
            cancellationToken).ConfigureAwait(false);
        return reply.Id;
    }

    /// <summary>Starts a prepared process and connects to its input and output.</summary>
    public Task<HijackedStream> StartExecAsync(string execId, CancellationToken cancellationToken) =>
        HijackedStream.OpenAsync(
            this,
            _time,
            $"{_prefix}/exec/{execId}/start",
            JsonSerializer.SerializeToUtf8Bytes(new ExecStartRequest(Detach: false, Tty: false), EngineJson.Default.ExecStartRequest),
            "starting a process",
            cancellationToken);

    /// <summary>How a process fares.</summary>
    public Task<ExecReply> InspectExecAsync(string execId, CancellationToken cancellationToken) =>
        GetAsync(new EngineCall(HttpMethod.Get, $"/exec/{execId}/json", "looking at a process"), EngineJson.Default.ExecReply, cancellationToken);
}
