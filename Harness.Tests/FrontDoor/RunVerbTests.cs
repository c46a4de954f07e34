using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Processes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What a run does, and what it prints.</summary>
public sealed class RunVerbTests : FrontDoorTests
{
    [Fact, Long]
    public async Task A_smoke_run_of_one_setting_leaves_exactly_its_records_and_a_second_one_runs_nothing()
    {
        ChildResult first = await RunAsync("--smoke", "3", "--setting", "solo");

        first.ExitCode.Should().Be(ExitCodes.Ok, first.Stdout.Text + first.Stderr.Text);
        IReadOnlyList<RunRecord> records = Records();
        records.Should().HaveCount(3).And.OnlyContain(r => r.Seed == 0 && r.Setting == Setting.Solo && r.BothPassed == true);
        first.Stdout.Text.Should().Contain("Sandboxes: plain processes on this host").And.Contain("PASS DATA-02").And
            .MatchRegex(@"TOTAL\s+3\s+3\s+0\s+0\s+0\s+0\.00");
        Match report = Regex.Match(first.Stdout.Text, "^report: (.+)$", RegexOptions.Multiline);
        File.ReadAllText(report.Groups[1].Value).Should().Contain("planned cases have a record so far", "a part of the plan was run");
        TrxNames().Should().BeEquivalentTo(records.Select(r => r.CaseId.ToString()));

        ChildResult second = await RunAsync("--smoke", "3", "--setting", "solo");
        second.ExitCode.Should().Be(ExitCodes.Ok);
        second.Stdout.Text.Should().Contain("nothing to run, all 3 selected cases are completed");
        Records().Should().HaveCount(3);
    }

    [Fact]
    public async Task A_dry_run_prints_one_case_id_per_line_and_touches_nothing()
    {
        ChildResult result = await RunAsync("--smoke", "2", "--dry-run");

        result.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(4).And
            .AllSatisfy(line => CaseId.Parse(line));
        Directory.Exists(Store).Should().BeFalse();
    }

