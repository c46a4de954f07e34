using System.Text;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The shell agent from its prompt to its record.</summary>
[Slow]
public sealed class ShellAgentTests
{
    [Fact]
    public async Task It_works_in_steps_and_its_record_says_what_they_took()
    {
        await using ShellCases cases = await ShellCases.StartAsync("ls", "printf 'made\\n' > made.txt; cat made.txt; exit 3");

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        {
            Agent = "shell",
            Model = "priced",
            Simulated = false,
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            BothPassed = false,
            TotalSteps = 3,
            TotalCost = 3 * ShellCases.Cost,
            Tokens = new TokenCounts(300, 30, 180, null)
        });
        record.Agents.Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { ModelCalls = 3, MalformedCalls = 0, PatchSource = PatchSource.WorkTree, Limit = (string?)null });
        record.Provenance.PromptDigest.Should().HaveLength(64);
        record.Provenance.PriceTableDigest.Should().HaveLength(64);
        Encoding.UTF8.GetString(cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!).Should().Contain("+made\n");
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Select(e => (e.Step, e.Kind)).Should().Equal(
            (0, "start"), (1, "prompt"), (1, "prompt"), (1, "response"), (1, "command"), (2, "response"), (2, "command"), (3, "response"),
                (3, "command"), (3, "end"));
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Where(e => e.Kind == "command").Select(e => (e.Text, e.ExitCode)).Should()
            .Equal(("ls", 0), ("printf 'made\\n' > made.txt; cat made.txt; exit 3", 3), (FakeAnswer.SubmitCommand, 0));
        FakeRequest last = cases.Server.Requests[^1];
        last.Messages.Select(m => (string?)m!["role"]).Should().Equal("system", "user", "assistant", "tool", "assistant", "tool");
        ((string?)last.Messages[^1]!["content"]).Should().Be("made\n[exit code 3]");
        ((string?)last.Messages[1]!["content"]).Should().Contain("You are solo").And.Contain("Feature 1").And.Contain("Feature 3");
    }

    [Fact]
    public async Task A_prompt_of_a_teammate_holds_its_own_feature_only()
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        await cases.RecordAsync(RunsFixture.Coop);

        string[] descriptions = [.. new[]
            { 1, 3 }.Select(id => File.ReadAllText(cases.Runs.TaskSet.Find("timespan_task", 14)!.Feature(id).DescriptionFile).Trim())];
        foreach (FakeRequest request in cases.Server.Requests)
        {
            int own = request.AgentId == "agent1" ? 0 : 1;
            request.Messages.ToJsonString().Should().NotContain("send_message");
            ((string?)request.Messages[1]!["content"]).Should().Contain(descriptions[own]).And.NotContain(descriptions[1 - own]);
        }
        cases.Server.Requests.Select(r => r.AgentId).Should().BeEquivalentTo("agent1", "agent2");
    }

    [Fact, Long]
    public async Task A_submission_file_is_the_patch_bytes_unchanged()
    {
        const string Patch = "diff --git a/new.txt b/new.txt\\nnew file mode 100644\\n--- /dev/null\\n+++ b/new.txt\\n@@ -0,0 +1 "
            + "@@\\n+dos\\r\\n\\\\ No newline at end of file";
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Turn == 0
            ? ShellCases.Says($"touch ignored-by-the-submission; printf '{Patch}' > {SubmissionFileOf(request)}")
            : ShellCases.Says(FakeAnswer.SubmitCommand));

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Agents[0].Should().BeEquivalentTo(new { PatchSource = PatchSource.Submission, ApplyStatus = ApplyStatus.Applied });
        Encoding.UTF8.GetString(cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!).Should()
            .EndWith("+dos\r\n\\ No newline at end of file");
    }

    [Theory]
    [InlineData("steps")]
    [InlineData("cost")]
    [InlineData("tokens", Traits = ["Tier", "Long"])]
    [InlineData("wall_clock", Traits = ["Tier", "Long"])]
    [InlineData("context")]
    public async Task Each_limit_ends_it_with_its_patch_taken(string limit)
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => limit switch
        {
            "context" when request.Turn == 2 =>
                new FakeAnswer.Status(400,
                Body: """{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}"""),
            "wall_clock" when request.Turn == 2 => ShellCases.Says("sleep 60"),
            _ => ShellCases.Says("echo more >> work.txt"),
        });
        cases.Configuration = cases.Configuration with
        {
            Limits = cases.Configuration.Limits with
            {
                Steps = limit == "steps" ? 3 : 50,
                CaseCostUsd = limit == "cost" ? 3 * ShellCases.Cost : 3,
                Tokens = limit == "tokens" ? 330 : null,
                AgentMinutes = limit == "wall_clock" ? 0.1 : 10,
            },
        };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { AgentStatus = AgentStatus.LimitsExceeded, InfraError = false, BothPassed = false, Error = (RunError?)null, TotalSteps = 3 });
        record.Agents[0].Limit.Should().Be(limit);
        Encoding.UTF8.GetString(cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!).Should().Contain("+more");
    }

    [Fact]
    public async Task A_conversation_that_the_endpoint_refuses_ends_its_agent_and_no_other_case()
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Turn == 1
            ? new FakeAnswer.Status(400, Body: """{ "error": { "message": "messages.2 is odd" } }""") : ShellCases.Says("echo more"));

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.LimitsExceeded, InfraError = false, Error = (RunError?)null });
        record.Agents[0].Limit.Should().Be("refused");
        record.Agents[0].Error.Should().Contain("messages.2 is odd");
    }

    [Fact]
    public async Task Answers_without_a_usable_call_are_answered_counted_and_paid()
    {
        FakeAnswer[] script =
        [
            new FakeAnswer.Says("I think about it.", Usage: ShellCases.Usage),
            new FakeAnswer.Says(null, [new FakeToolCall("python", "{}")], ShellCases.Usage),
            new FakeAnswer.Says(null, [new FakeToolCall("bash", "{\"command\": \"ls")], ShellCases.Usage, "length"),
            new FakeAnswer.Says(null, [new FakeToolCall("bash", "{\"cmd\": \"ls\"}")], ShellCases.Usage),
            new FakeAnswer.Says(null, [new FakeToolCall("bash", "[]"), FakeToolCall.Bash("echo usable")], ShellCases.Usage),
        ];
        await using ShellCases cases = await ShellCases
            .StartAsync(request => request.Turn < script.Length ? script[request.Turn] : ShellCases.Says(FakeAnswer.SubmitCommand));

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, TotalSteps = 6, TotalCost = 6 * ShellCases.Cost });
        record.Agents[0].Should().BeEquivalentTo(new { ModelCalls = 6, MalformedCalls = 4 });
        string[] told = [.. cases.Server.Requests[^1].Messages.Where(m => (string?)m!["role"] is "tool" or "user").Skip(1)
            .Select(m => (string?)m!["content"] ?? "")];
        told[0].Should().StartWith("Your answer held no call of the tool 'bash'");
        told[1].Should().StartWith("There is no tool 'python'");
        told[2].Should().StartWith("Your answer was cut off at its greatest length, in the middle of the arguments.");
        told[3].Should().StartWith("The arguments must be a JSON object with the member 'command'");
        told[4].Should().StartWith("The arguments must be a JSON object");
        told[5].Should().Be("usable\n[exit code 0]");
    }

    [Fact, Long]
    public async Task Long_output_is_shown_head_and_tail_and_a_long_history_is_compacted_while_the_trajectory_keeps_all()
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Turn < 9
            ? new FakeAnswer.Says(null, [FakeToolCall.Bash($"echo begin-{request.Turn}; seq 1 3000; echo end-{request.Turn}")])
            : ShellCases.Says(FakeAnswer.SubmitCommand));
        cases.Configuration = cases.Configuration with
        {
            Agent = cases.Configuration.Agent with { OutputCharacters = 4000 },
            Model = cases.Configuration.Model with { ContextTokens = 6000 },
        };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        string[] outputs = [.. cases.Server.Requests[^1].Messages.Where(m => (string?)m!["role"] == "tool")
            .Select(m => (string)m!["content"]!)];
        outputs.Should().HaveCount(9);
        outputs[0].Should().StartWith("[an output of ").And.EndWith("run the command again if you need it]");
        outputs[^1].Should().StartWith("begin-8\n1\n").And.Contain("characters left out").And.EndWith("end-8\n[exit code 0]");
        outputs[^1].Length.Should().BeLessThan(4200);
        IReadOnlyList<TrajectoryEvent> trajectory = cases.Runs.Trajectory(RunsFixture.Solo, 1);
        trajectory.Should().Contain(e => e.Kind == "compaction");
        trajectory.Where(e => e.Kind == "command").Take(9).Should().OnlyContain(e => e.Output!.Contains("\n1500\n"));
    }

    [Fact]
    public async Task Commands_see_no_variable_of_the_harness_and_nobody_waits_for_a_terminal()
    {
        await using ShellCases cases = await ShellCases.StartAsync("env", "read -r line; echo got $?", "tty");
        await cases.RecordAsync(RunsFixture.Solo);

        string[] outputs = [.. cases.Runs.Trajectory(RunsFixture.Solo, 1).Where(e => e.Kind == "command").Select(e => e.Output!)];
        outputs[0].Should().Contain("PAGER=cat").And.NotContain("TANDEM_TEST_KEY").And.NotContain("DOTNET_");
        outputs[1].Should().Be("got 1\n");
        outputs[2].Should().Be("not a tty\n");
    }

    [Fact]
    public async Task Prompts_of_ones_own_change_the_experiment_and_unknown_values_are_named()
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        string folder = Directory.CreateTempSubdirectory("tandem-prompts-").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(ProjectFolder.Find(), "prompts", "shell")))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            File.WriteAllText(Path.Combine(folder, "solo.md"), "You are solo. MY WORDS\n{{task}}\n");
            string before = ExperimentPlanner.Plan(cases.Configuration, cases.Runs.TaskSet, DateTimeOffset.UnixEpoch).SettingsHash;
            cases.Configuration = cases.Configuration with { Agent = cases.Configuration.Agent with { Prompts = folder } };
            ExperimentPlanner.Plan(cases.Configuration, cases.Runs.TaskSet, DateTimeOffset.UnixEpoch).SettingsHash.Should().NotBe(before);

            await cases.RecordAsync(RunsFixture.Solo);
            ((string?)cases.Server.Requests[0].Messages[1]!["content"]).Should().StartWith("You are solo. MY WORDS");

            File.WriteAllText(Path.Combine(folder, "solo.md"), "{{tsak}}");
            File.Delete(Path.Combine(folder, "system.md"));
            FluentActions.Invoking(() => ExperimentPlanner.Plan(cases.Configuration, cases.Runs.TaskSet, DateTimeOffset.UnixEpoch))
                .Should().Throw<SettingsException>().Which.Faults.Should().BeEquivalentTo(
                    "system.md: there is no such file.",
                    "solo.md: there is no value '{{tsak}}'; there are task, agent_id, peers, repo, submission_file, message_delivery, "
                        + "submit_word, command_seconds, output_characters.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string SubmissionFileOf(FakeRequest request)
    {
        string system = (string)request.Messages[0]!["content"]!;
        string line = system.Split('\n').Single(l => l.Contains("submission.patch", StringComparison.Ordinal));
        return line.Split(' ').Single(word => word.Contains("submission.patch", StringComparison.Ordinal)).TrimEnd('.');
    }
}
