using System.Globalization;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>
/// Reads a file through a shell session: eight times faster than the engine's archive, for which it mounts the file system and starts
/// itself anew. Whatever is odd is left to the archive, which also reads from a sandbox that has stopped.
/// </summary>
internal static class SessionFileReader
{
    private const int NotRegular = 3;
    private const string Script = """[ -f "$1" ] && [ ! -L "$1" ] || exit 3; exec head -c "$2" <"$1" """;
    // An image's search path may lead into the repository, where an agent's patch may have brought a program of this name.
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Reads at most one byte more than allowed.</summary>
    /// <returns>Null if it could not be read this way; else the file, whose bytes are null if there is no regular file of that
    /// path.</returns>
    public static async Task<ReadFile?> TryReadAsync(ShellSessionPool sessions, TimeProvider time, string path, long maxBytes,
        CancellationToken cancellationToken)
    {
        int most = (int)Math.Min(maxBytes, Array.MaxLength - 1) + 1;
        string[] command = ["/bin/sh", "-c", Script, "sh", path, most.ToString(CultureInfo.InvariantCulture)];
        var output = new CommandOutput(new ExecRequest { Command = command, KeepBytes = most });
        using var limit = new CancellationTokenSource(Limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        ShellSession? session = null;
        try
        {
            session = await sessions.RentAsync(linked.Token);
            CommandEnd end = await session.RunAsync("/", [new(SessionScript.Marker, "file"), new("PATH", SearchPath)], command, output,
                linked.Token);
            cancellationToken.ThrowIfCancellationRequested();
            return end switch
            {
                CommandEnd.Exited { Code: 0 } => new ReadFile(output.Close().Stdout.Head.ToArray()),
                CommandEnd.Exited { Code: NotRegular } => new ReadFile(null),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is SandboxException or SessionException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            if (session is not null)
                sessions.Return(session);
        }
    }
}