    [Fact]
    public async Task A_store_on_a_file_system_that_does_not_lock_is_refused()
    {
        // The runtime's own switch: it then takes no locks, as on some network shares.
        ChildResult result = await ChildProcess.RunAsync(
            Command("--smoke", "1", "--setting", "solo") with { Environment = With(("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "1")) },
                TestContext.Current.CancellationToken);

        result.ExitCode.Should().Be(ExitCodes.HostLacks, result.Stdout.Text + result.Stderr.Text);
        result.Stderr.Text.Should().Contain("Nothing was started: the store cannot be used (locks do not hold in ").And
            .Contain("Fix: name a store on a local disk with --store.");
        Records().Should().BeEmpty();
    }

    [Theory]
    [InlineData("There is no task 99 in", "--task", "99")]
    [InlineData("There is no repository 'nope' in", "--repo", "nope")]
    [InlineData("There is no subset 'nope' in", "--subset", "nope")]
    [InlineData("--pair: '1' names 1 feature", "--pair", "1")]
    [InlineData("--setting duo: there is no such name; there are solo, coop-comm, coop-nocomm", "--setting", "duo")]
    [InlineData("--seed -1: a whole number from 0 is expected", "--seed=-1")]
    [InlineData("there is no agent 'genius'; there are simulated, shell, replay, command, oracle, nop", "--agent", "genius")]
    [InlineData("There is no task set at", "--tasks", "nowhere")]
    [InlineData("--smoke 0", "--smoke", "0")]
    public async Task Bad_input_is_one_clear_line_and_exit_code_2(string message, params string[] arguments)
    {
        // In this process, since nothing is started.
        using var error = new StringWriter();
        int code = await CommandLine.RunAsync(
            ["run", "--experiment", "oracle", "--sandbox", "process", "--store", Store, .. arguments], TextWriter.Null, error);

        code.Should().Be(ExitCodes.BadInput);
        error.ToString().Should().Contain(message).And.NotContain("   at ");
        Directory.Exists(Store).Should().BeFalse();
    }

    [Fact, Long]
    public async Task Without_an_engine_the_first_lines_say_that_processes_serve()
    {
        ChildResult result = await ChildProcess.RunAsync(
            Command("--smoke", "1", "--setting", "solo", "--no-install-docker", "--sandbox", "auto") with
            { Environment = With(("DOCKER_HOST", $"unix://{Folder}/none.sock"), ("TANDEM_REQUIRE_DOCKER", "")) },
            TestContext.Current.CancellationToken);

        result.ExitCode.Should().Be(ExitCodes.Ok, result.Stdout.Text + result.Stderr.Text);
        string[] lines = result.Stdout.Text.Split('\n');
        lines[0].Should().StartWith("Engine: none answers.");
        lines.Take(5).Should().Contain("Sandboxes: plain processes on this host, without isolation.");
        Records().Should().ContainSingle().Which.Provenance.Engine.Should().Contain("without isolation");
    }

    [Fact, Long]
    public async Task Cases_that_are_all_skipped_say_why_once_and_leave_nothing_to_validate()
    {
        ChildResult result = await ChildProcess.RunAsync(
            Command("--agent", "command", "--setting", "solo", "--sandbox", "docker") with
            { Environment = With(("TANDEM__Agent__Command__Run", "true"), ("TANDEM__Sandbox__Provider", "docker")) },
            TestContext.Current.CancellationToken);
        Assert.SkipWhen(result.ExitCode == ExitCodes.HostLacks, "The agent is refused without an engine.");

        result.ExitCode.Should().Be(ExitCodes.Red, result.Stdout.Text + result.Stderr.Text);
        string[] lines = result.Stdout.Text.Split('\n');
        lines.Where(line => line.StartsWith('[')).Should().ContainSingle().Which.Should().StartWith("[1/21] ").And
            .Contain("skipped: the agent 'command' costs money").And.Contain("limits.max_cost_usd");
        lines.Should().ContainSingle(line => line.StartsWith("20 more cases were skipped for the same reason as "));
        result.Stdout.Text.Should().NotContain("DATA-01").And.Contain("nothing was run").And
            .MatchRegex(@"TOTAL\s+21\s+0\s+0\s+0\s+21\s+0\.00");
    }

    [Fact, Long]
    public async Task A_case_that_turns_red_prints_the_command_that_runs_it_alone()
    {
        ChildResult result = await ChildProcess.RunAsync(
            Command("--smoke", "1", "--setting", "solo", "--agent", "nop") with { Environment = With(("TANDEM__Run__Assert", "outcome")) },
                TestContext.Current.CancellationToken);

        CaseId id = Records().Should().ContainSingle().Subject.CaseId;
        result.ExitCode.Should().Be(ExitCodes.Red);
        result.Stdout.Text.Should()
            .Contain($"To run this case alone: ./run.sh --experiment oracle --agent nop --sandbox process --setting solo --repo {id.Repo} "
            + $"--task {id.TaskId} --pair {id.Features} --seed 0 --force --store {Store}");
    }

    [Fact]
    public async Task A_case_that_the_harness_could_not_even_begin_prints_that_command_too()
    {
        Directory.CreateDirectory(Path.Combine(Store, "oracle"));
        await File.WriteAllTextAsync(Path.Combine(Store, "oracle", "claims"), "a file where a folder should be",
            TestContext.Current.CancellationToken);

        ChildResult result = await RunAsync("--smoke", "1", "--setting", "solo");

        result.ExitCode.Should().Be(ExitCodes.Red);
        result.Stdout.Text.Should()
            .MatchRegex(@"The harness failed: .*claims.*\n\s*To run this case alone: \./run\.sh --experiment oracle .*--setting solo ")
            .And.MatchRegex($@"--pair f\d_f\d --seed 0 --store {Store}");
        Records().Should().BeEmpty();
    }

    [Fact, Long]
    public async Task A_task_set_whose_image_cannot_be_made_is_an_infrastructure_error_and_not_a_failure()
    {
        string tasks = Path.Combine(Folder, "broken");
        CopyFolder(Path.Combine(Project.Find().Folder, "tasks"), tasks);
        await File.WriteAllTextAsync(Path.Combine(tasks, "timespan_task", "task14", "setup.sh"), "echo the disk of wonders >&2; exit 3\n",
            TestContext.Current.CancellationToken);

        ChildResult result = await ChildProcess.RunAsync(
            Command("--tasks", tasks, "--repo", "timespan_task", "--task", "14", "--pair", "f1_f2", "--setting", "solo", "--seed", "0") with
            { Environment = With(("TANDEM__Run__RetryPauseSeconds", "0")) },
            TestContext.Current.CancellationToken);

        result.ExitCode.Should().Be(ExitCodes.Red);
        result.Stdout.Text.Should().Contain($"To run this case alone: ./run.sh --experiment oracle --tasks {tasks} --agent oracle")
            .And.Contain($"--task 14 --pair f1_f2 --seed 0 --store {Store}",
            "a case without a verdict is due as it is, and forcing it would count as a re-roll");
        result.Stdout.Text.Should().Contain("the disk of wonders").And.MatchRegex(@"TOTAL\s+1\s+0\s+0\s+1\s+0");
        Records().Should().HaveCount(3).And.OnlyContain(r => r.InfraError && r.BothPassed == null && r.Error!.Class == ErrorClass.Image);
        result.Stdout.Text.Should().MatchRegex(@"solo\s+1\s+0\s+0\s+1\s+0\s+0\.00\s+\d+\.\d\s+0\.0 %\s+-\s+0\.0 % \.\. 100\.0 %").And
            .Contain("Without a verdict because of infrastructure errors: 1\n  solo/timespan_task/14/f1_f2/seed0\n    attempt 1 run (due)  "
            + "infrastructure error  agent Unknown")
            .And.MatchRegex(@"    attempt 3 run .* image in provision: ");
    }

    [Fact, Long]
    public async Task Results_of_a_task_that_has_changed_since_are_not_taken_for_its_own()
    {
        string tasks = Path.Combine(Folder, "mine");
        CopyFolder(Path.Combine(Project.Find().Folder, "tasks"), tasks);
        string[] selection = ["--tasks", tasks, "--repo", "timespan_task", "--task", "14", "--pair", "f1_f2", "--setting",
            "solo", "--seed", "0"];
        (await RunAsync(selection)).ExitCode.Should().Be(ExitCodes.Ok);
        await File.AppendAllTextAsync(Path.Combine(tasks, "timespan_task", "task14", "runner.sh"), "# another runner\n",
            TestContext.Current.CancellationToken);

        ChildResult result = await RunAsync(selection);

        result.ExitCode.Should().Be(ExitCodes.BadInput);
        result.Stderr.Text.Should().Contain("the files of task timespan_task/14 changed").And.NotContain("   at ");
        Records().Should().ContainSingle();
    }

    [Fact, Long]
    public async Task Traces_and_metrics_go_where_the_usual_variables_say()
    {
        using var collector = new System.Net.HttpListener();
        int port = FreePort();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        var received = new System.Collections.Concurrent.ConcurrentDictionary<string, string>();
        CancellationToken token = TestContext.Current.CancellationToken;
        Task collecting = Task.Run(async () =>
        {
            while (collector.IsListening)
            {
                System.Net.HttpListenerContext call = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await call.Request.InputStream.CopyToAsync(body);
                received.AddOrUpdate(call.Request.Url!.AbsolutePath, System.Text.Encoding.Latin1.GetString(body.ToArray()), (_, before) =>
                    before + System.Text.Encoding.Latin1.GetString(body.ToArray()));
                call.Response.Close();
            }
        }, token);
        ChildCommand command = Command("--smoke", "1", "--setting", "coop-nocomm");
        ChildResult result = await ChildProcess.RunAsync(
            command with
            {
                Environment = With(("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"))
            }, TestContext.Current.CancellationToken);
        collector.Stop();
        await collecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        result.ExitCode.Should().Be(ExitCodes.Ok, result.Stdout.Text + result.Stderr.Text);
        string record = Records().Single().CaseId.ToString();
        received["/v1/traces"].Should().Contain($"case {record}").And.Contain("attempt 1").And.Contain("provision").And
            .Contain("invoke_agent agent1").And.Contain("invoke_agent agent2").And.Contain("execute_tool bash")
            .And.Contain("tandem.experiment").And.Contain("tandem.run_id").And.Contain("tandem.pair");
        received["/v1/metrics"].Should().Contain("tandem.attempts");
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }

    [Fact, Long]
    public async Task Past_its_time_a_run_begins_no_case_says_so_once_and_exits_with_5()
    {
        (await RunAsync("--smoke", "1", "--setting", "solo")).ExitCode.Should().Be(ExitCodes.Ok);

        ChildResult result = await RunAsync("--smoke", "3", "--setting", "solo", "--max-minutes", "0");

        result.ExitCode.Should().Be(ExitCodes.BoundReached, result.Stdout.Text + result.Stderr.Text);
        result.Stdout.Text.Should()
            .Contain("a bound of this run is reached: its 0 minutes are over (--max-minutes, TANDEM_MAX_MINUTES)").And.NotContain("FAIL ");
        result.Stdout.Text.Should().MatchRegex(@"solo\s+3\s+1\s+0\s+0\s+2\s+0\.00\s+\d+\.\d\s+33\.3 %\s+100\.0 %\s+33\.3 % \.\. 100\.0 %");
        Records().Should().ContainSingle();
    }
}
