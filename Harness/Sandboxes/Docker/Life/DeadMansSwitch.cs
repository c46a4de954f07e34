using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// Our hand on the input of a sandbox's main process, <c>timeout TTL cat</c>: when we die, however suddenly, the kernel closes the
/// connection, the engine closes the input, and the sandbox stops. Its files stay until a sweep removes it. The other way round it
/// shows at once that the sandbox has stopped.
/// </summary>
internal sealed class DeadMansSwitch : IDisposable
{
    private readonly ProcessStream _stream;

    private DeadMansSwitch(ProcessStream stream)
    {
        _stream = stream;
        Stopped = WatchAsync();
    }

    /// <summary>Ends, never with an error, when the main process has ended or the engine is gone.</summary>
    public Task Stopped { get; }

    /// <summary>Whether our connection broke. False where the other side ended it, as the engine does when the main process has ended
    /// or nothing can write its output any more.</summary>
    public bool IsCut { get; private set; }

    public static IReadOnlyList<string> MainProcess(TimeSpan timeToLive) =>
        ["timeout", ((long)Math.Ceiling(timeToLive.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture), "cat"];

    /// <summary>Takes hold; best before the start, so that there is no moment without.</summary>
    public static async Task<DeadMansSwitch> HoldAsync(EngineClient engine, string containerId, CancellationToken cancellationToken) =>
        new(await engine.AttachAsync(containerId, cancellationToken));

    /// <summary>Lets go: the sandbox stops.</summary>
    public void Dispose() => _stream.Dispose();

    private async Task WatchAsync()
    {
        try
        {
            while (await _stream.ReadAsync(CancellationToken.None) is not null)
            {
            }
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            IsCut = true;
        }
    }
}
