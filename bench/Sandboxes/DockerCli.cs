using System.ComponentModel;
using System.Diagnostics;
using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Sandboxes;

/// <summary>The docker CLI, started as cheaply as .NET can: the harness's own door to child processes also marks and drains them, which is
/// not to be put on the CLI's account.</summary>
internal static class DockerCli
{
    /// <summary>The client's version; null if there is no such program.</summary>
    public static async Task<string?> VersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await RunAsync(["version", "--format", "{{.Client.Version}}"], cancellationToken)).Trim();
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Runs one command that must work.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="SandboxException">It did not work.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new SandboxException(SandboxFault.Engine,
            $"docker {string.Join(' ', arguments)} exited with {process.ExitCode}: {(await error).Trim()}");
    }
}
