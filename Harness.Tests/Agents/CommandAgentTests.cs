using System.Globalization;
using System.Text;
using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Runs;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The command agent from its template to its record.</summary>
public sealed class CommandAgentTests : IAsyncDisposable
{
    private const string WritesUsage =
        "printf '{\"cost_usd\": 0.25, \"input_tokens\": 1000, \"output_tokens\": 50, \"cache_read_tokens\": 800}' > {usage_file}";

    private readonly RunsFixture _runs = new();

    public CommandAgentTests() => _runs.Settings = _runs.Settings with
    {
        Model = new ModelSettings { Name = "it's a \"model\" $HOME `id`" },
        Limits = _runs.Settings.Limits with { MaxCostUsd = new CostLimit(null) },
        Run = _runs.Settings.Run with { Attempts = 1 },
    };

    private static AgentKind Command { get; } = AgentCatalog.Find("command")!;

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

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
            TotalSteps = 1,
            TotalCost = (decimal?)null,
            Tokens = (TokenCounts?)null
        });
        record.Provenance.PromptDigest.Should().HaveLength(64);
        TrajectoryEvent[] events = [.. _runs.Trajectory(RunsFixture.Solo, 1)];
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
    [InlineData(4, AgentStatus.Submitted)]
    public async Task Exit_codes_mean_what_the_settings_say(int code, AgentStatus expected)
    {
        Run($"echo work > work.txt; echo 'what it says last'; exit {code}", c => c with
        { ExitCodes = new Dictionary<string, AgentStatus> { ["3"] = AgentStatus.LimitsExceeded, ["4"] = AgentStatus.Submitted } });

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
    public async Task A_crash_that_left_nothing_has_failed_without_an_evaluation()
    {
        Run("echo boom >&2; exit 3");

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Error, InfraError = false, BothPassed = false });
        record.Tests.Should().OnlyContain(test => test.Reason == TestFailureReason.NoPatch);
        record.Error!.Message.Should().Be("solo: The command ended with exit code 3: boom");
    }

    [Fact]
    public async Task The_time_limit_ends_it_with_patch_output_and_cost()
    {
        Run(WritesUsage + "; echo work > work.txt; echo so far; sleep 60");
        _runs.Settings = _runs.Settings with { Limits = _runs.Settings.Limits with { AgentMinutes = 0.05, CommandSeconds = 1 } };

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { AgentStatus = AgentStatus.LimitsExceeded, InfraError = false, BothPassed = false, TotalCost = 0.25m });
        record.Agents[0].Limit.Should().Be("wall_clock");
        record.Agents[0].Seconds.Should().BeGreaterThan(2, "the limit of one command is not this agent's");
        Patch().Should().Contain("+work");
        _runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "command").Output.Should().Be("so far\n");
    }

    [Fact]
    public async Task What_is_stopped_from_outside_has_an_unknown_cost_and_not_none()
    {
        Run("touch begun; sleep 60");
        using var stop = new CancellationTokenSource();
        Task<CaseResult> running = _runs.RunAsync(RunsFixture.Solo, Command, stop: stop);
        while (!_runs.SandboxesLeft().Any(folder => Directory.EnumerateFiles(folder, "begun", SearchOption.AllDirectories).Any()))
            await Task.Delay(50, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();

        await _runs.CloseAsync();
        RunRecord record = _runs.Stored(RunsFixture.Solo).Single();
        record.Should().BeEquivalentTo(new { Interrupted = true, TotalCost = (decimal?)null, TotalSteps = 1 });
        Budget.SpentOn([record], 3).Should().Be(3);
    }

    [Theory]
    [InlineData(WritesUsage, 0.25, 1000L, 800L)]
    [InlineData("echo '{\"cost_usd\": null, \"input_tokens\": 7, \"output_tokens\": 3}' > {usage_file}", null, 7L, null)]
    [InlineData("echo '{\"cost_usd\": 0.1}' > {usage_file}", 0.1, null, null)]
    [InlineData("true", null, null, null)]
    [InlineData("echo 'not json' > {usage_file}", null, null, null)]
    [InlineData("echo '[1]' > {usage_file}", null, null, null)]
    [InlineData("echo '{\"cost_usd\": -1}' > {usage_file}", null, null, null)]
    [InlineData("echo '{\"cost_usd\": \"much\"}' > {usage_file}", null, null, null)]
    [InlineData("echo '{\"cost_usd\": 1e999}' > {usage_file}", null, null, null)]
    [InlineData("echo '{\"cost_usd\": 1, \"input_tokens\": 1e25, \"output_tokens\": 1}' > {usage_file}", null, null, null)]
    [InlineData("mkdir {usage_file}", null, null, null)]
    [InlineData("head -c 70000 /dev/zero > {usage_file}", null, null, null)]
    [InlineData("ln -s /etc/passwd {usage_file}", null, null, null)]
    public async Task Cost_and_tokens_are_what_its_usage_file_says_and_else_unknown(string command, double? cost,
        long? input, long? cacheRead)
    {
        Run(command);

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, InfraError = false, TotalCost = (decimal?)cost }, "{0}",
            record.Error?.Message);
        (record.Tokens?.Input, record.Tokens?.CacheRead).Should().Be((input, cacheRead));
        _runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "response").Text.Should()
            .Contain(cost is not null || input is not null ? "as the command's usage file says" : "unknown");
    }

    [Fact]
    public async Task An_unknown_cost_counts_as_the_most_that_it_may_have_been()
    {
        Run("true");
        _runs.Settings = _runs.Settings with { Limits = _runs.Settings.Limits with { CaseCostUsd = 2, MaxCostUsd = new CostLimit(3) } };

        await RecordAsync(RunsFixture.Solo);
        CaseResult next = await _runs.RunAsync(RunsFixture.Coop, Command);

        next.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Contain("2.00 of 3.00 USD are spent");
    }

    [Fact]
    public async Task Without_a_budget_it_is_not_started()
    {
        Run("true");
        _runs.Settings = _runs.Settings with { Limits = _runs.Settings.Limits with { MaxCostUsd = null } };

        (await _runs.RunAsync(RunsFixture.Solo, Command)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Contain("limits.max_cost_usd");
    }

    [Fact]
    public async Task Only_the_variables_that_are_named_get_in_and_a_key_is_nowhere_in_the_store()
    {
        const string Key = "hf-planted-Pq83Ws72Ed61Rf50Tg49";
        Environment.SetEnvironmentVariable("TANDEM_TEST_COMMAND_KEY", Key);
        Environment.SetEnvironmentVariable("TANDEM_TEST_OTHER_KEY", "hf-planted-other-Zz11Yy22Xx33");
        // It prints the key, also across the place where an error's text is cut, sends it to its teammate, and fails.
        Run(
            "env; send_message {peers} \"my key is $TANDEM_TEST_COMMAND_KEY\"; printf %s \"$TANDEM_TEST_COMMAND_KEY\" | base64; echo \"{\\\"cost_usd\\\": \\\"$TANDEM_TEST_COMMAND_KEY\\\"}\" > {usage_file}; "
                + "printf '%s%0490d' \"$TANDEM_TEST_COMMAND_KEY\" 0; exit 9",
            c => c with { Keys = ["TANDEM_TEST_COMMAND_KEY", "TANDEM_TEST_COMMAND_KEY"] });
        _runs.Settings = _runs.Settings with { Sandbox = _runs.Settings.Sandbox with { AgentNetwork = SandboxNetwork.Bridge } };

        RunRecord record = await RecordAsync(RunsFixture.Comm);

        record.Agents.Should().OnlyContain(agent => agent.Status == AgentStatus.Error && agent.Error!.Contains("exit code 9"));
        record.MessagesCount.Should().BePositive();
        string output = _runs.Trajectory(RunsFixture.Comm, 1).First(e => e.Kind == "command").Output!;
        output.Should().Contain("TANDEM_TEST_COMMAND_KEY=[secret]").And.NotContain("TANDEM_TEST_OTHER_KEY").And.NotContain("DOTNET_");
        await _runs.CloseAsync();
        foreach (string file in Directory.EnumerateFiles(_runs.Store, "*", SearchOption.AllDirectories))
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Should().NotContain(Key, file).And
                .NotContain(Key[^8..], file).And.NotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(Key)), file);
    }

    [Fact]
    public async Task A_key_that_is_not_set_skips_the_case_with_what_to_set()
    {
        Run("true", c => c with { Keys = ["TANDEM_TEST_UNSET_KEY"] });
        _runs.Settings = _runs.Settings with { Sandbox = _runs.Settings.Sandbox with { AgentNetwork = SandboxNetwork.Bridge } };

        (await _runs.RunAsync(RunsFixture.Solo, Command)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Be("agent.command.keys names TANDEM_TEST_UNSET_KEY, which is not set: put the key into that variable");
    }

    [Fact]
    public async Task A_key_without_a_network_is_refused()
    {
        Environment.SetEnvironmentVariable("TANDEM_TEST_NO_NETWORK_KEY", "hf-planted-Ab12Cd34Ef56");
        Run("true", c => c with { Keys = ["TANDEM_TEST_NO_NETWORK_KEY"] });

        (await _runs.RunAsync(RunsFixture.Solo, Command)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Contain("set sandbox.agent_network to bridge");
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
                    while (!File.Exists(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Comm, 1), "trajectory.jsonl"))
                        || !_runs.Trajectory(RunsFixture.Comm, 1).Any(e => e.Kind == "message_sent"))
                        await Task.Delay(20, token);
                }
            }),
        };

        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, secondIsLate);

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Messages.Select(m => (m.From, m.Message, m.SentStep, m.DeliveredStep)).Should()
            .Equal(("agent1", "I write a.txt", 1, 1), ("agent2", "and I b.txt", 1, 1));
        TrajectoryEvent[] commands = [.. _runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Kind == "command")];
        commands.Single(e => e.AgentId == "agent2").Output.Should().Contain("You are agent2").And.Contain("read_messages").And
            .Contain("[Message from agent1]\nI write a.txt\n");
        commands.Single(e => e.AgentId == "agent1").Output.Should().Be("sent to agent2\n[Message from agent2]\nand I b.txt\n");
    }

    [Theory]
    [InlineData("agent {task}", "[]", "{}",
        "agent.command.run: there is no value {task}; there are task_file, model, case, agent_id, peers, seed, submission_file, usage_file.")]
    [InlineData("  ", "[]", "{}", "agent.command.run: the command agent needs a command, for example \"my-agent --task {task_file}\".")]
    [InlineData("agent", "[]", "{ \"256\": \"Error\" }",
        "agent.command.exit_codes.256: a code is 0 to 255, and means Submitted, LimitsExceeded or Error.")]
    [InlineData("agent", "[]", "{ \"007\": \"Error\" }",
        "agent.command.exit_codes.007: a code is 0 to 255, and means Submitted, LimitsExceeded or Error.")]
    [InlineData("agent", "[]", "{ \"1\": \"Unknown\" }",
        "agent.command.exit_codes.1: a code is 0 to 255, and means Submitted, LimitsExceeded or Error.")]
    [InlineData("agent", "[\"hf_Ab12Cd34Ef56Gh78Ij90Kl12\"]", "{}",
        "agent.command.keys: one of them is not the name of a variable (it is not shown here); the keys themselves never stand in an "
        + "experiment.")]
    [InlineData("agent", "[\"sk-1234\"]", "{}",
        "agent.command.keys: one of them is not the name of a variable (it is not shown here); the keys themselves never stand in an "
        + "experiment.")]
    [InlineData("KEY=sk-Ab12Cd34Ef56Gh78Ij90Kl12 agent", "[]", "{}",
        "agent.command.run: it seems to hold a key (it is not shown here), which would be written into the store. Name the variable that "
        + "holds it in agent.command.keys; the command finds it in its environment.")]
    public void Faults_of_its_settings_are_told_and_no_key_is_shown(string run, string keys, string codes, string fault)
    {
        Read($$"""{ "kind": "command", "command": { "run": "{{run}}", "keys": {{keys}}, "exit_codes": {{codes}} } }""")
            .Should().Throw<SettingsException>().Which.Faults.Should().Equal(fault);
    }

    [Fact]
    public void Its_settings_can_be_overridden_by_variables()
    {
        ExperimentSettings settings = Read("""{ "kind": "command" }""", new Dictionary<string, string>
        {
            ["TANDEM__Agent__Command__Run"] = "awk '{ print }' {task_file} ${x}",
            ["TANDEM__Agent__Command__Keys"] = "ONE_KEY,OTHER_KEY",
            ["TANDEM__Agent__Command__ExitCodes__2"] = "LimitsExceeded",
        })();

        settings.Agent.Command.Should().BeEquivalentTo(new CommandSettings
        {
            Run = "awk '{ print }' {task_file} ${x}",
            Keys = ["ONE_KEY", "OTHER_KEY"],
            ExitCodes = new Dictionary<string, AgentStatus> { ["2"] = AgentStatus.LimitsExceeded },
        });
    }

    private static Func<ExperimentSettings> Read(string agent, Dictionary<string, string>? variables = null) => () =>
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $$"""{ "name": "x", "agent": {{agent}} }"""));
            return SettingsReader.Read(file, variables ?? []);
        }
        finally
        {
            File.Delete(file);
        }
    };

    private void Run(string command, Func<CommandSettings, CommandSettings>? with = null)
    {
        var settings = new CommandSettings { Run = command };
        _runs.Settings = _runs.Settings with
        { Agent = new AgentSettings { Kind = "command", Command = with?.Invoke(settings) ?? settings } };
    }

    private Task<RunRecord> RecordAsync(CaseId caseId) => _runs.RecordAsync(caseId, Command);

    private string Patch() => Encoding.UTF8.GetString(_runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!);

    private sealed class Late(Func<AgentContext, CancellationToken, Task> before) : IAgent
    {
        public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
        {
            await before(context, cancellationToken);
            return await Command.Create().RunAsync(context, cancellationToken);
        }
    }
}
