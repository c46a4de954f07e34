using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Tests.Cases;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>The command-line agents that are shipped, in real containers without a network, against a scripted model.</summary>
[Slow]
public sealed class ShippedAgentTests : IAsyncDisposable
{
    private const string Model = "fake";
    private readonly RunsFixture _runs = new();
    private FakeModelServer? _model;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _runs.DisposeAsync();
        if (_model is not null)
            await _model.DisposeAsync();
    }

    [Theory, Long]
    [InlineData("claude-code")]
    [InlineData("codex")]
    [InlineData("gemini-cli")]
    [InlineData("opencode")]
    [InlineData("pi")]
    [InlineData("qwen-code")]
    public async Task Two_of_them_work_together_and_a_replay_comes_to_the_same(string name)
    {
        ISandboxProvider engine = await EngineWithAsync(name);
        RunRecord record = await RunAsync(engine, new AgentSettings { Kind = name });

        record.Agents.Should().OnlyContain(agent => agent.Status == AgentStatus.Submitted && agent.Steps >= 4 && agent.Cost == 0
            && agent.PatchBytes > 0 && agent.MessageCalls >= 2 && agent.Gateway!.Definition == name && agent.Gateway.Refusals == 0,
            record.Error?.Message);
        FakeRequest[] asked = [.. _model!.Requests];
        record.Agents.Sum(agent => agent.ModelCalls).Should().Be(asked.Length);
        record.Agents.Sum(agent => agent.Tokens!.Input).Should().Be(asked.Sum(request => request.Usage!.Input));
        record.Agents.Sum(agent => agent.Tokens!.Output).Should().Be(asked.Sum(request => request.Usage!.Output));
        record.Messages.Should().HaveCount(2).And.OnlyContain(message => message.DeliveredAt != null);
        string[] commands = [.. _runs.Trajectory(RunsFixture.Comm, 1).Where(e => e is { Kind: "command", AgentId: "agent1" })
            .Select(e => e.Text!)];
        commands.Should().StartWith(["ls", "git log --oneline -3"]).And.Contain(command => command.StartsWith("send_message agent2"))
            .And.Contain(command => command.Contains("> notes-agent1.txt"));
        byte[][] patches = [.. Patches()];

        string recording = Path.Combine(_runs.Store, _runs.Configuration.Name);
        _runs.Configuration = _runs.Configuration with { Name = "again" };
        RunRecord again = await RunAsync(engine, new AgentSettings { Kind = "replay", Recording = recording });

        _model!.Requests.Should().HaveCount(0);
        again.Agents.Should().OnlyContain(agent => agent.Status == AgentStatus.Submitted && agent.Cost == 0, again.Error?.Message);
        Patches().Should().BeEquivalentTo(patches, options => options.WithStrictOrdering());
    }

    private IEnumerable<byte[]> Patches() =>
        new[] { "agent1", "agent2" }.Select(agent => _runs.Artifact(RunsFixture.Comm, 1, agent + ".patch")!);

    private async Task<RunRecord> RunAsync(ISandboxProvider engine, AgentSettings agent)
    {
        if (_model is not null)
            await _model.DisposeAsync();
        _model = await FakeModelServer.StartAsync(FakeScript.Default);
        _runs.Configuration = _runs.Configuration with
        {
            Agent = agent,
            Model = new ModelSettings { Name = Model, BaseUrl = _model.BaseUrl.ToString().TrimEnd('/') },
            Sandbox = _runs.Configuration.Sandbox with { AgentNetwork = SandboxNetwork.None },
        };
        CaseResult result = await _runs.RunAsync(RunsFixture.Comm, AgentCatalog.Find(agent)!, AttemptReason.Due,
            _ => new WatchedProvider(engine), CancellationTokenSource.CreateLinkedTokenSource(Stop));
        return ((CaseResult.Ran)result).Record;
    }

    /// <summary>The programs come from a registry: a test makes none, and uses those that are there.</summary>
    private static async Task<ISandboxProvider> EngineWithAsync(string name)
    {
        DockerSandboxProvider engine = await DockerEngine.RequireOrSkip();
        AgentDefinition definition = AgentDefinitions.OfProject.Find(name);
        bool isMade = (await engine.Programs.ListAsync(Stop))
            .Any(own => own.Mark is not null && own.Volume.Digest == definition.RecipeDigest);
        Assert.SkipUnless(isMade || Environment.GetEnvironmentVariable("TANDEM_REQUIRE_AGENTS") == "1",
            $"The programs of {name} are not made: run `./run.sh agents build {name}` once.");
        return engine;
    }
}
