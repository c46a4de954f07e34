using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The wrapper and the experiment that docs/command-agents.md shows do what the page says, with a program in the place of Codex
/// that prints as it does.</summary>
public sealed partial class CommandAgentDocsTests : CommandAgentCases
{
    private const string Completes = """
        cat > task.seen
        echo work > work.txt
        echo '{"type":"thread.started","thread_id":"t"}'
        echo '{"type":"item.completed","item":{"id":"0","type":"command_execution","exit_code":0}}'
        echo '{"type":"item.completed","item":{"id":"1","type":"agent_message","text":"Done."}}'
        echo '{"type":"turn.completed","usage":{"input_tokens":4000,"cached_input_tokens":3200,"output_tokens":200}}'
        """;

    private const string Fails = """
        echo '{"type":"error","message":"unexpected status 401 Unauthorized"}'
        echo '{"type":"turn.failed","error":{"message":"unexpected status 401 Unauthorized"}}'
        exit 1
        """;

    private static readonly string s_page = File.ReadAllText(Path.Combine(ProjectFolder.Find(), "docs", "command-agents.md"));

    [Fact]
    public async Task A_run_that_completes_is_priced_by_its_tokens_and_its_task_comes_by_standard_input()
    {
        Wrap(Completes);

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Submitted,
            TotalCost = ((800 * 0.25m) + (3200 * 0.025m) + (200 * 2m)) / 1_000_000,
            TotalSteps = 2,
            Tokens = new TokenCounts(4000, 200, 3200, null),
        }, record.Error?.Message);
        Patch().Should().Contain("+work").And.Contain("You are solo");
        Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "command").Output.Should().Contain("\"turn.completed\"");
    }

    [Fact]
    public async Task A_key_that_is_refused_is_no_result()
    {
        Wrap(Fails);

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { InfraError = true, BothPassed = (bool?)null });
        record.Error!.Message.Should().Contain("exit code 75").And.Contain("401 Unauthorized");
    }

    [Fact]
    public async Task At_the_time_limit_what_it_had_printed_is_there()
    {
        Wrap("echo '{\"type\":\"thread.started\"}'; sleep 60");
        Runs.Configuration = Runs.Configuration with { Limits = Runs.Configuration.Limits with { AgentMinutes = 2 / 60.0 } };

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Agents.Single().Limit.Should().Be("wall_clock");
        Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "command").Output.Should().Contain("thread.started");
    }

    private void Wrap(string codex)
    {
        string bin = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Runs.Store)!, "bin")).FullName;
        string experiment = Path.Combine(bin, "experiment.json");
        File.WriteAllText(experiment, Block("json").Replace("\"agent\":", "\"name\": \"codex\", \"agent\":", StringComparison.Ordinal));
        ExperimentConfiguration read = ConfigurationReader.Read(experiment, new Dictionary<string, string>());
        foreach ((string name, string text) in new[] { ("run-codex", Block("sh")), ("codex", "#!/bin/sh\n" + codex) })
        {
            string file = Path.Combine(bin, name);
            File.WriteAllText(file, text);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }
        Run($"PATH={bin}:$PATH; {read.Agent.Command!.Run}", settings => read.Agent.Command with { Run = settings.Run, Keys = [] });
        Runs.Configuration = Runs.Configuration with { Model = read.Model };
    }

    private static string Block(string language) => Blocks().Matches(s_page).First(m => m.Groups[1].Value == language).Groups[2].Value;

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
