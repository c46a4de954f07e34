using System.Text.Json;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Experiments;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Shards;

/// <summary>What <c>plan</c> and <c>status</c> say about shards.</summary>
public sealed class ShardStatusTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-shards-").FullName;

    private StoreLayout Layout => new(Path.Combine(_folder, "store"), "x");

    private string ExperimentFile => Path.Combine(_folder, "x.json");

    public ShardStatusTests() => File.WriteAllText(ExperimentFile, """
        {
          "name": "x", "settings": ["solo", "coop-nocomm"], "seeds": { "solo": [0] }, "agent": { "kind": "oracle" },
          "limits": { "max_cost_usd": 20 }
        }
        """);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_plan_shows_cases_and_budget_of_each_shard_and_writes_nothing()
    {
        string all = await CallAsync("plan", "-e", ExperimentFile, "--shards", "3");
        string one = await CallAsync("plan", "-e", ExperimentFile, "--shard", "2/3");

        int[] sizes = ShardDivision.ByHash(3).SizesOf(Planned());
        decimal[] parts = ShardDivision.PartsOf(20, sizes);
        all.Should().Contain($"Shards: 3 by hash, {sizes.Min()} to {sizes.Max()} cases each; not frozen yet: ").And
            .Contain("Budget: 20.00 USD (limits.max_cost_usd) are divided by the shards' numbers of cases, to the cent: ").And
            .MatchRegex(FormattableString.Invariant($@"\n1/3 +{sizes[0]} +- +{parts[0]:0.00}\n2/3 +{sizes[1]} +- +{parts[1]:0.00}\n"));
        one.Should().Contain($"Shard 2/3 has {sizes[1]} of {sizes.Sum()} planned cases.\n").And
            .Contain(FormattableString.Invariant($"Budget: shard 2/3 may spend {parts[1]:0.00} of 20.00 USD")).And
            .MatchRegex($@"TOTAL +{sizes.Sum()} +{sizes[1]} +{sizes[1]}\n").And.NotContain("3/3 ");
        Directory.Exists(Layout.StoreFolder).Should().BeFalse();
    }

    [Fact]
    public async Task Freeze_keeps_the_division_and_nothing_else()
    {
        (await FailAsync("plan", "-e", ExperimentFile, "--freeze")).Should().Contain("Say how many: --shards 16.");

        string output = await CallAsync("plan", "-e", ExperimentFile, "--shards", "3", "--shard-by", "time", "--freeze");

        output.Should().Contain("Shards: 3 by time").And.Contain($"frozen in {Layout.ShardsFile}.").And
            .Contain("The store has no past case of this agent and model, so these shards are by hash.");
        Directory.GetFileSystemEntries(Layout.ExperimentFolder).Should().Equal(Layout.ShardsFile);
        ShardFile.TryRead(Layout, out _)!.Should().BeEquivalentTo(
            ShardDivision.ByHash(3) with { By = ShardWay.Time, Assignment = new Dictionary<string, int>() });
        (await CallAsync("plan", "-e", ExperimentFile)).Should().Contain("Shards: 3 by time", "the store knows it");
        (await FailAsync("plan", "-e", ExperimentFile, "--shards", "4")).Should().Contain("into 3 shards, and 4 were asked for");
    }

    [Fact]
    public async Task Status_names_the_tasks_to_submit_again_as_the_engine_counts_them()
    {
        Freeze(new ShardTasks(1, 1));

        string text = await CallAsync("status", "x", "--shards");
        string windows = await CallAsync("status", "x", "--shards", "--max-array", "3");
        JsonElement json = JsonDocument.Parse(await CallAsync("status", "x", "--shards", "--json", "--max-array", "3")).RootElement
            .GetProperty("experiments")[0];

        int[] sizes = ShardDivision.ByHash(4).SizesOf(Planned());
        text.Should().StartWith("x: 4 shards by hash\nshard ").And.MatchRegex($@"\n3/4 +{sizes[2]} +0 +0 +0 +0 +0 +{sizes[2]} +0\.00\n").And
            .EndWith("on: 1-4.\nTo submit these tasks of the array again, from the project's folder, with the options of the first "
                + $"submission:\n  TANDEM_STORE={Layout.StoreFolder} TANDEM_SHARDS=4 sbatch --array=1-4 deploy/slurm/tandem.sbatch ...\n");
        Submissions(windows).Should().Equal(new[] { "0 TANDEM_SHARDS=4 sbatch --array=1", "2 TANDEM_SHARDS=4 sbatch --array=0-1",
            "4 TANDEM_SHARDS=4 sbatch --array=0" }.Select(middle =>
            $"  TANDEM_STORE={Layout.StoreFolder} TANDEM_SHARD_OFFSET={middle} deploy/slurm/tandem.sbatch ..."));
        json.GetProperty("shard_count").GetInt32().Should().Be(4);
        json.GetProperty("tasks").GetRawText().Should().Be("""{"first":1,"step":1}""");
        json.GetProperty("shards")[2].GetRawText().Should().StartWith(
            $$"""{"shard":"3/4","cases":{{sizes[2]}},"completed":0,"running":0,""").And.Contain("\"incomplete\":true");
        json.GetProperty("incomplete").GetRawText().Should().Be("[1,2,3,4]");
        json.GetProperty("arrays").GetRawText().Should().Be(
            """[{"offset":0,"array":"1"},{"offset":2,"array":"0-1"},{"offset":4,"array":"0"}]""");
    }

    [Fact]
    public async Task Status_of_one_shard_counts_its_cases_alone_and_shards_go_with_no_other_selection()
    {
        Freeze(null);
        int[] sizes = ShardDivision.ByHash(4).SizesOf(Planned());

        (await CallAsync("status", "x", "--shard", "2/4")).Should().MatchRegex($@"TOTAL +{sizes[1]} ");
        (await FailAsync("status", "x", "--shard", "2/5")).Should().Contain("into 4 shards, and 5 were asked for");
        (await FailAsync("status", "x", "--shards", "--setting", "solo")).Should().Contain("--setting selects cases");
        (await FailAsync("status", "x", "--shards", "--watch")).Should().Contain("neither with --judges nor with --watch");
        File.Delete(Layout.ShardsFile);
        (await FailAsync("status", "x", "--shards")).Should()
            .Contain("is not divided into shards. A run with --shard 1/16 divides it, or ");
    }

    private void Freeze(ShardTasks? tasks)
    {
        ExperimentPlanner.Freeze(View().Plan, Layout);
        ShardFile.TryFreeze(Layout, ShardDivision.ByHash(4, tasks)).Should().BeTrue();
    }

    private static IEnumerable<string> Submissions(string text) =>
        text.Split('\n').Where(line => line.Contains(" sbatch ", StringComparison.Ordinal));

    private string[] Planned() => [.. View().Plan.Cases.Select(caseId => caseId.ToString())];

    private ExperimentView View() => ExperimentView.Load(
        new Dictionary<string, string> { [ExperimentView.ExperimentVariable] = ExperimentFile }, Layout.StoreFolder, TimeProvider.System);

    private async Task<string> CallAsync(params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(arguments);
        code.Should().Be(ExitCodes.Ok, error);
        return output;
    }

    private async Task<string> FailAsync(params string[] arguments)
    {
        (int code, _, string error) = await RunAsync(arguments);
        code.Should().Be(ExitCodes.BadInput);
        return error;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync([.. arguments, "--store", Layout.StoreFolder], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
