using System.Diagnostics;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.Scenarios;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>An experiment of scenarios through the front door and through <c>dotnet test</c>, as programs of their own.</summary>
[Slow]
public sealed class ScenarioVerbTests : IAsyncLifetime
{
    private readonly ScenarioFolder _folder = new();
    private readonly List<Process> _started = [];
    private FakeModelServer _server = null!;
    private Func<FakeRequest, FakeAnswer> _script = ScenarioFolder.Good;

    public async ValueTask InitializeAsync() => _server = await FakeModelServer.StartAsync(request => _script(request));

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _started)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_example_runs_without_a_key_leaves_its_files_and_a_report_and_is_then_done()
    {
        Dictionary<string, string> environment = Environment(("TANDEM_EXPERIMENT", "assistant-tools"));
        var layout = new StoreLayout(_folder.Layout.StoreFolder, "assistant-tools");

        (int code, string output) = await RunAsync(environment, "run");

        code.Should().Be(0, output);
        output.Should().MatchRegex(@"summary: \d+ passed, \d+ failed, 0 missing, 0 reruns, 120 total, 0.00 USD \(simulated\)")
            .And.Contain("builtin:echo, a program in place of a model").And.Contain("rules pass");
        layout.RunFiles().Should().HaveCount(6).And.OnlyContain(file => File.ReadAllLines(file).Length == 21);
        File.Exists(Path.Combine(layout.ExperimentFolder, "report", "index.html")).Should().BeTrue();

        (code, output) = await RunAsync(environment, "run");
        (code, layout.RunFiles().Count).Should().Be((0, 6), output);
        output.Should().Contain("nothing to run, all 120 selected cases are completed");
    }

    [Fact, Long]
    public async Task A_filter_of_variant_and_repetition_runs_those_alone()
    {
        string trx = Path.Combine(_folder.Folder, "run.trx");
        ChildResult result = await ChildProcess.RunAsync(new ChildCommand("dotnet", ["vstest", Programs.Built("Experiments.Tests"),
            "--TestCaseFilter:Variant=applike&Rep=2", $"--Logger:trx;LogFileName={trx}"])
        { Environment = Environment(("TANDEM_EXPERIMENT", "assistant-tools")), TimeLimit = TimeSpan.FromMinutes(10) }, Token);

        result.ExitCode.Should().Be(0, result.Stdout.Text + result.Stderr.Text);
        ScenarioRecord[] records = [.. new ScenarioReader(new StoreLayout(_folder.Layout.StoreFolder, "assistant-tools")).Read()
            .Select(stored => stored.Record)];
        records.Should().HaveCount(20).And.OnlyContain(record => record.Variant == "applike" && record.Rep == 2);
        string names = await File.ReadAllTextAsync(trx, Token);
        names.Should().Contain("total=\"20\"").And.Contain("testName=\"scenario/applike/note-save/rep2\"");
    }

    [Fact]
    public async Task Both_lists_name_every_case_and_nothing_else()
    {
        Dictionary<string, string> environment = Environment(("TANDEM_EXPERIMENT", "assistant-tools"));
        (_, string dry) = await RunAsync(environment, "run", "--dry-run");
        ChildResult listed = await ChildProcess.RunAsync(new ChildCommand("dotnet", Programs.Built("Experiments.Tests"), "-list",
            "tests", "-noLogo", "-noColor")
        { Environment = environment, TimeLimit = TimeSpan.FromMinutes(10) }, Token);

        string[] cases = [.. dry.Split('\n').Where(line => line.StartsWith("scenario/", StringComparison.Ordinal))];
        cases.Should().HaveCount(120);
        listed.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line.Contains("rep", StringComparison.Ordinal) || line.Contains('/', StringComparison.Ordinal)).Should()
            .BeEquivalentTo(cases);
        listed.Stdout.Text.Should().NotContain("nothing to judge");
    }

    [Fact, Long]
    public async Task Against_a_server_with_faults_it_completes_and_counts_the_reruns()
    {
        int asked = 0;
        _script = request => (Interlocked.Increment(ref asked) % 7) switch
        {
            2 => new FakeAnswer.Status(429),
            4 => new FakeAnswer.Reset(Midway: true),
            5 when request.Messages.Count == 2 => new FakeAnswer.Says(null, [new FakeToolCall("find", "{\"name\": ")]),
            6 => new FakeAnswer.Stall(TimeSpan.FromMilliseconds(300), ScenarioFolder.Good(request)),
            _ => ScenarioFolder.Good(request),
        };

        // A call whose arguments are no JSON has no answer here, and a conversation that ends so has no text.
        (int code, string output) = await RunAsync(Environment(("TANDEM__Run__Reruns", "9"), ("TANDEM__Run__PauseAfter", "100"),
            ("TANDEM__AllowEmptyText", "true")), "run");

        code.Should().Be(0, output);
        _folder.Records().Should().HaveCount(12).And.OnlyContain(record => record.Passed != null);
        int reruns = _folder.Records().Sum(record => record.Reruns);
        reruns.Should().BePositive();
        output.Should().Contain($" {reruns} reruns, 12 total");
    }

    [Fact, Long]
    public async Task Killed_midway_the_same_command_completes_what_is_missing_and_changes_no_file()
    {
        _script = request => new FakeAnswer.Stall(TimeSpan.FromMilliseconds(60), ScenarioFolder.Good(request));
        Process killed = Start("run", "--count", "10");
        while (_server.Count < 20 && !killed.HasExited)
            await Task.Delay(10, Token);
        killed.HasExited.Should().BeFalse("there is enough to do");
        killed.Kill(entireProcessTree: true);
        await killed.WaitForExitAsync(Token);
        Dictionary<string, byte[]> before = _folder.Layout.RunFiles().ToDictionary(file => file, File.ReadAllBytes);
        int kept = _folder.Records().Count;
        kept.Should().BeInRange(1, 39);

        _script = ScenarioFolder.Good;
        (int code, string output) = await RunAsync(Environment(), "run", "--count", "10");

        code.Should().Be(0, output);
        output.Should().Contain(" 40 total");
        foreach ((string file, byte[] content) in before)
            (await File.ReadAllBytesAsync(file, Token)).Should().Equal(content);
        IReadOnlyList<ScenarioRecord> records = _folder.Records();
        records.Where(record => !record.Interrupted).Should().HaveCount(40).And.OnlyHaveUniqueItems(record => record.CaseId);
        int asked = _server.Count;
        (code, output) = await RunAsync(Environment(), "run", "--count", "10");
        (code, _server.Count).Should().Be((0, asked), output);
    }

    [Fact, Long]
    public async Task A_share_that_a_scenario_misses_turns_the_run_red_and_names_it()
    {
        int greeted = 0;
        _script = request => request.Messages[^1]!["content"]?.ToString() == "Hello!" && ++greeted % 2 == 0
            ? ScenarioFolder.Finds : ScenarioFolder.Good(request);
        _folder.Replace("experiment.json", "\"reruns\": 2", "\"assert\": { \"scenario_pass_rate\": 0.66 }, \"reruns\": 2");

        (int code, string output) = await RunAsync(Environment(), "run", "--variant", "plain");
        code.Should().Be(0, output);
        output.Should().Contain("failed 1 of 2 checks").And.Contain("passes in 2 of 3 repetitions");

        _script = request => request.Messages[^1]!["content"]?.ToString() == "Hello!" ? ScenarioFolder.Finds : ScenarioFolder.Good(request);
        (code, output) = await RunAsync(Environment(), "run", "--variant", "terse");
        code.Should().Be(1, output);
        output.Should().Contain("Scenario greet must pass under variant terse in 2 of 3 repetitions")
            .And.Contain("1 scenario does not pass in 2 of 3 repetitions (run.assert):")
            .And.Contain("greet under terse: failed 3 of 3");
        int asked = _server.Count;
        (code, output) = await RunAsync(Environment(), "run", "--variant", "terse");
        (code, _server.Count).Should().Be((1, asked), "what is stored is asserted as well: " + output);
    }

    [Fact, Long]
    public async Task Status_and_regenerate_know_scenarios()
    {
        (int code, string output) = await RunAsync(Environment(), "run", "--rep", "1,2");
        code.Should().Be(0, output);
        (code, output) = await RunAsync(Environment(), "status", ScenarioFolder.Name);
        output.Should().MatchRegex(@"TOTAL +12 +8 +0 +0 +4 ").And.Contain("4 cases have not run: ./run.sh");
        (_, output) = await RunAsync(Environment(), "status", ScenarioFolder.Name, "--json", "--list", "--variant", "terse");
        JsonNode experiment = JsonNode.Parse(output)!["experiments"]![0]!;
        ((int)experiment["total"]!["passed"]!, experiment["cases"]!.AsArray().Count).Should().Be((4, 6));

        _folder.Replace("scenarios.json", "countess", "baroness");
        int asked = _server.Count;
        (code, output) = await RunAsync(Environment(), "regenerate", _folder.Folder);
        (code, _server.Count).Should().Be((0, asked), output);
        output.Should().Contain("was passed: failed 1 of 2 checks").And.Contain("Checked the answers of 4 of 12 selected cases again.");
        _folder.Records().Count(record => record.Revision == 2).Should().Be(4);
    }

    [Fact, Long]
    public async Task A_relative_path_is_that_of_the_working_directory_and_commands_name_it()
    {
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", Programs.Built("Cli"), "run", "--experiment", $"./{ScenarioFolder.Name}", "--rep", "1")
            { Environment = Environment(), TimeLimit = TimeSpan.FromMinutes(10), WorkingDirectory = Path.GetDirectoryName(_folder.Folder) },
            Token);

        result.ExitCode.Should().Be(0, result.Stdout.Text + result.Stderr.Text);
        _folder.Records().Should().HaveCount(4);
        result.Stdout.Text.Should().Contain("(4 of the experiment's 12 cases were selected)");
        (_, string output) = await RunAsync(Environment(), "regenerate", ScenarioFolder.Name);
        output.Should().Contain("the folder experiments/ does not define it");
        (_, output) = await RunAsync(Environment(), "status", _folder.Folder);
        output.Should().Contain("8 cases have not run: ./run.sh --experiment FOLDER");
    }

    [Theory]
    [InlineData("there is no such variant; there are plain, terse", "run", "--variant", "plane")]
    [InlineData("there are repetitions 1 to 3", "run", "--rep", "4")]
    [InlineData("a whole number from 1 is expected", "run", "--rep", "0")]
    [InlineData("--setting selects pair runs", "run", "--setting", "solo")]
    [InlineData("is an experiment of scenarios, and this verb is for runs of pairs", "judge", "--judge-model", "builtin:rules")]
    public async Task Bad_input_is_refused_with_what_there_is(string words, params string[] arguments)
    {
        (int code, string output) = await RunAsync(Environment(), arguments);

        (code, _server.Count).Should().Be((2, 0), output);
        output.Should().Contain(words);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Dictionary<string, string> Environment(params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT"))
        {
            ["TANDEM_EXPERIMENT"] = _folder.Folder,
            ["TANDEM_STORE"] = _folder.Layout.StoreFolder,
        };
        foreach ((string name, string value) in more.Any(one => one.Name == "TANDEM_EXPERIMENT") ? more
            : [.. ScenarioFolder.At(_server), .. more])
            environment[name] = value;
        return environment;
    }

    private static async Task<(int Code, string Output)> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", [Programs.Built("Cli"), .. arguments])
            { Environment = environment, TimeLimit = TimeSpan.FromMinutes(10) }, Token);
        return (result.ExitCode ?? -1, result.Stdout.Text + result.Stderr.Text);
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Programs.Built("Cli"), .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Environment())
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
