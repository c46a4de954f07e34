using System.Text;
using System.Text.Json;
using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Faults;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Whole cases of the shell agent in containers without a network, against a scripted model.</summary>
[Slow]
public sealed class ShellContainerTests(TinyTasks tiny) : FaultTests(tiny)
{
    private static readonly CaseId s_comm = CaseId.Parse("coop-comm/tiny_task/1/f1_f2/seed0");

    private static AgentKind Shell { get; } = AgentCatalog.Find("shell")!;

    [Theory(Timeout = BackstopMs)]
    [InlineData("solo")]
    [InlineData("coop-comm")]
    [InlineData("coop-nocomm")]
    public async Task It_solves_a_task_in_every_setting_without_a_network(string setting)
    {
        var caseId = CaseId.Parse($"{setting}/tiny_task/1/f1_f2/seed0");
        await using FakeModelServer server = await StartAsync(request => request.Turn switch
        {
            0 => FakeAnswer.Runs("ls /sys/class/net; command -v send_message read_messages; send_message > /dev/null 2>&1; echo $?"),
            1 => FakeAnswer.Runs(WorkOf(request)),
            _ => FakeAnswer.Submits,
        });

        RunRecord record = await Cases.RecordAsync(caseId, Shell);

        ShouldHavePassed(record);
        int agents = setting == "solo" ? 1 : 2;
        record.Should().BeEquivalentTo(new
        { Agent = "shell", Model = "fake", TotalCost = (decimal?)0, TotalSteps = 3 * agents, MessagesCount = 0 });
        record.Tokens!.Input.Should().BePositive();
        record.Agents.Should().HaveCount(agents).And.OnlyContain(agent => agent.ModelCalls == 3 && agent.Status == AgentStatus.Submitted
            && agent.PatchSource == PatchSource.WorkTree);
        foreach (TrajectoryEvent looked in Commands(caseId).Where(e => e.Step == 1))
        {
            looked.Output.Should().Be(setting == "coop-comm" ? "lo\n/tandem/commands/send_message\n/tandem/commands/read_messages\n2\n"
                : "lo\n127\n", "{0}", looked.AgentId);
        }
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Two_agents_talk_and_each_message_has_its_times_and_steps()
    {
        // Each waits for the other, so that every message meets the step that the test says.
        using var hasBegun = new ManualResetEventSlim();
        using var isInSecondStep = new ManualResetEventSlim();
        using var hasToldMore = new ManualResetEventSlim();
        await using FakeModelServer server = await StartAsync(request =>
        {
            if (request.AgentId == "agent2")
            {
                if (request.Turn == 0)
                    hasBegun.Set();
                if (request.Turn == 1)
                    isInSecondStep.Wait(TimeSpan.FromMinutes(1));
                if (request.Turn == 2)
                    hasToldMore.Set();
                return request.Turn switch
                {
                    0 => FakeAnswer.Runs("until read_messages | grep 'which line'; do sleep 0.1; done; printf 'line 1\\nof value.sh' | "
                        + "send_message agent1"),
                    1 => FakeAnswer.Runs("send_message agent1 'and I do list.txt'"),
                    2 => FakeAnswer.Runs(WorkOf(request)),
                    _ => FakeAnswer.Submits,
                };
            }
            if (request.Turn == 0)
                hasBegun.Wait(TimeSpan.FromMinutes(1));
            if (request.Turn == 1)
            {
                isInSecondStep.Set();
                hasToldMore.Wait(TimeSpan.FromMinutes(1));
            }
            return request.Turn switch
            {
                0 => FakeAnswer.Runs("send_message agent2 --wait 60 'which line?'"),
                1 => FakeAnswer.Runs(WorkOf(request)),
                _ => FakeAnswer.Submits,
            };
        });

        RunRecord record = await Cases.RecordAsync(s_comm, Shell);

        ShouldHavePassed(record);
        record.Messages.Select(m => (m.From, m.To, m.Message, m.FeatureId, m.SentStep, m.DeliveredStep, m.ReadAt is not null)).Should()
            .Equal(
            ("agent1", "agent2", "which line?", 1, 1, 1, true), ("agent2", "agent1", "line 1\nof value.sh", 2, 1, 1, true),
                ("agent2", "agent1", "and I do list.txt", 2, 2, 3, false));
        record.Messages.Should().OnlyContain(m => m.SentAt <= m.DeliveredAt && (m.ReadAt == null || m.ReadAt == m.DeliveredAt));
        record.Messages.Select(m => m.SentAt).Should().BeInAscendingOrder();
        StoreJson.Read<IReadOnlyList<MessageRecord>>(File.ReadAllBytes(Path.Combine(Folder(s_comm), StoreLayout.ConversationFile))).Should()
            .Equal(record.Messages);
        Commands(s_comm).First(e => e.AgentId == "agent1").Output.Should()
            .Be("sent to agent2\n[Message from agent2]\nline 1\nof value.sh\n");
        // What came between two steps is in the prompt, marked, once.
        string[] prompted = [.. server.Requests.Last(r => r.AgentId == "agent1").Messages.Where(m => (string?)m!["role"] == "user").Skip(1)
            .Select(m => (string)m!["content"]!)];
        prompted.Should().Equal("[Message from agent2]\nand I do list.txt");
        Events(s_comm).Select(e => e.Kind).Should().Contain(["message_sent", "message_received", "message_read"]);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("kill -9 -1; sleep 30", 137)]
    [InlineData("send_message agent2 before; kill -9 -1; sleep 30", 137)]
    [InlineData("send_message agent2 before; sleep 60", null)]
    [InlineData("pkill -9 sh; sleep 0.2; for p in /proc/[0-9]*; do kill -9 ${p#/proc/} 2>/dev/null; done; sleep 30", 137)]
    public async Task Whatever_kills_the_processes_of_its_sandbox_its_messages_go_on(string command, int? exitCode)
    {
        Cases.Settings = Cases.Settings with { Limits = Cases.Settings.Limits with { CommandSeconds = 5 } };
        // Messages are in capitals, so that they differ from the commands that look for them.
        const string Poll = "for i in 1 2 3 4 5 6 7 8 9 10; do read_messages | grep -i -e after -e 'got it' && break; sleep 0.1; done";
        await using FakeModelServer server = await StartAsync(request =>
        {
            string told = request.Messages.ToJsonString();
            if (request.AgentId == "agent1" && request.Turn < 2)
                return FakeAnswer.Runs(request.Turn == 0 ? command : "send_message agent2 AFTER && echo went");
            string awaited = request.AgentId == "agent1" ? "GOT IT" : "AFTER";
            return !told.Contains(awaited, StringComparison.Ordinal) && request.Turn < 40 ? FakeAnswer.Runs(Poll)
                : request.AgentId == "agent2" && !told.Contains("send_message agent1 GOT", StringComparison.Ordinal)
                ? FakeAnswer.Runs("send_message agent1 GOT IT")
                : !told.Contains("sed -i", StringComparison.Ordinal) ? FakeAnswer.Runs(WorkOf(request))
                : FakeAnswer.Submits;
        });

        RunRecord record = await Cases.RecordAsync(s_comm, Shell);

        ShouldHavePassed(record);
        TrajectoryEvent[] commands = [.. Commands(s_comm).Where(e => e.AgentId == "agent1")];
        if (!command.StartsWith("pkill", StringComparison.Ordinal))
            commands[0].ExitCode.Should().Be(exitCode);
        commands[1].Output.Should().Be("sent to agent2\nwent\n");
        record.Messages.Where(m => m.From == "agent1").Select(m => m.Message).Should()
            .Equal(command.Contains("before") ? ["before", "AFTER"] : ["AFTER"]);
        record.Messages.Should().OnlyContain(m => m.DeliveredAt != null);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("send_message agent2 --wait 60 'which line?'")]
    [InlineData("timeout 1 send_message agent2 --wait 60 'which line?'; true")]
    public async Task An_answer_that_its_waiting_command_did_not_live_to_see_is_in_the_next_prompt(string command)
    {
        Cases.Settings = Cases.Settings with { Limits = Cases.Settings.Limits with { CommandSeconds = 4 } };
        using var hasGivenUp = new ManualResetEventSlim();
        using var hasAnswered = new ManualResetEventSlim();
        await using FakeModelServer server = await StartAsync(request =>
        {
            if (request.AgentId == "agent2")
            {
                if (request.Turn == 0)
                    hasGivenUp.Wait(TimeSpan.FromMinutes(1));
                if (request.Turn == 1)
                    hasAnswered.Set();
                return request.Turn switch
                {
                    0 => FakeAnswer.Runs("send_message agent1 'line 1'"),
                    1 => FakeAnswer.Runs(WorkOf(request)),
                    _ =>
                FakeAnswer.Submits
                };
            }
            if (request.Turn == 1)
            {
                hasGivenUp.Set();
                hasAnswered.Wait(TimeSpan.FromMinutes(1));
            }
            return request.Turn switch { 0 => FakeAnswer.Runs(command), 1 => FakeAnswer.Runs(WorkOf(request)), _ => FakeAnswer.Submits };
        });

        RunRecord record = await Cases.RecordAsync(s_comm, Shell);

        ShouldHavePassed(record);
        record.Messages.Single(m => m.From == "agent2").Should()
            .BeEquivalentTo(new { Message = "line 1", DeliveredStep = 3, ReadAt = (DateTimeOffset?)null });
        server.Requests.Last(r => r.AgentId == "agent1").Messages.ToJsonString().Should().Contain("[Message from agent2]");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_planted_key_is_not_in_the_containers_nor_in_what_is_stored()
    {
        const string Key = "sk-planted-Gh62Jk73Lm84Np95Qr06";
        Environment.SetEnvironmentVariable("TANDEM_TEST_CONTAINER_KEY", Key);
        List<string> inspected = [];
        await using FakeModelServer server = await StartAsync(request =>
        {
            if (request.Turn == 1)
            {
                string[] seen = [.. Cases.Provider.Ids.SelectMany(Inspect)];
                lock (inspected)
                    inspected.AddRange(seen);
            }
            return request.Turn switch
            {
                0 => FakeAnswer.Runs("sleep 60 & env; cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'; grep -rl planted / "
                    + "--include='*' -s --exclude-dir=proc --exclude-dir=sys"),
                1 => FakeAnswer.Runs(WorkOf(request)),
                _ => FakeAnswer.Submits,
            };
        });
        Cases.Settings = Cases.Settings with { Model = Cases.Settings.Model with { KeyVariable = "TANDEM_TEST_CONTAINER_KEY" } };

        RunRecord record = await Cases.RecordAsync(s_comm, Shell);

        ShouldHavePassed(record);
        server.Requests.Should().OnlyContain(r => r.Headers["Authorization"] == "Bearer " + Key, "the model did get it");
        inspected.Should().HaveCountGreaterThan(4).And.Contain(text => text.Contains("TANDEM_TEST_MARK=")).And
            .NotContain(text => text.Contains(Key) || text.Contains("TANDEM_TEST_CONTAINER_KEY"));
        foreach (TrajectoryEvent seen in Commands(s_comm).Where(e => e.Step == 1))
            seen.Output.Should().Contain("TANDEM_TEST_MARK=").And.NotContain("TANDEM_TEST_CONTAINER_KEY").And.NotContain("[secret]");
        foreach (string file in Directory.EnumerateFiles(Cases.Layout.StoreFolder, "*", SearchOption.AllDirectories))
            (await File.ReadAllTextAsync(file, Token)).Should().NotContain(Key, file);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_planted_key_is_not_in_what_a_run_of_the_front_door_prints_and_stores()
    {
        const string Key = "sk-planted-Vb17Nm28Qw39Er40Ty51";
        string store = Directory.CreateTempSubdirectory("tandem-key-").FullName;
        try
        {
            await using FakeModelServer server = await FakeModelServer.StartAsync(FakeScript.Default);
            Dictionary<string, string> environment = ChildEnvironment.Usual("DOTNET_ROOT", "DOCKER_HOST");
            (environment["OPENAI_API_KEY"], environment["TANDEM__Model__BaseUrl"]) = (Key, server.BaseUrl.ToString());
            string program = Path.Combine(ProjectFolder.Find(), "Cli", "bin", "Debug", "net10.0", "Tandem.Cli.dll");
            ChildResult result = await ChildProcess.RunAsync(
                new ChildCommand("dotnet", [program, "run", "--agent", "shell", "--model", "fake", "--setting", "coop-comm", "--smoke", "1",
                    "--store", store, "--sandbox", "docker"])
                { Environment = environment, TimeLimit = TimeSpan.FromMinutes(3) }, Token);

            result.ExitCode.Should().Be(0, result.Stdout.Text + result.Stderr.Text);
            result.Stdout.Text.Should().MatchRegex(@"coop-comm\s+1\s+0\s+1\s+0\s+0\s+0\.00").And.NotContain(Key);
            result.Stderr.Text.Should().NotContain(Key);
            server.Requests.Should().NotBeEmpty().And.OnlyContain(r => r.Headers["Authorization"] == "Bearer " + Key);
            string[] files = [.. Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories)];
            files.Should().Contain(file => file.EndsWith(".trx")).And.Contain(file => file.EndsWith("conversation.json"));
            foreach (string file in files)
                (await File.ReadAllTextAsync(file, Token)).Should().NotContain(Key, file);
        }
        finally
        {
            Directory.Delete(store, recursive: true);
        }
    }

    private async Task<FakeModelServer> StartAsync(Func<FakeRequest, FakeAnswer> script)
    {
        FakeModelServer server = await FakeModelServer.StartAsync(script);
        Cases.Settings = Cases.Settings with
        {
            Agent = new AgentSettings { Kind = "shell" },
            Model = new ModelSettings { Name = "fake", BaseUrl = server.BaseUrl.ToString() },
        };
        return server;
    }

    /// <summary>The work on the feature of who asks.</summary>
    private static string WorkOf(FakeRequest request) => request.AgentId switch
    {
        "agent1" => FaultCases.Work.Split(';')[0],
        "agent2" => FaultCases.Work.Split(';')[1],
        _ => FaultCases.Work,
    };

    /// <summary>All that the engine tells of a container and of what was started in it.</summary>
    private List<string> Inspect(string id)
    {
        ContainerInspectResponse container = Engine.InspectContainerAsync(id, EngineCall.ShortLimit, CancellationToken.None)
            .GetAwaiter().GetResult();
        return [JsonSerializer.Serialize(container), .. (container.ExecIDs ?? []).SelectMany(InspectExec)];
    }

    /// <summary>What the engine says of a process; nothing if it has forgotten it since the list was made.</summary>
    private string[] InspectExec(string exec)
    {
        try
        {
            return [JsonSerializer.Serialize(Engine.InspectExecAsync(exec, CancellationToken.None).GetAwaiter().GetResult())];
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.Lost)
        {
            return [];
        }
    }

    private string Folder(CaseId caseId) => Cases.Layout.AttemptFolder(caseId, 1);

    private TrajectoryEvent[] Events(CaseId caseId) =>
        [.. File.ReadLines(Path.Combine(Folder(caseId), StoreLayout.TrajectoryFile))
            .Select(line => StoreJson.Read<TrajectoryEvent>(Encoding.UTF8.GetBytes(line)))];

    private TrajectoryEvent[] Commands(CaseId caseId) => [.. Events(caseId).Where(e => e.Kind == "command")];
}
