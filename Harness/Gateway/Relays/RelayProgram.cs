using System.Globalization;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>
/// The program that listens in a sandbox, for the first interpreter that the image has. It is an argument of the interpreter, no file: an
/// agent finds nothing to change.
/// </summary>
/// <param name="Name"><c>python3</c>, <c>node</c> or <c>perl</c>, for the record.</param>
/// <param name="Path">Where the interpreter is inside.</param>
internal sealed record RelayProgram(string Name, string Path)
{
    private static readonly Kind[] s_kinds =
    [
        // No site packages, no variables, nothing of the working directory.
        new("python3", "relay.py", ["-I", "-S", "-c"], "import os, select, socket, struct; os.set_blocking"),
        new("node", "relay.js", ["-e"], "require('net'); if (parseInt(process.versions.node) < 12) process.exit(1)"),
        new("perl", "relay.pl", ["-e"], "use Errno; use IO::Handle; use IO::Select; use IO::Socket::INET; use Socket qw(TCP_NODELAY)"),
    ];

    /// <summary>Finds the first of <c>python3</c>, <c>node</c> and <c>perl</c> that works.</summary>
    /// <param name="sandbox">Where to look.</param>
    /// <param name="extraNodes">Absolute paths inside at which a node may be; they come last.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if none works.</returns>
    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    public static async Task<RelayProgram?> FindAsync(ISandbox sandbox, IReadOnlyList<string> extraNodes,
        CancellationToken cancellationToken)
    {
        foreach ((Kind kind, string place) in s_kinds.Select(kind => (kind, kind.Name))
            .Concat(extraNodes.Select(path => (s_kinds.Single(kind => kind.Name == "node"), path))))
        {
            const string Script = "path=$(command -v \"$1\") && shift && \"$path\" \"$@\" > /dev/null 2>&1 && printf %s \"$path\"";
            ExecResult result = await sandbox.ExecAsync(new ExecRequest
            {
                Command = ["/bin/sh", "-c", Script, "relay-program", place, .. kind.Switches, kind.Check],
                WorkingDirectory = "/",
                TimeLimit = TimeSpan.FromSeconds(30),
                RunsNoAgentCode = true,
            }, cancellationToken);
            if (result.Outcome is ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken)
            {
                throw new SandboxException(result.Outcome == ExecOutcome.SandboxLost ? SandboxFault.Lost : SandboxFault.Broken,
                    $"The sandbox was lost while an interpreter for the relay was looked for: {result.Detail}.");
            }
            if (result.Succeeded && result.Stdout.Text.StartsWith('/'))
                return new RelayProgram(kind.Name, result.Stdout.Text);
        }
        return null;
    }

    /// <summary>The command that listens.</summary>
    /// <param name="port">Where.</param>
    /// <param name="mayMove">Whether any other port will do if that one is taken.</param>
    public IReadOnlyList<string> Command(int port, bool mayMove)
    {
        Kind kind = s_kinds.Single(kind => kind.Name == Name);
        return [Path, .. kind.Switches, Source(kind.Resource), port.ToString(CultureInfo.InvariantCulture), mayMove ? "1" : "0"];
    }

    private static string Source(string resource)
    {
        using Stream stream = typeof(RelayProgram).Assembly.GetManifestResourceStream($"{typeof(RelayProgram).Namespace}.{resource}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private sealed record Kind(string Name, string Resource, string[] Switches, string Check);
}
