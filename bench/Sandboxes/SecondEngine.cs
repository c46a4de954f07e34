using System.Diagnostics;
using System.Globalization;
using Docker.DotNet.Models;
using Tandem.Bench.Measuring;
using Tandem.Cli.Setup;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Bench.Sandboxes;

/// <summary>
/// A second engine beside the host's, with folders and a socket of its own, and in a network namespace of its own: an engine takes the
/// host's <c>docker0</c> for its own, and removes it where its options are for no bridge. It takes some seconds and needs root.
/// </summary>
internal sealed class SecondEngine : IAsyncDisposable
{
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(20);

    private readonly EngineCpuGroups? _cpu;

    private SecondEngine(string folder, EngineCpuGroups? cpu)
    {
        Folder = folder;
        _cpu = cpu;
        Daemon = new EngineDaemon
        {
            Command =
            [
                .. cpu?.Launcher ?? [], "unshare", "--net", "--", "dockerd", .. cpu?.EngineOptions ?? [],
                "--data-root", DataFolder, "--exec-root", Path.Combine(folder, "exec"), "--pidfile", Path.Combine(folder, "docker.pid"),
                "--host", $"unix://{Socket}", "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
            ],
            PidFiles = [new PidFile(Path.Combine(folder, "docker.pid"), "dockerd"),
                new PidFile(Path.Combine(folder, "exec", "containerd", "containerd.pid"), "containerd")],
            LogFile = Path.Combine(folder, "dockerd.log"),
            IsService = false,
        };
    }

    public string Folder { get; }

    /// <summary>Where it keeps images and containers.</summary>
    public string DataFolder => Path.Combine(Folder, "data");

    public EngineDaemon Daemon { get; }

    public EnginePlaces Places => new([EngineEndpoint.Parse($"unix://{Socket}", "a second engine")], []);

    private string Socket => Path.Combine(Folder, "docker.sock");

    /// <summary>Why there can be none on this host; null if there can.</summary>
    public static string? WhyNot { get; } =
        OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && HostPrograms.Has("dockerd") && HostPrograms.Has("unshare")
            ? null
            : "It needs root, dockerd and unshare.";

    /// <summary>Prepares one, not started.</summary>
    /// <param name="cpu">The groups that count what it, its containerd and its containers use; null counts nothing.</param>
    public static SecondEngine Prepare(EngineCpuGroups? cpu = null) => new(Directory.CreateTempSubdirectory("tandem-d-").FullName, cpu);

    /// <summary>Gives it a disk of its own, so that it can be full without harm to others. Before the first start.</summary>
    /// <param name="size">As mount has it: <c>700m</c>.</param>
    public async Task BoundDiskAsync(string size)
    {
        Directory.CreateDirectory(DataFolder);
        (await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", DataFolder)).ThrowOnFailure();
    }

    /// <summary>Starts it; one that runs is only waited for.</summary>
    /// <returns>Null if it answers, else why not.</returns>
    public async Task<string?> StartAsync(CancellationToken cancellationToken)
    {
        string? whyNot = await Daemon.StartAsync(AnswersAsync, TimeProvider.System, cancellationToken);
        if (whyNot is null && Daemon.PidFiles[1].LivingPid() is int containerd)
            _cpu?.TakeContainerd(containerd);
        return whyNot;
    }

    /// <summary>Ends it and waits until it has ended.</summary>
    /// <param name="signal"><c>TERM</c> or <c>KILL</c>.</param>
    public async Task EndAsync(string signal)
    {
        if (Daemon.PidFiles[0].LivingPid() is int pid)
            await EndAsync(pid, signal);
    }

    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using EngineClient client = (await EngineNegotiation.ConnectAsync(Places, TimeProvider.System, cancellationToken)).Client;
            return true;
        }
        catch (SandboxException)
        {
            return false;
        }
    }

    /// <summary>Copies an image from another engine.</summary>
    public async Task CopyImageAsync(EngineClient from, string reference, CancellationToken cancellationToken)
    {
        using EngineClient to = (await EngineNegotiation.ConnectAsync(Places, TimeProvider.System, cancellationToken)).Client;
        var call = new EngineCall($"copying {reference}") { Limit = EngineCall.LongLimit };
        await using Stream saved =
            await from.CallAsync(call, (docker, token) => docker.Images.SaveImageAsync(reference, token), cancellationToken);
        var quietly = new ImageLoadParameters { Quiet = true };
        await to.SendAsync(call, (docker, token) =>
            docker.Images.LoadImageAsync(quietly, saved, new Progress<JSONMessage>(), token), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PidFile file in Daemon.PidFiles)
        {
            if (file.LivingPid() is int pid)
                await EndAsync(pid, "TERM");
        }
        // A killed engine leaves its data folder mounted on itself; what served its containers may hold it for a moment.
        long began = Stopwatch.GetTimestamp();
        while (Mounts() is { Count: > 0 } mounts && Stopwatch.GetElapsedTime(began) < s_endLimit)
        {
            foreach (string mount in mounts)
                await RunAsync("umount", mount);
            await Task.Delay(50, CancellationToken.None);
        }
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>What is mounted below its folder, the last first.</summary>
    private List<string> Mounts() => !File.Exists("/proc/mounts")
        ? []
        : [.. File.ReadLines("/proc/mounts").Select(line => line.Split(' ')[1])
        .Where(mount => mount.StartsWith(Folder, StringComparison.Ordinal)).Reverse()];

    private static async Task EndAsync(int pid, string signal)
    {
        await RunAsync("kill", $"-{signal}", pid.ToString(CultureInfo.InvariantCulture));
        long began = Stopwatch.GetTimestamp();
        while (HostProcess.NameOfLiving(pid) is not null && Stopwatch.GetElapsedTime(began) < s_endLimit)
            await Task.Delay(50, CancellationToken.None);
    }

    private static Task<ChildResult> RunAsync(string program, params string[] arguments) =>
        ChildProcess.RunAsync(new ChildCommand(program, arguments) { Environment = HostPrograms.Environment() }, CancellationToken.None);
}
