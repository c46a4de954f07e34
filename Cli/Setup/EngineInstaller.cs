using Tandem.Harness.Processes;

namespace Tandem.Cli.Setup;

/// <summary>Installs the engine from the packages of Debian or Ubuntu, and nothing else.</summary>
internal static class EngineInstaller
{
    /// <summary>What is installed; the engine recommends iptables only, but its default network needs it.</summary>
    private static readonly string[] s_packages = ["docker.io", "iptables"];

    private static readonly TimeSpan s_updateLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_installLimit = TimeSpan.FromMinutes(5);

    /// <param name="onOutput">Called with what apt-get prints; null to keep it for the error only.</param>
    /// <param name="cancellationToken">Gives up; packages may then be half installed.</param>
    /// <returns>Null if dockerd is there now, else why not, with the end of apt-get's output.</returns>
    public static async Task<string?> InstallAsync(Action<bool, ReadOnlyMemory<byte>>? onOutput, CancellationToken cancellationToken)
    {
        // One broken list among several makes the update fail although the rest serves: the installation decides.
        ChildResult update = await RunAsync(["update"], s_updateLimit, onOutput, cancellationToken);
        ChildResult install = await RunAsync(["install", "-y", "--no-install-recommends", .. s_packages], s_installLimit, onOutput,
            cancellationToken);

        // The package starts its service, and where there is no service manager that may fail: what counts is that the program is there.
        if (HostPrograms.Has("dockerd"))
            return null;
        string why = install.Succeeded ? $"`{install.CommandLine}` succeeded, but there is no dockerd." : install.Describe();
        return update.Succeeded ? why : $"{why}\nBefore that, {update.Describe()}";
    }

    private static Task<ChildResult> RunAsync(string[] arguments, TimeSpan limit, Action<bool, ReadOnlyMemory<byte>>? onOutput,
        CancellationToken cancellationToken)
    {
        Dictionary<string, string> environment = HostPrograms.Environment();
        environment["DEBIAN_FRONTEND"] = "noninteractive";
        // Another apt may be at work, as on a machine that has just started.
        var command = new ChildCommand("apt-get", ["-o", "DPkg::Lock::Timeout=120", .. arguments])
        {
            Environment = environment,
            TimeLimit = limit,
            OnOutput = onOutput,
        };
        return ChildProcess.RunAsync(command, cancellationToken);
    }
}
