using FluentAssertions;
using Microsoft.AspNetCore.Http;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway.Relays;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Xunit;

namespace Tandem.Harness.Tests.Gateway.Relays;

/// <summary>Relays out of containers of a built-in task, which have no network.</summary>
public sealed class RelayEngineTests : DockerTestBase
{
    private const string Fetch =
        """
        import sys, time, urllib.request
        for attempt in range(100):
            try:
                print(urllib.request.urlopen("http://127.0.0.1:%s/%s" % (sys.argv[1], sys.argv[2]), timeout=20).read().decode())
                sys.exit()
            except OSError as error:
                time.sleep(0.1)
        sys.exit(str(error))
        """;

    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RelayedServer _server = null!;
    private SandboxImage _taskImage = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        TaskSet tasks = TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks"));
        _taskImage = await Provider.PrepareImageAsync(tasks.Tasks[0].Image, Token);
        _server = await RelayedServer.StartAsync(async context =>
        {
            if (context.Request.Path == "/wait")
            {
                context.RequestAborted.Register(_aborted.SetResult);
                _arrived.SetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            await context.Response.WriteAsync($"{context.Features.Get<RelayOrigin>()!.Tag} was asked for {context.Request.Path}");
        });
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_request_arrives_from_a_sandbox_without_a_network()
    {
        await using ISandbox sandbox = await CreateOfTaskAsync();
        await using SandboxRelay relay = await OpenAsync(sandbox, "attempt 1");
        (relay.Program, relay.Port).Should().Be(("python3", SandboxRelay.UsualPort));
        ((DockerSandbox)sandbox).Life.MayHoldAgentCode.Should().BeFalse("no agent's code has run");
        (await FetchAsync(sandbox, relay, "hello")).Should().Be("attempt 1 was asked for /hello\n");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Perl_carries_it_where_the_image_has_nothing_else()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "rm -f $(command -v python3 node)");
        await using SandboxRelay relay = await OpenAsync(sandbox, "perl");
        relay.Program.Should().Be("perl");
        const string Script =
            "my $s = IO::Socket::INET->new('127.0.0.1:8765') or die $!; print $s \"GET /hello HTTP/1.0\\r\\n\\r\\n\"; print <$s>";
        ExecResult result = await sandbox.ExecAsync(new ExecRequest { Command = ["perl", "-MIO::Socket::INET", "-e", Script] }, Token);
        result.Stdout.Text.Should().StartWith("HTTP/1.1 200 OK").And.EndWith("perl was asked for /hello");
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task From_inside_its_port_is_reached_and_nothing_else()
    {
        const string Scan =
            """
            import socket
            for port in range(1, 65536):
                with socket.socket() as one:
                    # A socket whose own port is the one that it asks for reaches itself.
                    if one.connect_ex(("127.0.0.1", port)) == 0 and one.getsockname()[1] != port:
                        print(port)
            for host in "172.17.0.1", "10.0.0.1", "192.168.0.1", "1.1.1.1":
                for port in 53, 80, 443, 2375, 8765:
                    with socket.socket() as one:
                        one.settimeout(1)
                        if one.connect_ex((host, port)) == 0:
                            print(host, port)
            """;
        await using ISandbox sandbox = await CreateOfTaskAsync();
        await using SandboxRelay relay = await OpenAsync(sandbox, "scanned");
        (await PythonAsync(sandbox, Scan)).Should().Be($"{relay.Port}\n");
        relay.Restarts.Should().Be(0);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_program_that_is_killed_from_inside_is_started_again_on_its_port()
    {
        const string Kill =
            """
            import os, signal
            for pid in filter(str.isdigit, os.listdir("/proc")):
                with open("/proc/%s/cmdline" % pid, "rb") as file:
                    if b"Carries " + b"TCP" in file.read():
                        os.kill(int(pid), signal.SIGKILL)
                        print("killed")
            """;
        await using ISandbox sandbox = await CreateOfTaskAsync();
        await using SandboxRelay relay = await OpenAsync(sandbox, "victim");
        (await PythonAsync(sandbox, Kill)).Should().Be("killed\n");
        (await FetchAsync(sandbox, relay, "again")).Should().Be("victim was asked for /again\n");
        (relay.Restarts, relay.Port, relay.WhyEnded).Should().Be((1, SandboxRelay.UsualPort, null));
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(true)]
    [InlineData(false, Traits = ["Tier", "Long"])]
    public async Task It_comes_back_after_all_processes_were_killed(bool fromInside)
    {
        await using ISandbox sandbox = await CreateOfTaskAsync();
        await using SandboxRelay relay = await OpenAsync(sandbox, "victim");
        if (fromInside)
            await sandbox.ExecAsync(ExecRequest.Shell("kill -9 -1; sleep 50"), Token);
        else
            await sandbox.ResetProcessesAsync(Token);
        (await FetchAsync(sandbox, relay, "again")).Should().Be("victim was asked for /again\n");
        relay.Restarts.Should().BeInRange(1, 10);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_end_of_the_sandbox_ends_its_relay_and_the_requests_in_it()
    {
        ISandbox sandbox = await CreateOfTaskAsync();
        await using SandboxRelay relay = await OpenAsync(sandbox, "mortal");
        Task<ExecResult> waiting = sandbox.ExecAsync(
            new ExecRequest { Command = ["python3", "-c", Fetch, $"{relay.Port}", "wait"] }, Token);
        await _arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);

        await sandbox.DisposeAsync();
        await _aborted.Task.WaitAsync(TimeSpan.FromSeconds(5), Token);
        for (int look = 0; relay.WhyEnded is null && look < 100; look++)
            await Task.Delay(50, Token);
        relay.WhyEnded.Should().Contain("is lost: it has been removed");
        relay.Restarts.Should().BeLessThanOrEqualTo(1);
        (await waiting).Outcome.Should().Be(ExecOutcome.SandboxLost);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_relay_that_is_closed_leaves_no_process_behind()
    {
        await using ISandbox sandbox = await CreateOfTaskAsync();
        SandboxRelay relay = await OpenAsync(sandbox, "gone");
        await relay.DisposeAsync();
        await PrintAsync(sandbox,
            "for try in $(seq 50); do grep -lsE 'C[a]rries TCP' /proc/[0-9]*/cmdline || exit 0; sleep 0.1; done; exit 1");
    }

    private Task<ISandbox> CreateOfTaskAsync() => CreateAsync(spec => spec with { Image = _taskImage });

    private Task<SandboxRelay> OpenAsync(ISandbox sandbox, string tag) =>
        SandboxRelay.OpenAsync(sandbox, _server.Http, tag, [], TimeProvider.System, Token);

    private static async Task<string> PythonAsync(ISandbox sandbox, string script, params string[] arguments)
    {
        ExecResult result = await sandbox.ExecAsync(new ExecRequest { Command = ["python3", "-c", script, .. arguments] }, Token);
        result.Succeeded.Should().BeTrue("{0} {1} {2}", result.Outcome, result.Detail, result.Stderr.Text);
        return result.Stdout.Text;
    }

    private static Task<string> FetchAsync(ISandbox sandbox, SandboxRelay relay, string path) =>
        PythonAsync(sandbox, Fetch, $"{relay.Port}", path);
}
