using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The command agent from its template to its record.</summary>
public sealed class CommandAgentTests : CommandAgentCases
{
    [Fact]
    public async Task Its_command_finds_the_task_and_its_values_each_as_one_word_and_its_work_is_the_patch()
    {
        Run("for word in {model} {case} {agent_id} {peers} {seed} {submission_file} {usage_file}; do echo \"<$word>\"; done; echo "
            + "${HOME:+home} { }; grep -c 'Feature [13]' {task_file}; echo made > made.txt");

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        {
            Agent = "command",
            Model = "it's a \"model\" $HOME `id`",
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            TotalSteps = (int?)null,
            TotalCost = (decimal?)null,
            Tokens = (TokenCounts?)null
        });
        record.Agents.Single().Should().BeEquivalentTo(
            new { Steps = (int?)null, ModelCalls = (int?)null, MalformedCalls = (int?)null, MessageCalls = (int?)null },
            "the harness saw one command, and nobody counted");
        record.Provenance.PromptDigest.Should().HaveLength(64);
        TrajectoryEvent[] events = [.. Runs.Trajectory(RunsFixture.Solo, 1)];
        events.Select(e => e.Kind).Should().Equal("start", "prompt", "command", "response", "end");
        string[] words = events[2].Output!.Split('\n');
        words[..5].Should().Equal("<it's a \"model\" $HOME `id`>", $"<{RunsFixture.Solo}>", "<solo>", "<>", "<0>");
        words[5].Should().EndWith("/submission.patch>");
        words[6].Should().EndWith("/usage.json>");
        words[8].Should().Be("2");
        events[1].Text.Should().Contain("You are solo").And.NotContain("tool, `bash`");
        Patch().Should().Contain("+made");
    }

    [Theory]
    [InlineData(0, AgentStatus.Submitted)]
    [InlineData(1, AgentStatus.Error)]
    [InlineData(3, AgentStatus.LimitsExceeded)]
    [InlineData(4, AgentStatus.Submitted, Traits = ["Tier", "Long"])]
    public async Task Exit_codes_mean_what_the_settings_say(int code, AgentStatus expected)
    {
        Run($"echo work > work.txt; echo 'what it says last'; exit {code}", c => c with
        { ExitCodes = new Dictionary<string, ExitMeaning> { ["3"] = ExitMeaning.LimitsExceeded, ["4"] = ExitMeaning.Submitted } });

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        // Whatever it left is evaluated: it crashed, but its patch is there.
        record.Should().BeEquivalentTo(new
        {
            AgentStatus = expected,
            InfraError = false,
            BothPassed = false,
            Feature1Passed = false,
            MergeOutcome = MergeOutcome.MergeClean
        });
        record.Agents[0].Limit.Should().Be(expected == AgentStatus.LimitsExceeded ? "its own" : null);
        record.Tests[0].Reason.Should().NotBe(TestFailureReason.NoPatch);
        if (expected == AgentStatus.Error)
            record.Error.Should().BeEquivalentTo(
                new RunError(ErrorClass.Agent, CasePhase.Agent, "solo: The command ended with exit code 1: what it says last"));
        Patch().Should().Contain("+work");
    }

    [Fact]
    public async Task An_exit_code_that_means_infrastructure_gives_no_verdict_and_is_tried_again()
    {
        Run("echo work > work.txt; echo 'connection refused'; exit 7", c => c with
        { ExitCodes = new Dictionary<string, ExitMeaning> { ["7"] = ExitMeaning.Infrastructure } });
        Runs.Configuration = Runs.Configuration with { Run = Runs.Configuration.Run with { Attempts = 2 } };

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { Attempt = 2, AgentStatus = AgentStatus.Error, InfraError = true, BothPassed = (bool?)null });
        record.Error.Should().BeEquivalentTo(new RunError(ErrorClass.ModelTransport, CasePhase.Agent,
            "The command ended with exit code 7, which agent.command.exit_codes calls a fault of the infrastructure: connection refused"));
        Runs.Status(RunsFixture.Solo).Should().Be(Tandem.Records.Store.RunStatus.Failed);
    }

    [Fact]
    public async Task A_crash_that_left_nothing_has_failed_without_an_evaluation()
    {
        Run("echo boom >&2; exit 3");

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Error, InfraError = false, BothPassed = false });
        record.Tests.Should().OnlyContain(test => test.Reason == TestFailureReason.NoPatch);
        record.Error!.Message.Should().Be("solo: The command ended with exit code 3: boom");
    }

    [Fact, Long]
    public async Task The_time_limit_ends_it_with_patch_output_and_cost()
    {
        Run(WritesUsage + "; echo work > work.txt; echo so far; sleep 60");
        Runs.Configuration = Runs.Configuration with
        { Limits = Runs.Configuration.Limits with { AgentMinutes = 0.05, CommandSeconds = 1 } };

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { AgentStatus = AgentStatus.LimitsExceeded, InfraError = false, BothPassed = false, TotalCost = 0.25m });
        record.Agents[0].Limit.Should().Be("wall_clock");
        record.Agents[0].Seconds.Should().BeGreaterThan(2, "the limit of one command is not this agent's");
        Patch().Should().Contain("+work");
        Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "command").Output.Should().Be("so far\n");
    }

    [Fact]
    public async Task It_writes_and_reads_messages_by_commands_and_finds_in_its_task_what_came_before_it_began()
    {
        Run("if [ {agent_id} = agent1 ]; then send_message {peers} 'I write a.txt' --wait 30; echo a > a.txt; else cat {task_file}; echo "
            + "b > b.txt; send_message {peers} 'and I b.txt'; fi");
        AgentKind secondIsLate = Command with
        {
            Create = () => new Late(async (context, token) =>
            {
                if (context.AgentId == "agent2")
                {
                    while (!File.Exists(Path.Combine(Runs.Layout.AttemptFolder(RunsFixture.Comm, 1), "trajectory.jsonl"))
                        || !Runs.Trajectory(RunsFixture.Comm, 1).Any(e => e.Kind == "message_sent"))
                        await Task.Delay(20, token);
                }
            }),
        };

        RunRecord record = await Runs.RecordAsync(RunsFixture.Comm, secondIsLate);

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Messages.Select(m => (m.From, m.Message, m.SentStep, m.DeliveredStep)).Should()
            .Equal(("agent1", "I write a.txt", 1, 1), ("agent2", "and I b.txt", 1, 1));
        TrajectoryEvent[] commands = [.. Runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Kind == "command")];
        commands.Single(e => e.AgentId == "agent2").Output.Should().Contain("You are agent2").And.Contain("read_messages").And
            .Contain("[Message from agent1]\nI write a.txt\n");
        commands.Single(e => e.AgentId == "agent1").Output.Should().Be("sent to agent2\n[Message from agent2]\nand I b.txt\n");
    }

    private sealed class Late(Func<AgentContext, CancellationToken, Task> before) : IAgent
    {
        public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
        {
            await before(context, cancellationToken);
            return await Command.Create().RunAsync(context, cancellationToken);
        }
    }
}
