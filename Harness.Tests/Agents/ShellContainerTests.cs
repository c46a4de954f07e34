using System.Text.Json;
using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The shell agent solves tasks in containers, and keys stay outside.</summary>
[Slow]
[Long]
public sealed class ShellContainerTests(TinyTasks tiny) : ShellContainerCases(tiny)
{
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
        Cases.Configuration = Cases.Configuration with
        { Model = Cases.Configuration.Model with { KeyVariable = "TANDEM_TEST_CONTAINER_KEY" } };

        RunRecord record = await Cases.RecordAsync(Comm, Shell);

        ShouldHavePassed(record);
        server.Requests.Should().OnlyContain(r => r.Headers["Authorization"] == "Bearer " + Key, "the model did get it");
        inspected.Should().HaveCountGreaterThan(4).And.Contain(text => text.Contains("TANDEM_TEST_MARK=")).And
            .NotContain(text => text.Contains(Key) || text.Contains("TANDEM_TEST_CONTAINER_KEY"));
        foreach (TrajectoryEvent seen in Commands(Comm).Where(e => e.Step == 1))
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
                { Environment = environment, TimeLimit = TimeSpan.FromMinutes(10) }, Token);

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

    /// <summary>All that the engine says of a container and of what was started in it.</summary>
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
}
