using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Experiments;
using Tandem.Harness.Processes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Shards as their user meets them: runs, tests, and the status.</summary>
public sealed class ShardRunTests : FrontDoorTests
{
    /// <summary>Few cases, of which each of three shards has some.</summary>
    private static readonly string[] s_few = ["--setting", "solo", "--repo", "timespan_task", "--task", "14"];

    private StoreLayout Layout => new(Store, "oracle");

    [Fact]
    [Long]
    public async Task Shards_at_once_in_one_store_run_each_case_once_and_the_status_says_what_is_left()
    {
        ChildResult[] ends = await Task.WhenAll(RunAsync(["--shard", "1/3", .. s_few]), RunAsync(["--shard", "2/3", .. s_few]));

        ends.Should().OnlyContain(end => end.ExitCode == ExitCodes.Ok, ends[0].Stdout.Text + ends[0].Stderr.Text);
        ends[1].Stdout.Text.Should().Contain("selected in shard 2/3, ").And.NotContain("PASS DATA-02").And.NotContain("report: ").And
            .Contain($"Shard 2/3 has ended; one shard is neither validated nor reported. ./run.sh status oracle --shards --store {Store} ");
        CaseId[] selected = [.. new StoreReader(Layout).ReadPlan()!.Cases
            .Where(one => one is { Setting: Setting.Solo, Repo: "timespan_task", TaskId: 14 })];
        ShardDivision division = ShardFile.TryRead(Layout, out _)!;
        Records().Select(record => record.CaseId).Should().OnlyHaveUniqueItems().And
            .BeEquivalentTo(selected.Where(caseId => division.NumberOf(caseId.ToString()) != 3));

        (int code, _, string error) = await CallAsync("run", "-e", "oracle", "--shard", "1/4");
        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain("into 3 shards, and 4 were asked for (--shard 1/4, TANDEM_SHARD)");

        (await RunAsync(["--shard", "3/3", .. s_few])).ExitCode.Should().Be(ExitCodes.Ok);
        Records().Select(record => record.CaseId).Should().BeEquivalentTo(selected);
        (_, string output, _) = await CallAsync("status", "oracle", "--shards");
        output.Should().StartWith("oracle: 3 shards by hash\n").And.MatchRegex($@"TOTAL\s+42\s+{selected.Length}\s+0\s").And
            .Contain("Incomplete: 3 of 3 shards have cases that a run would work on: 1-3.\n").And
            .EndWith($" TANDEM_SHARDS=3 sbatch --array=0-2 deploy/slurm/tandem.sbatch oracle\n");
    }

    [Fact]
    public async Task A_shard_without_a_case_ends_well_and_says_so()
    {
        string empty = Shard.NumberByHash("solo/timespan_task/14/f1_f3/seed0", 2) == 1 ? "2/2" : "1/2";

        ChildResult result = await RunAsync([.. s_few, "--pair", "f1_f3", "--shard", empty]);

        result.ExitCode.Should().Be(ExitCodes.Ok, result.Stdout.Text + result.Stderr.Text);
        result.Stdout.Text.Should().Contain($"nothing to run, shard {empty} has none of the selected cases").And.NotContain("TOTAL");
        Directory.Exists(Store).Should().BeFalse();
    }

    [Fact]
    [Long]
    public async Task Tests_have_the_trait_of_their_shard_and_an_empty_shard_is_one_skipped_test()
    {
        string[] plan = Ids(await ListAsync("tests"));
        int free = Enumerable.Range(1, 1000).First(number => plan.All(id => Shard.NumberByHash(id, 1000) != number));

        ChildResult traits = await ListAsync("traits", (ShardVariables.Count, "2"));
        ChildResult one = await ListAsync("tests", (ShardVariables.Shard, "3/16"));
        ChildResult none = await TestAsync("Status=missing", (ShardVariables.Shard, $"{free}/1000"));
        ChildResult scenarios = await TestAsync("Status=missing", (ShardVariables.Shard, "1/10000"),
            (ExperimentView.ExperimentVariable, "assistant-tools"));

        plan.Should().HaveCount(42);
        traits.Stdout.Text.Should().Contain("\"Shard\": [\"1/2\", \"2/2\"]");
        Ids(one).Should().BeEquivalentTo(plan.Where(id => Shard.NumberByHash(id, 16) == 3)).And.NotBeEmpty();
        none.ExitCode.Should().Be(0, none.Stdout.Text + none.Stderr.Text);
        none.Stdout.Text.Should().Contain($"shard {free}/1000 has no case").And.MatchRegex("Skipped: +1");
        scenarios.Stdout.Text.Should().Contain("shard 1/10000 has no case").And.MatchRegex("Skipped: +1");
        Directory.Exists(Store).Should().BeFalse("nothing was run");
    }

    [Fact]
    public async Task Scenarios_are_divided_by_the_hash_of_their_own_ids()
    {
        string[][] shards = await Task.WhenAll(Enumerable.Range(1, 3).Select(async number =>
            (await CallAsync("run", "-e", "assistant-tools", "--shard", $"{number}/3", "--dry-run")).Output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        (int code, _, string error) = await CallAsync("run", "-e", "assistant-tools", "--shard", "1/3", "--shard-by", "time", "--dry-run");

        shards.SelectMany(shard => shard).Should().HaveCount(120).And.OnlyHaveUniqueItems();
        shards[1].Should().OnlyContain(id => Shard.NumberByHash(id, 3) == 2);
        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain("is an experiment of scenarios, and these are divided by hash alone");
    }

    private async Task<(int Code, string Output, string Error)> CallAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync([.. arguments, "--store", Store], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private Task<ChildResult> ListAsync(string what, params (string Name, string Value)[] variables) =>
        StartAsync([Programs.Built("Experiments.Tests"), "-list", what, "-noLogo", "-noColor"], variables);

    private Task<ChildResult> TestAsync(string filter, params (string Name, string Value)[] variables) =>
        StartAsync(["vstest", Programs.Built("Experiments.Tests"), $"--TestCaseFilter:{filter}"], variables);

    private Task<ChildResult> StartAsync(string[] words, (string Name, string Value)[] variables) => ChildProcess.RunAsync(
        new ChildCommand("dotnet", words)
        { Environment = With([("TANDEM_STORE", Store), .. variables]), TimeLimit = TimeSpan.FromMinutes(10) },
        TestContext.Current.CancellationToken);

    private static string[] Ids(ChildResult listed) => [.. listed.Stdout.Text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => CaseId.TryParse(line, out _))];
}
