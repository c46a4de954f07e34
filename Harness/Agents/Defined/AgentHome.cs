using System.Globalization;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Defined;

/// <summary>The folder of a command-line agent's own files: outside the repository, so that nothing of it gets into the patch, and open to
/// whatever user the image has.</summary>
internal sealed class AgentHome
{
    /// <summary>What is kept of it beside the agent's calls.</summary>
    public const string KeptFile = "home.tar.gz";

    private const int MostKeptBytes = 64 << 20;
    private static readonly TimeSpan KeepTime = TimeSpan.FromSeconds(30);

    private readonly ISandbox _sandbox;
    private readonly TimeSpan _limit;

    private AgentHome(ISandbox sandbox, TimeSpan limit) => (_sandbox, _limit) = (sandbox, limit);

    /// <summary>Its path inside.</summary>
    public string Folder => _sandbox.Paths.Scratch + "/home";

    /// <summary>The file that holds the prompt.</summary>
    public string PromptFile => _sandbox.Paths.Scratch + "/task.md";

    public static async Task<AgentHome> MakeAsync(ISandbox sandbox, TimeSpan limit, CancellationToken cancellationToken)
    {
        var home = new AgentHome(sandbox, limit);
        await home.OpenAsync(cancellationToken);
        return home;
    }

    /// <summary>Puts files in, and lets the agent change them.</summary>
    public async Task PutAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        await _sandbox.PutFilesAsync(files, cancellationToken);
        await OpenAsync(cancellationToken);
    }

    /// <summary>Keeps what the agent wrote of its session, so that people can read it; as much as fits.</summary>
    /// <param name="paths">Absolute paths inside.</param>
    /// <param name="folder">Where it is kept.</param>
    /// <param name="note">Called if it cannot be kept.</param>
    public async Task KeepAsync(IReadOnlyList<string> paths, string folder, Action<string, string> note)
    {
        if (paths.Count == 0)
            return;
        using var bound = new CancellationTokenSource(KeepTime);
        string packed = _sandbox.Paths.Scratch + "/" + KeptFile;
        try
        {
            ExecResult made = await _sandbox.ExecAsync(
                new ExecRequest
                {
                    Command = ["/bin/sh", "-c", "tar -czf \"$0\" -C / \"$@\" 2>/dev/null; test -s \"$0\"", packed,
                        .. paths.Select(path => path.TrimStart('/'))],
                    TimeLimit = KeepTime,
                    WorkingDirectory = "/",
                },
                bound.Token);
            byte[]? bytes = made.Succeeded ? await _sandbox.GetFileAsync(packed, MostKeptBytes, bound.Token) : null;
            if (bytes is null)
                note("the agent's own session was not kept", "it cannot be packed");
            else
                await File.WriteAllBytesAsync(Path.Combine(folder, KeptFile), bytes, CancellationToken.None);
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            try
            {
                note("the agent's own session was not kept", exception.Message);
            }
            catch (TrajectoryException)
            {
                // What ended the agent is the one to report.
            }
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        ExecResult made = await _sandbox.ExecAsync(
            ExecRequest.Shell($"mkdir -p {Folder} && chmod -R a+rwX {Folder}") with
            { User = "0", WorkingDirectory = "/", TimeLimit = _limit, RunsNoAgentCode = true },
            cancellationToken);
        if (!made.Succeeded)
            throw new SandboxException(SandboxFault.Engine, string.Create(CultureInfo.InvariantCulture,
                $"The agent's home {Folder} could not be made ({made.Outcome}, exit code {made.ExitCode}): {made.Stderr.Text.Trim()}"));
    }
}
