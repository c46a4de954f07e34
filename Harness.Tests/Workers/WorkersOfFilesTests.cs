using System.Text.Json;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Workers;

/// <summary>What <c>status --workers</c> says by the files of stores.</summary>
public sealed class WorkersOfFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-workers-").FullName;
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly PlantedStore _a;
    private readonly PlantedStore _b;

    public WorkersOfFilesTests() =>
        (_a, _b) = (new PlantedStore(Path.Combine(_folder, "a")).Plan(), new PlantedStore(Path.Combine(_folder, "b")).Plan());

    private static IReadOnlyList<CaseId> Cases => PlantedStore.Cases;

    private static string Here => $"{Environment.ProcessId} on {Environment.MachineName}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Several_stores_are_one_experiment_whose_cases_count_once()
    {
        Fill();

        string text = await CallAsync();

        text.Should().StartWith("x: workers by the files of 2 stores, ").And
            .Contain("\ncases    10 planned: 3 completed, 0 failed, 2 running, 5 left\n").And
            .Contain("\ncost     4.00+ USD so far, 3.00 USD held for 1 attempt of unknown cost; budget 20.00 USD\n").And
            .MatchRegex(@"\nrate     4\.\d cases per hour \(3 completed in the last 4[01] min \d\d s\)\n").And
            .MatchRegex(@"\nend      \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in 1 h 3\d min, "
                + @"if the 7 cases that run or are left go at that rate\n").And
            .Contain("\nworkers  2 at work, 1 gone\n");
        text.Split('\n').Should().OnlyContain(line => line.Length <= 120);
    }

    [Fact]
    public async Task Each_worker_has_a_line_with_what_it_runs()
    {
        Fill();

        string text = await CallAsync();

        text.Should().MatchRegex($@"\nprocess +state +began +store +completed +per hour\n{Here} +gone +1 h 30 min ago +[^ ]+ +1 +-\n"
            + $@"4711 on node7 +at work +40 min \d\d s ago +[^ ]+ +2 +3\.0\n"
            + $@"  {Cases[5]}  attempt 1  provision  20 min \d\d s\n").And
            .MatchRegex($@"\n{Here} +at work +\d+ s ago +[^ ]+ +0 +-\n  {Cases[3]}  attempt 1  provision  \d+ s\n");
    }

    [Fact]
    public async Task Stragglers_and_workers_that_are_gone_are_named()
    {
        Fill();
        _a.Complete(PlantedStore.Far, Cases[6], _now - TimeSpan.FromMinutes(39), 120);

        string text = await CallAsync();

        text.Should().MatchRegex($@"\nstraggler: {Cases[5]} has run for 20 min \d\d s\n"
            + @"  in process 4711 on node7; the median of 1 completed coop-nocomm case is 2 min 00 s\n").And
            .Contain($"\ngone: process {Here}: 1 case is due again\n  {Cases[2]}\n");
    }

    [Fact]
    public async Task What_was_merged_from_one_store_into_the_other_was_paid_once()
    {
        _a.Complete(PlantedStore.Far, Cases[0], _now - TimeSpan.FromHours(2), 60);
        _b.Complete(PlantedStore.Far, Cases[0], _now - TimeSpan.FromHours(2), 60)
            .Complete(PlantedStore.Dead, Cases[1], _now - TimeSpan.FromHours(2), 60);

        string text = await CallAsync();
        string all = await CallAsync("--list");

        text.Should().Contain("\ncost     2.00 USD so far; budget 20.00 USD\nrate     -\nend      - (no worker lives)\n"
            + "workers  1 ended, 1 not seen\n2 workers that have no case and no sign of life: 2 cases completed; --list shows each\n");
        all.Should().MatchRegex($@"\n{Here} +ended +2 h 00 min ago +[^ ]+ +1 +-\n").And.MatchRegex(@"\n4711 on node7 +not seen +2 h");
    }

    [Fact]
    public async Task Programs_get_the_same_facts_in_one_line()
    {
        Fill();

        string output = await CallAsync("--json");

        output.Should().EndWith("}\n").And.Subject.Count(c => c == '\n').Should().Be(1);
        JsonElement x = JsonDocument.Parse(output).RootElement.GetProperty("experiments")[0];
        string[] numbers = ["planned", "completed", "failed", "running", "left"];
        numbers.Select(name => x.GetProperty(name).GetInt32()).Should().Equal(10, 3, 0, 2, 5);
        x.GetProperty("cost_usd").GetDecimal().Should().Be(4);
        x.GetProperty("rate").GetProperty("completed").GetInt32().Should().Be(3);
        x.GetProperty("expected_end").GetDateTimeOffset().Should().BeAfter(_now);
        JsonElement[] workers = [.. x.GetProperty("workers").EnumerateArray()];
        workers.Select(worker => worker.GetProperty("state").GetString()).Should().BeEquivalentTo("gone", "at_work", "at_work");
        workers[0].GetProperty("due_again")[0].GetString().Should().Be(Cases[2].ToString());
        workers.Single(worker => worker.GetProperty("host").GetString() == "node7").GetProperty("running")[0].GetProperty("case_id")
            .GetString().Should().Be(Cases[5].ToString());
    }

    [Fact]
    public async Task Watching_ends_when_no_worker_lives()
    {
        _a.Complete(PlantedStore.Dead, Cases[0], _now - TimeSpan.FromMinutes(2), 60);

        string text = await CallAsync("--watch");

        text.Split("x: workers").Should().HaveCount(2, "a look that brings nothing new is not repeated where nothing can be drawn over");
    }

    [Fact]
    public async Task Without_the_variable_workers_that_share_a_database_are_shown_by_the_files()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TANDEM_POSTGRES") is not null, "TANDEM_POSTGRES is set.");
        _a.Plan("""{"name":"x","run":{"claims":"postgres"}}""");

        (await CallAsync()).Should().Contain("\nnote: the workers share a PostgreSQL (run.claims), and TANDEM_POSTGRES is not set: this "
            + "is what the files say\n");
    }

    [Theory]
    [InlineData("--stores goes with --workers.", "x", "--stores", "A,B")]
    [InlineData("There is no store ", "x", "--workers", "--stores", "A,nowhere")]
    [InlineData("--workers is about a whole experiment, and --setting is not.", "x", "--workers", "--setting", "solo")]
    [InlineData("--workers is about a whole experiment, and --shards is not.", "x", "--workers", "--shards")]
    [InlineData("--workers and --judges exclude each other.", "x", "--workers", "--judges", "--stores", "A")]
    [InlineData("No store of those that were named holds an experiment 'nope'", "nope", "--workers", "--stores", "A")]
    public async Task Bad_input_is_one_clear_line(string message, params string[] arguments)
    {
        (int code, _, string error) = await RunAsync(["status", .. arguments.Select(word =>
            word.Replace("A", _a.Layout.StoreFolder).Replace(",B", "," + _b.Layout.StoreFolder))]);

        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain(message).And.NotContain("   at ");
    }

    /// <summary>A worker elsewhere that is at work since 40 minutes and has a straggler, one here that has begun, and one that died. One
    /// case was completed in both stores.</summary>
    private void Fill()
    {
        _a.Complete(PlantedStore.Far, Cases[0], _now - TimeSpan.FromMinutes(40), 120)
            .Complete(PlantedStore.Far, Cases[1], _now - TimeSpan.FromMinutes(30), 120, usd: null)
            .Begin(PlantedStore.Far, Cases[5], _now - TimeSpan.FromMinutes(20));
        _b.Complete(PlantedStore.Dead, Cases[0], _now - TimeSpan.FromMinutes(90), 120, usd: 2)
            .Complete(PlantedStore.Dead, Cases[4], _now - TimeSpan.FromMinutes(30), 120)
            .Begin(PlantedStore.Dead, Cases[2], _now - TimeSpan.FromMinutes(25))
            .Begin(ProcessIdentity.Current, Cases[3], _now);
    }

    private async Task<string> CallAsync(params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(["status", "x", "--workers", "--stores",
            $"{_a.Layout.StoreFolder},{_b.Layout.StoreFolder}", .. arguments]);
        code.Should().Be(ExitCodes.Ok, error);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        return output;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
