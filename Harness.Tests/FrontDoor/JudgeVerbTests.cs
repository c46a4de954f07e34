using System.Diagnostics;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.Judging;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>The verb <c>judge</c> as a program of its own, with scripted models.</summary>
[Slow]
public sealed class JudgeVerbTests : IAsyncLifetime
{
    private readonly List<Process> _started = [];
    private FakeModelServer _server = null!;
    private Func<FakeRequest, FakeAnswer> _script = JudgedStore.Good;

    public async ValueTask InitializeAsync() => _server = await FakeModelServer.StartAsync(request => _script(request));

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _started)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        await _server.DisposeAsync();
    }

    [Fact, Long]
    public async Task Killed_midway_and_started_again_it_judges_only_what_is_missing()
    {
        const int judgements = 60 * 2 * 2;
        using var store = new JudgedStore(seeds: 6);
        _script = request => new FakeAnswer.Stall(TimeSpan.FromMilliseconds(40), JudgedStore.Good(request));
        string[] arguments = ["--rubric", "communication-errors,symptoms", "--judge-model", "gpt-4o,gpt-4o-mini", "--concurrency", "4"];

        Process killed = Start(store, arguments);
        while (_server.Count < judgements / 3 && !killed.HasExited)
            await Task.Delay(10, Token);
        killed.HasExited.Should().BeFalse("there is enough to do");
        killed.Kill(entireProcessTree: true);
        await killed.WaitForExitAsync(Token);
        int asked = _server.Count;
        int kept = store.Records().Count;
        kept.Should().BeInRange(asked - 4, asked, "what was answered is kept, and four were under way");

        (int code, string output) = await RunAsync(store, arguments);
        code.Should().Be(0, output);
        store.Records().Count(record => record.Interrupted).Should()
            .BeInRange(asked - kept, 4, "each call without an answer is known, also one that the kill kept from being sent");
        _server.Count.Should().Be(judgements + asked - kept, "nothing is asked twice but what had no answer");
        store.Records().Where(record => !record.Interrupted).Should().HaveCount(judgements)
            .And.OnlyContain(record => record.Status == JudgementOutcome.Labelled);
        int all = _server.Count;
        (code, output) = await RunAsync(store, arguments);
        (code, _server.Count).Should().Be((0, all), output);
        output.Should().Contain("Nothing to judge");
    }

    [Fact]
    [Long]
    public async Task What_failed_is_red_counted_and_asked_again_only_by_its_status()
    {
        using var store = new JudgedStore();
        int bad = 0;
        _script = request => Interlocked.Increment(ref bad) <= 2 ? new FakeAnswer.Says("I would rather not.") : JudgedStore.Good(request);
        string[] arguments = ["--rubric", "symptoms", "--judge-model", "gpt-4o", "--concurrency", "1"];

        (int code, string output) = await RunAsync(store, arguments);
        (code, _server.Count).Should().Be((1, 11), output);
        output.Should().Contain("failed: The answer").And.Contain("1 failed; asked again only by: ")
            .And.MatchRegex(@"symptoms\s+gpt-4o\s+10\s+9\s+0\s+1\s+0\s+0\s+0\.\d+");

        (code, output) = await RunAsync(store, arguments);
        (code, _server.Count).Should().Be((1, 11), output);
        (code, output) = await RunAsync(store, [.. arguments, "--status", "failed"]);
        (code, _server.Count).Should().Be((0, 12), output);
        store.Records().GroupBy(record => record.JudgementId).Should().HaveCount(10);
    }

    [Fact]
    public async Task Without_a_model_it_lists_judges_by_rules_and_shows_how_all_stands()
    {
        using var store = new JudgedStore();

        (int code, string output) = await RunAsync(store, ["--dry-run", "--rubric", "symptoms", "--judge-model", "builtin:rules"]);
        code.Should().Be(0);
        output.Split('\n').Where(line => line.StartsWith("symptoms/builtin.rules/rep1/coop-comm/", StringComparison.Ordinal)).Should()
            .HaveCount(10);
        store.Records().Should().BeEmpty();

        (code, output) = await RunAsync(store, ["--judge-model", "builtin:rules", "--repetitions", "2"]);
        code.Should().Be(0, output);
        store.Records().Should().HaveCount(60).And.OnlyContain(record => record.Simulated && record.Calls == 0 && record.Cost == null);
        output.Should().Contain("simulation");
        (code, output) = await RunAsync(store, [], "status", "--judges", "--list", "--repetitions", "2");
        code.Should().Be(0, output);
        output.Split('\n').Count(line => line.Contains("complete", StringComparison.Ordinal)
            && line.Contains("(simulated)", StringComparison.Ordinal)).Should().Be(60);
    }

    [Fact]
    [Long]
    public async Task A_test_is_chosen_by_rubric_and_status_and_named_by_the_judgement()
    {
        using var store = new JudgedStore();
        string trx = Path.Combine(store.Layout.StoreFolder, "judged.trx");
        ChildResult result = await ChildProcess.RunAsync(new ChildCommand("dotnet", ["vstest", Programs.Built("Experiments.Tests"),
            "--TestCaseFilter:Rubric=symptoms&JudgeStatus=missing", $"--Logger:trx;LogFileName={trx}"])
        {
            Environment = Environment(store, ("TANDEM__Judges__Default", "builtin:rules")),
            TimeLimit = TimeSpan.FromMinutes(10),
        }, Token);

        result.ExitCode.Should().Be(0, result.Stdout.Text + result.Stderr.Text);
        store.Records().Should().HaveCount(10).And.OnlyContain(record => record.Rubric == "symptoms");
        string names = await File.ReadAllTextAsync(trx, Token);
        store.Records().Should().OnlyContain(record => names.Contains($"testName=\"{record.JudgementId}\"", StringComparison.Ordinal));
        names.Should().Contain("total=\"10\"");
    }

    [Theory]
    [InlineData("No judge is named", "--rubric", "symptoms")]
    [InlineData("There is none of this name", "--rubric", "sympoms", "--judge-model", "builtin:rules")]
    [InlineData("one built-in judge", "--judge-model", "builtin:rule")]
    [InlineData("there are complete, missing, failed, partial, agent_failed", "--status", "failled", "--judge-model", "gpt-4o")]
    [InlineData("No case of experiment", "--setting", "solo", "--judge-model", "gpt-4o")]
    [InlineData("from 1 to 100", "--repetitions", "0", "--judge-model", "gpt-4o")]
    public async Task Bad_input_is_refused_with_what_there_is(string words, params string[] arguments)
    {
        using var store = new JudgedStore();

        (int code, string output) = await RunAsync(store, arguments);

        (code, _server.Count).Should().Be((2, 0), output);
        output.Should().Contain(words);
    }

    [Fact, Long]
    public async Task A_missing_key_or_budget_starts_nothing_and_says_what_to_set()
    {
        using var store = new JudgedStore();
        string[] arguments = ["judge", JudgedStore.Experiment, "--judge-model", "gpt-4o"];

        (int code, string output) = await RunAsync(arguments, Environment(store, ("TANDEM__Model__BaseUrl", "https://192.0.2.1/v1")));
        (code, output).Should().Be((4, output));
        output.Should().Contain("OPENAI_API_KEY").And.StartWith("Nothing was started");
        (code, output) = await RunAsync(arguments, Environment(store, ("TANDEM__Limits__MaxCostUsd", "null")));
        code.Should().Be(4);
        output.Should().Contain("limits.max_cost_usd");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Dictionary<string, string> Environment(JudgedStore store, params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT"))
        {
            ["TANDEM_EXPERIMENT"] = store.ExperimentFile,
            ["TANDEM_STORE"] = store.Layout.StoreFolder,
        };
        foreach ((string name, string value) in JudgedStore.At(_server).Concat(more))
            environment[name] = value;
        return environment;
    }

    private Task<(int Code, string Output)> RunAsync(JudgedStore store, string[] arguments, params string[] verb) =>
        RunAsync([.. verb.Length == 0 ? ["judge"] : verb, .. arguments], Environment(store));

    private static async Task<(int Code, string Output)> RunAsync(string[] arguments, Dictionary<string, string> environment)
    {
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", [Programs.Built("Cli"), .. arguments])
            { Environment = environment, TimeLimit = TimeSpan.FromMinutes(10) }, Token);
        return (result.ExitCode ?? -1, result.Stdout.Text + result.Stderr.Text);
    }

    private Process Start(JudgedStore store, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Programs.Built("Cli"), "judge", .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Environment(store))
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        _started.Add(process);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
