using System.IO.Compression;
using System.Text;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>A command-line agent in real containers without a network, its model behind the gateway.</summary>
[Slow]
public sealed class DefinedAgentTests : IAsyncDisposable
{
    private const string Key = "sk-planted-0123456789-abcdefghij";
    private const string KeyVariable = "TANDEM_TESTS_PLANTED_KEY";

    private readonly RunsFixture _runs = new();
    private FakeModelServer? _model;

    public DefinedAgentTests() => Environment.SetEnvironmentVariable(KeyVariable, Key);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _runs.DisposeAsync();
        if (_model is not null)
            await _model.DisposeAsync();
    }

    [Fact]
    public async Task Two_agents_work_and_write_to_each_other_without_a_network()
    {
        RunRecord record = await RunAsync(RunsFixture.Comm, ScriptedAgent.Kind(), FakeScript.Default);

        record.Agents.Should().OnlyContain(agent => agent.Status == AgentStatus.Submitted && agent.Steps == 6 && agent.ModelCalls == 6
            && agent.Tokens!.Input > 0 && agent.Cost > 0 && agent.MessageCalls == 2 && agent.PatchBytes > 0, record.Error?.Message);
        record.Agents.Select(agent => agent.Gateway!).Should().OnlyContain(gateway => gateway.Definition == "scripted"
            && gateway.Delivery == "tool" && gateway.Restarts == 0 && gateway.Refusals == 0);
        record.Messages.Should().HaveCount(2).And.OnlyContain(message => message.DeliveredAt != null);
        _model!.Requests.Should().HaveCount(12).And.OnlyContain(request => request.Headers["Authorization"] == "Bearer " + Key);
        TrajectoryEvent[] events = [.. _runs.Trajectory(RunsFixture.Comm, 1)];
        events.Where(e => e is { Kind: "command", AgentId: "agent1" }).Select(e => e.Text!).First().Should().Be("ls");
        events.Should().NotContain(e => e.Kind == "message_refused");
    }

    [Fact]
    [Long]
    public async Task The_key_is_nowhere_and_the_relay_is_all_there_is()
    {
        const string Scan = """
            python3 - <<'END'
            import socket
            found = []
            for port in range(1, 65536):
                s = socket.socket()
                s.settimeout(0.2)
                # A socket can meet itself.
                if s.connect_ex(("127.0.0.1", port)) == 0 and s.getsockname() != s.getpeername():
                    found.append(port)
                s.close()
            print("open:", found)
            for host in ("10.0.0.1", "172.17.0.1", "1.1.1.1"):
                try:
                    socket.create_connection((host, 80), 1)
                    print("reached", host)
                except OSError as error:
                    print("no", host)
            END
            """;
        string[] commands =
        [
            Scan, "cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'", "env", "cat \"$HOME\"/settings.json",
            "grep -rls sk-planted / --include='*' --exclude-dir=proc --exclude-dir=sys 2>/dev/null; echo searched",
        ];
        RunRecord record = await RunAsync(RunsFixture.Solo, ScriptedAgent.Kind(), request => request.Turn < commands.Length
            ? FakeAnswer.Runs(commands[request.Turn]) : new FakeAnswer.Says("Done."));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        string[] outputs = [.. _runs.Trajectory(RunsFixture.Solo, 1).Where(e => e.Kind == "command").Select(e => e.Output!)];
        outputs[0].Should().Contain("open: [8765]").And.NotContain("reached");
        outputs[4].Trim().Should().Be("searched");
        foreach (string file in Directory.EnumerateFiles(_runs.Store, "*", SearchOption.AllDirectories))
            Encoding.Latin1.GetString(Contents(file)).Should().NotContain(Key, file);
    }

    [Fact, Long]
    public async Task A_limit_of_steps_ends_it_and_its_patch_is_graded()
    {
        _runs.Configuration = _runs.Configuration with { Limits = _runs.Configuration.Limits with { Steps = 3 } };

        RunRecord record = await RunAsync(RunsFixture.Solo, ScriptedAgent.Kind(isStubborn: true),
            request => FakeAnswer.Runs($"echo {request.Turn} >> made.txt"));

        record.Agents[0].Should().BeEquivalentTo(new { Status = AgentStatus.LimitsExceeded, Limit = "steps", Steps = 3, ModelCalls = 3 });
        record.Agents[0].ApplyStatus.Should().Be(ApplyStatus.Applied);
        _model!.Requests.Should().HaveCount(3);
        record.Agents[0].Seconds.Should().BeLessThan(120, "an agent that does not end by itself is ended");
    }

    [Fact, Long]
    public async Task A_relay_that_the_agent_kills_comes_back()
    {
        const string Kill = """
            python3 - <<'END'
            import os, signal
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    line = open("/proc/%s/cmdline" % pid, "rb").read()
                except OSError:
                    continue
                if b"8765" in line and int(pid) != os.getpid() and b"agent.py" not in line:
                    os.kill(int(pid), signal.SIGKILL)
            END
            """;
        RunRecord record = await RunAsync(RunsFixture.Solo, ScriptedAgent.Kind(), request => request.Turn == 0
            ? FakeAnswer.Runs(Kill) : new FakeAnswer.Says("Done."));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Agents[0].Gateway!.Restarts.Should().BeGreaterThan(0);
    }

    [Theory]
    [InlineData("echo no word && exit 3", "ended with exit code 3 and never asked its model")]
    [InlineData("echo nothing to do", "never asked its model", Traits = ["Tier", "Long"])]
    [InlineData("/nonexistent/program", "never asked its model", Traits = ["Tier", "Long"])]
    public async Task A_program_that_does_not_work_is_the_agents_error(string command, string why)
    {
        RunRecord record = await RunAsync(RunsFixture.Solo, ScriptedAgent.Kind(command: command), FakeScript.Default);

        (record.AgentStatus, record.InfraError).Should().Be((AgentStatus.Error, false));
        record.Agents[0].Error.Should().Contain(why);
        _model!.Requests.Should().BeEmpty();
    }

    [Fact, Long]
    public async Task Messages_go_by_tools_of_the_gateway_as_they_go_by_commands()
    {
        RunRecord record = await RunAsync(RunsFixture.Comm, ScriptedAgent.Kind(MessageDelivery.Prompt), request =>
            (request.AgentId, request.Turn) switch
            {
                ("agent1", 0) => Mcp("send_message", """{"to": "agent2", "text": "I take the first half."}"""),
                ("agent1", 1) => Mcp("wait_for_message", """{"from": "agent2", "seconds": 40}"""),
                ("agent2", 0) => FakeAnswer.Runs("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.3; done"),
                ("agent2", 1) => Mcp("send_message", """{"to": "agent1", "text": "Then I take the other."}"""),
                ("agent2", 2) => Mcp("send_message", """{"to": "nobody", "text": "Hello?"}"""),
                _ => new FakeAnswer.Says("Done."),
            });

        record.Agents.Should().OnlyContain(agent => agent.Status == AgentStatus.Submitted && agent.Gateway!.Delivery == "prompt",
            record.Error?.Message);
        record.Messages.Select(message => (message.From, message.Message)).Should()
            .Equal(("agent1", "I take the first half."), ("agent2", "Then I take the other."));
        TrajectoryEvent[] events = [.. _runs.Trajectory(RunsFixture.Comm, 1)];
        events.Should().Contain(e => e.Kind == "message_received" && e.AgentId == "agent2", "its next prompt held it");
        events.Should().Contain(e => e.Kind == "message_read" && e.AgentId == "agent1", "it waited for it by a tool");
        events.Should().ContainSingle(e => e.Kind == "message_refused" && e.AgentId == "agent2");
        _model!.Requests.Where(request => request.AgentId == "agent2").Select(request => request.Body.ToJsonString())
            .Should().Contain(body => body.Contains("I take the first half."));
    }

    [Fact, Long]
    public async Task An_interrupted_agent_goes_on_where_it_was_and_nothing_is_paid_twice()
    {
        using var stop = new CancellationTokenSource();
        await FluentActions.Awaiting(() => RunAgainAsync(ScriptedAgent.Kind(), request =>
        {
            if (request.Turn == 2)
                stop.CancelAfter(TimeSpan.FromSeconds(1));
            return request.Turn < 2 ? FakeAnswer.Runs($"echo {request.Turn} >> made.txt")
                : new FakeAnswer.Stall(TimeSpan.FromSeconds(20), new FakeAnswer.Says("Too late."));
        }, stop)).Should().ThrowAsync<OperationCanceledException>();
        _runs.Stored(RunsFixture.Solo).Should().ContainSingle().Which.Interrupted.Should().BeTrue();
        await _model!.DisposeAsync();

        RunRecord record = ((CaseResult.Ran)await RunAgainAsync(ScriptedAgent.Kind(), request => request.Turn < 3
            ? FakeAnswer.Runs($"echo {request.Turn} >> made.txt") : new FakeAnswer.Says("Done."))).Record;

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        _model.Requests.Select(request => request.Turn).Should().Equal(2, 3);
        record.Agents[0].Should().BeEquivalentTo(new { Steps = 4, ModelCalls = 4, Cost = (decimal?)null },
            "nobody knows what the call had cost that was ended");
        Encoding.UTF8.GetString(_runs.Artifact(RunsFixture.Solo, record.Attempt, "solo.patch")!).Should().Contain("+0\n+1\n+2\n");
        _runs.Trajectory(RunsFixture.Solo, record.Attempt).Count(e => e.Kind == "response").Should().Be(4);
    }

    private static FakeAnswer.Says Mcp(string tool, string arguments) => new FakeAnswer.Says(null,
        [new FakeToolCall("mcp", $$"""{"name": "{{tool}}", "arguments": {{arguments}}}""")]);

    private async Task<RunRecord> RunAsync(CaseId caseId, AgentKind agent, Func<FakeRequest, FakeAnswer> script) =>
        ((CaseResult.Ran)await RunAgainAsync(agent, script, caseId: caseId)).Record;

    private async Task<CaseResult> RunAgainAsync(AgentKind agent, Func<FakeRequest, FakeAnswer> script,
        CancellationTokenSource? stop = null, CaseId? caseId = null)
    {
        ISandboxProvider engine = await DockerEngine.RequireOrSkip();
        _model = await FakeModelServer.StartAsync(script);
        _runs.Configuration = _runs.Configuration with
        {
            Agent = new AgentSettings { Kind = "scripted" },
            Model = new ModelSettings
            {
                Name = "gpt-5-mini",
                BaseUrl = _model.BaseUrl.ToString().TrimEnd('/'),
                KeyVariable = KeyVariable,
            },
            Limits = _runs.Configuration.Limits with { MaxCostUsd = new CostLimit(10) },
            Sandbox = _runs.Configuration.Sandbox with { AgentNetwork = SandboxNetwork.None },
        };
        return await _runs.RunAsync(caseId ?? RunsFixture.Solo, agent, AttemptReason.Due, _ => new WatchedProvider(engine),
            stop ?? CancellationTokenSource.CreateLinkedTokenSource(Stop));
    }

    private static byte[] Contents(string file)
    {
        if (!file.EndsWith(".gz", StringComparison.Ordinal))
            return File.ReadAllBytes(file);
        using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var all = new MemoryStream();
        packed.CopyTo(all);
        return all.ToArray();
    }
}
