using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>
/// Makes a port of a sandbox's own loopback lead to a server in this process: what connects to <c>127.0.0.1</c> and <see cref="Port"/>
/// inside arrives at whoever listens at the <see cref="RelayEndPoint"/>. It needs no network, and no port of the host. A program in the
/// sandbox listens; when something inside kills it, it is started again on the same port. Dispose it before the sandbox.
/// </summary>
internal sealed class SandboxRelay : IAsyncDisposable
{
    /// <summary>The port inside, unless the image's own programs have taken it.</summary>
    public const int UsualPort = 8765;

    /// <summary>So often the program is started again; then the sandbox has no way out any more.</summary>
    public const int MostRestarts = 100;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);
    private readonly ISandbox _sandbox;
    private readonly RelayProgram _program;
    private readonly RelayConnections _target;
    private readonly RelayOrigin _origin;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<string> _ended;
    private int _restarts;

    private SandboxRelay(ISandbox sandbox, RelayProgram program, RelayConnections target, RelayOrigin origin, TimeProvider time,
        RelayLink link)
    {
        (_sandbox, _program, _target, _origin, _time, Port) = (sandbox, program, target, origin, time, link.Port);
        _ended = KeepAsync(link);
    }

    /// <summary>The port of 127.0.0.1 inside; it stays the same.</summary>
    public int Port { get; }

    /// <summary>How often the program was started again so far, tries that failed included.</summary>
    public int Restarts => Volatile.Read(ref _restarts);

    /// <summary>What runs it inside: <c>python3</c>, <c>node</c> or <c>perl</c>.</summary>
    public string Program => _program.Name;

    /// <summary>Why it leads nowhere any more, null while it is kept alive.</summary>
    public string? WhyEnded => _ended.IsCompletedSuccessfully ? _ended.Result : null;

    /// <summary>Opens one, and waits until it listens.</summary>
    /// <param name="sandbox">Where the clients are.</param>
    /// <param name="target">Takes the connections; see <see cref="RelayEndPoint"/>.</param>
    /// <param name="tag">What the server knows the connections by: <see cref="RelayOrigin.Tag"/>.</param>
    /// <param name="extraNodes">Absolute paths inside at which a node may be, for images without an interpreter.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">The image has no interpreter for it or no engine makes the sandbox (class
    /// <see cref="SandboxFault.Unsupported"/>), the program does not listen, or the sandbox is lost.</exception>
    public static async Task<SandboxRelay> OpenAsync(ISandbox sandbox, RelayConnections target, object? tag,
        IReadOnlyList<string> extraNodes, TimeProvider time, CancellationToken cancellationToken)
    {
        RelayProgram program = await RelayProgram.FindAsync(sandbox, extraNodes, cancellationToken)
            ?? throw new SandboxException(SandboxFault.Unsupported, $"The gateway cannot be reached from sandbox {sandbox.Id}: its image "
                + "has none of python3 (3.5 or newer), node (12 or newer) and perl. Install one of them in the task's image.");
        var origin = new RelayOrigin(sandbox.Id, tag);
        RelayLink link = await RelayLink.StartAsync(sandbox, program.Command(UsualPort, mayMove: true), target, origin, time,
            cancellationToken);
        return new SandboxRelay(sandbox, program, target, origin, time, link);
    }

    /// <summary>Ends the program and aborts its connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ended;
    }

    /// <returns>Why it has ended.</returns>
    private async Task<string> KeepAsync(RelayLink first)
    {
        (RelayLink? link, string why) = (first, "");
        while (link is not null)
        {
            await ((Task)link.Ended).WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await link.DisposeAsync();
            string ended = await link.Ended;
            (link, why) = await RestartAsync(ended);
        }
        return why;
    }

    private async Task<(RelayLink? Link, string Why)> RestartAsync(string why)
    {
        for (TimeSpan pause = s_firstPause; Restarts < MostRestarts; pause = Min(pause * 2, s_longestPause))
        {
            try
            {
                await Task.Delay(pause, _time, _stop.Token);
                Interlocked.Increment(ref _restarts);
                RelayLink link = await RelayLink.StartAsync(_sandbox, _program.Command(Port, mayMove: false), _target, _origin, _time,
                    _stop.Token);
                return (link, "");
            }
            catch (OperationCanceledException)
            {
                return (null, "it was closed");
            }
            catch (SandboxException exception) when (exception.Fault is SandboxFault.Lost or SandboxFault.Broken)
            {
                return (null, exception.Message);
            }
            catch (SandboxException exception)
            {
                // Something inside may hold the port for the moment, or have used up all processes.
                why = exception.Message;
            }
        }
        return (null, $"it was started again {MostRestarts} times, and ended each time; at last: {why}");
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
