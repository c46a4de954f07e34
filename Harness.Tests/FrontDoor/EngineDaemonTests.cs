using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Tandem.Cli.Setup;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>
/// Starts a second engine beside the host's, with folders and a socket of its own, and in a network namespace of its own: an engine takes the host's <c>docker0</c> for its own, and removes it
/// if it is told to have no bridge. Only on demand: it takes some seconds and needs root.
/// </summary>
public sealed class EngineDaemonTests : IAsyncLifetime
{
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(20);

    private string _folder = "";
    private EngineDaemon _daemon = new();

    private string Socket => Path.Combine(_folder, "docker.sock");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TANDEM_TEST_DAEMON") == "1", "starts a second engine: TANDEM_TEST_DAEMON=1 asks for it");
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && HostPrograms.Has("dockerd") && HostPrograms.Has("unshare"), "needs root, dockerd and unshare");
        _folder = Directory.CreateTempSubdirectory("tandem-d-").FullName;
        _daemon = new EngineDaemon
        {
            Command =
            [
                "unshare", "--net", "--", "dockerd", "--data-root", Path.Combine(_folder, "data"), "--exec-root", Path.Combine(_folder, "exec"), "--pidfile", Path.Combine(_folder, "docker.pid"),
                "--host", $"unix://{Socket}", "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
            ],
            PidFiles = [new PidFile(Path.Combine(_folder, "docker.pid"), "dockerd"), new PidFile(Path.Combine(_folder, "exec", "containerd", "containerd.pid"), "containerd")],
            LogFile = Path.Combine(_folder, "dockerd.log"),
            IsService = false,
        };
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder.Length == 0)
            return;
        foreach (PidFile file in _daemon.PidFiles)
        {
            if (file.LivingPid() is int pid)
                await EndAsync(pid, "TERM");
        }
        // A killed engine leaves its data folder mounted on itself.
        foreach (string line in File.Exists("/proc/mounts") ? File.ReadLines("/proc/mounts").Reverse() : [])
        {
            if (line.Split(' ')[1] is var mount && mount.StartsWith(_folder, StringComparison.Ordinal))
                await RunAsync("umount", mount);
        }
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_is_started_outlives_a_second_start_and_comes_back_after_a_kill()
    {
        (await StartAsync()).Should().BeNull();
        int first = _daemon.PidFiles[0].LivingPid()!.Value;

        (await StartAsync()).Should().BeNull("one that runs is only waited for");
        _daemon.PidFiles[0].LivingPid().Should().Be(first);

        await EndAsync(first, "KILL");
        File.Exists(_daemon.PidFiles[0].Path).Should().BeTrue("a killed daemon leaves its pid file");
        (await AnswersAsync(Token)).Should().BeFalse();

        (await StartAsync()).Should().BeNull();
        _daemon.PidFiles[0].LivingPid().Should().NotBe(first).And.NotBeNull();
    }

    [Fact]
    public async Task One_that_ends_at_once_is_not_waited_for_and_its_log_says_why()
    {
        long began = Stopwatch.GetTimestamp();

        string? whyNot = await (_daemon with { Command = ["unshare", "--net", "--", "dockerd", "--no-such-option"] }).StartAsync(AnswersAsync, TimeProvider.System, Token);

        whyNot.Should().Contain("dockerd ended at once").And.Contain("--no-such-option");
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(20));
    }

    private Task<string?> StartAsync() => _daemon.StartAsync(AnswersAsync, TimeProvider.System, Token);

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var places = new EnginePlaces([EngineEndpoint.Parse($"unix://{Socket}", "the test")], []);
            using EngineClient client = await EngineNegotiation.ConnectAsync(places, TimeProvider.System, cancellationToken);
            return true;
        }
        catch (SandboxException)
        {
            return false;
        }
    }

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
