using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Status;
using Tandem.Cli.Verbs;
using Tandem.FakeModel;
using Tandem.Harness.Admission;
using Tandem.Harness.Scenarios;
using Tandem.Harness.Tests.Scenarios;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary><c>plan</c> and <c>status --watch</c> of an experiment of scenarios.</summary>
[Slow]
public sealed class ScenarioPlanTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_past_conversations_the_plan_counts_them_and_bounds_their_requests_and_cost()
    {
        (int code, string output) = await CallAsync("plan", "--count", "5");

        code.Should().Be(ExitCodes.Ok, output);
        output.Should().StartWith("Experiment talk: model gpt-4o, 2 variants x 2 scenarios x 5 repetitions, 20 cases selected, 20 to run, ")
            .And.MatchRegex(@"plain\s+10\s+10\s+10\s+-\s+-\s+0\n").And.MatchRegex(@"TOTAL\s+20\s+20\s+20\n")
            .And.Contain("no past case of model gpt-4o in these variants, so there is no estimate for the 20 cases. The 20 cases may "
                + "cost 2.00 USD at most (0.10 a case, limits.case_cost_usd).")
            .And.EndWith("20 conversations: 20 requests at least, 60 at most (limits.max_turns), reruns not counted.\n");
        Directory.Exists(_folder.Layout.StoreFolder).Should().BeFalse("a plan writes nothing");
    }

    [Fact]
    public async Task Past_conversations_of_the_model_tell_requests_cost_and_time_of_what_is_left()
    {
        await RunAsync(new ScenarioSelection { Variants = ["plain"] });

        (_, string output) = await CallAsync("plan", "--rep", "1,2");
        (_, string own) = await CallAsync("plan", "--variant", "plain");

        output.Should().MatchRegex(@"plain\s+6\s+4\s+0\s+0\.\d+ \(0\.\d+ to 0\.\d+\)\s+[0-9.]+ \([0-9.]+ to [0-9.]+\)\s+6\n")
            .And.MatchRegex(@"terse\s+6\s+4\s+4\s+-\s+-\s+0\n").And.Contain("no estimate for the 4 cases")
            .And.Contain("4 conversations: 4 requests at least, 12 at most");
        own.Should().EndWith("Nothing to run.\n");
        (_, output) = await CallAsync("plan", "--variant", "plain", "--force");
        output.Should().MatchRegex(@"Expected for 6 cases: 9 \([6-9] to \d+\) requests, \d.* USD, .* from 6 past cases of model gpt-4o\.");
    }

    [Fact]
    public async Task Checks_that_are_due_again_ask_no_model()
    {
        await RunAsync(new ScenarioSelection { Variants = ["plain"], Scenarios = ["ask"] });
        _folder.Replace("scenarios.json", "countess", "baroness");

        (_, string output) = await CallAsync("plan", "--variant", "plain", "--scenario", "ask");

        output.Should().MatchRegex(@"TOTAL\s+12\s+3\s+3\n|TOTAL\s+\d+\s+3\s+3\n")
            .And.Contain("The answers of 3 of these are stored, and only their checks are due, which costs no money.")
            .And.EndWith("No model needs to be asked.\n");
    }

    [Fact]
    public async Task Shards_have_their_cases_and_may_be_kept()
    {
        (int code, string output) = await CallAsync("plan", "--shards", "3");

        code.Should().Be(ExitCodes.Ok, output);
        output.Should().Contain("Shards: 3 by hash, ").And.MatchRegex(@"3/3\s+\d+\s+-\s+\d");
        (code, output) = await CallAsync("plan", "--shards", "3", "--freeze");
        (code, File.Exists(_folder.Layout.ShardsFile)).Should().Be((ExitCodes.Ok, true), output);
        (code, output) = await CallAsync("plan", "--freeze", "--shard", "1/2");
        code.Should().Be(ExitCodes.BadInput, output);
    }

    [Fact]
    public async Task A_bad_selection_is_refused_and_an_option_of_pair_runs_too()
    {
        (await CallAsync("plan", "--variant", "plane")).Should().Match<(int Code, string Output)>(run => run.Code == ExitCodes.BadInput
            && run.Output.Contains("there is no such variant; there are plain, terse"));
        (await CallAsync("plan", "--setting", "solo")).Should().Match<(int Code, string Output)>(run => run.Code == ExitCodes.BadInput
            && run.Output.Contains("--setting selects pair runs"));
    }

    [Fact]
    public async Task What_is_left_of_another_model_is_gone_on_with_by_that_model()
    {
        await RunAsync(new ScenarioSelection { Variants = ["plain"], Repetitions = [1], Scenarios = ["ask"] });

        (await CallAsync("status", ScenarioFolder.Name)).Output.Should()
            .Contain($"11 cases have not run: ./run.sh --experiment FOLDER --model gpt-4o --store {_folder.Layout.StoreFolder}\n");
        ScenarioStatus.CommandFor(_folder.Layout, _folder.View().Plan, _folder.Folder, areChecksDue: true).Should()
            .StartWith($"./run.sh regenerate {_folder.Folder} --store ");
        ScenarioPlan other = _folder.View(null, ("TANDEM__Model__Name", "gpt-9")).Plan;
        ScenarioStatus.CommandFor(_folder.Layout, other, _folder.Folder, areChecksDue: true).Should()
            .StartWith($"./run.sh --experiment {_folder.Folder} --model gpt-9 --store ");
    }

    [Fact, Long]
    public async Task Watching_counts_on_while_a_case_is_at_work_and_ends_when_none_is()
    {
        await RunAsync(new ScenarioSelection { Variants = ["plain"] });
        var id = new ScenarioCaseId("terse", "ask", 1);
        IDisposable claim = new FileClaimStore(_folder.Layout).TryClaim(id, out _)!;
        Task<(int Code, string Output)> watching = CallAsync("status", ScenarioFolder.Name, "--watch", "--json");
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        await RunAsync(new ScenarioSelection { Variants = ["terse"], Scenarios = ["greet"] });
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        watching.IsCompleted.Should().BeFalse("a case is claimed");
        claim.Dispose();

        (int code, string output) = await watching;

        code.Should().Be(ExitCodes.Ok, output);
        JsonNode[] looks = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!["experiments"]![0]!)];
        ((int)looks[0]["total"]!["passed"]!, (string)looks[0]["running"]![0]!["case_id"]!).Should().Be((6, id.ToString()));
        ((int)looks[^1]["total"]!["passed"]!, looks[^1]["running"]!.AsArray().Count).Should().Be((9, 0));
        (await CallAsync("status", ScenarioFolder.Name, "--watch")).Output.Should().MatchRegex(@"TOTAL +12 +9 +0 ")
            .And.Contain("3 cases have not run: ");
    }

    private async Task RunAsync(ScenarioSelection selection)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(ScenarioFolder.Good);
        await _folder.RunAsync(server, selection, cancellationToken: TestContext.Current.CancellationToken);
    }

    private async Task<(int Code, string Output)> CallAsync(string verb, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        string[] experiment = verb == "plan" ? ["--experiment", _folder.Folder] : [];
        int code = await CommandLine.RunAsync([verb, .. experiment, .. arguments, "--store", _folder.Layout.StoreFolder], output, output);
        return (code, output.ToString());
    }
}
