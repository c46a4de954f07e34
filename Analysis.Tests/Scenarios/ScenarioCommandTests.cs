using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Tests.Formats;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Analysis.Tests.Scenarios;

/// <summary>Every verb on an experiment of scenarios, alone in its store and beside pair runs.</summary>
public sealed class ScenarioCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Collect_writes_the_records_that_count_in_the_order_of_the_plan()
    {
        using var store = new PlantedScenarioStore();
        ScenarioCaseId lost = store.Plan.Cases.ElementAt(1);
        store.Fill((id, _) => id.Equals(lost) ? null : id.Scenario == "s1");

        (int exitCode, string output, string error) = store.Call("collect");

        exitCode.Should().Be(0);
        error.Should().BeEmpty();
        output.Should().Be(
            $"""
            talks: 7 of 8 cases count (2 scenarios, 2 variants, 2 repetitions)
              variant  cases  passed  failed  missing  of it infra  checks due  reruns  paid, USD  unpriced  latency, mean
              plain        4       2       2        0            0           0       0     0.0120         0         2.00 s
              formal       4       1       2        1            1           0       0     0.0090         1         2.00 s

            wrote 7 records to {store.Layout.ResultsFile}

            """.ReplaceLineEndings("\n"));
        using var results = JsonDocument.Parse(File.ReadAllBytes(store.Layout.ResultsFile));
        results.RootElement.EnumerateArray().Select(record => record.GetProperty("case_id").GetString()).Should()
            .Equal(store.Plan.Cases.Where(id => !id.Equals(lost)).Select(id => id.ToString()));
        byte[] first = File.ReadAllBytes(store.Layout.ResultsFile);
        store.Call("collect");
        File.ReadAllBytes(store.Layout.ResultsFile).Should().Equal(first);
    }

    [Fact]
    public void The_same_records_become_a_table()
    {
        using var store = PlantedScenarioStore.Sound();

        store.Call("collect", "--format", "csv").Output.Should().Contain("wrote 8 records to ").And.Contain("results.csv");
        store.Call("collect", "--format", "parquet").ExitCode.Should().Be(0);

        string[] lines = File.ReadAllLines(Path.ChangeExtension(store.Layout.ResultsFile, "csv"));
        lines.Should().HaveCount(9);
        lines[0].Should().StartWith("type,schema_version,run_id,experiment,case_id,scenario_id,variant,rep,attempt,");
        lines[1].Should().StartWith("scenario_result,1,run-1,talks,scenario/plain/s1/rep1,s1,plain,1,1,")
            .And.Contain("\"[{\"\"turn\"\":1,").And.EndWith(",true,0.1.0+test");
        var parquet = new ParquetReader(File.ReadAllBytes(Path.ChangeExtension(store.Layout.ResultsFile, "parquet")));
        parquet.Rows.Should().Be(8);
        parquet.Read("rep").Should().Equal(1L, 1L, 1L, 1L, 2L, 2L, 2L, 2L);
        parquet.Columns.Select(column => column.Name).Should().Equal(RecordColumn.OfScenarios.Select(column => column.Name));
        File.Exists(store.Layout.ResultsFile).Should().BeFalse();
    }

    [Fact]
    public void Validate_and_collect_do_both_kinds_of_a_store()
    {
        using PlantedScenarioStore store = Mixed();

        store.Call("validate").Should().Match<(int ExitCode, string Output, string Error)>(run => run.ExitCode == 0
            && run.Output.Contains("pairs: 16 of 16 rules pass; 5 more with --deep\n")
            && run.Output.Contains("talks: 9 of 9 rules pass\n"));
        store.Call("collect", "--validate").Should().Match<(int ExitCode, string Output, string Error)>(run => run.ExitCode == 0
            && run.Output.Contains("wrote 1 records to ") && run.Output.Contains("wrote 8 records to ")
            && run.Output.Contains("talks: 9 of 9 rules pass\n"));
        store.Call("collect", "--output", "all.json").Should().Match<(int ExitCode, string Output, string Error)>(run =>
            run.ExitCode == 2 && run.Error.Contains("talks is an experiment of scenarios, and pairs of pair runs; collect --output"));
        store.Call("collect", "talks", "--output", "all.json").ExitCode.Should().Be(0);
        File.Exists(_folder.File("store", "all.json")).Should().BeTrue();
    }

    [Fact]
    public void A_failing_rule_gives_exit_code_1_and_a_plan_that_cannot_be_read_2()
    {
        using var store = PlantedScenarioStore.Sound();
        File.Delete(store.RunFile("formal", 2));

        store.Call("validate").ExitCode.Should().Be(1);
        store.Call("validate", "--partial").ExitCode.Should().Be(0);
        File.WriteAllText(store.Layout.PlanFile, """{"kind":"scenarios"}""");
        store.Call("validate").Should().Match<(int ExitCode, string Output, string Error)>(run =>
            run.ExitCode == 2 && run.Error.Contains("has no plan that can be read"));
    }

    [Theory]
    [InlineData("export", "export talks --output out")]
    [InlineData("query", "query select talks")]
    [InlineData("agreement", "agreement talks")]
    [InlineData("labels import", "labels import labels.csv talks")]
    public void A_verb_of_pair_runs_refuses_and_says_what_to_use(string verb, string arguments)
    {
        using var store = PlantedScenarioStore.Sound();

        (int exitCode, _, string error) = store.Call(arguments.Split(' '));

        exitCode.Should().Be(2);
        error.Should().Be($"error: talks is an experiment of scenarios; {verb} reads pair runs.\n"
            + "  next: Use collect, which writes its records as JSON, or report or compare: ./run.sh report talks\n");
    }

    [Fact]
    public void Import_does_not_touch_an_experiment_of_scenarios()
    {
        using var store = PlantedScenarioStore.Sound();
        byte[] plan = File.ReadAllBytes(store.Layout.PlanFile);
        Directory.CreateDirectory(Path.Combine(store.Layout.StoreFolder, "logs"));

        (int exitCode, _, string error) = store.Call("import", "--cooperbench-dir", "logs", "--name", "talks");

        exitCode.Should().Be(2);
        error.Should().StartWith("error: ").And.Contain("  next: ");
        File.ReadAllBytes(store.Layout.PlanFile).Should().Equal(plan);
    }

    [Fact]
    public void Where_nothing_is_named_the_experiments_of_scenarios_are_left_out_and_said()
    {
        using PlantedScenarioStore store = Mixed();

        (int exitCode, string output, string error) = store.Call("export", "--output", "out");

        exitCode.Should().Be(0);
        output.Should().Contain("wrote 1 cases to ");
        error.Should().Be("note: talks is an experiment of scenarios, and is left out: export reads pair runs.\n");
    }

    [Fact]
    public void Compare_refuses_both_kinds_together()
    {
        using PlantedScenarioStore store = Mixed();

        (int exitCode, _, string error) = store.Call("compare", "pairs", "talks");

        exitCode.Should().Be(2);
        error.Should().Be("error: talks is an experiment of scenarios, and pairs of pair runs; they share no case that could be "
            + "compared.\n  next: Name experiments of one kind alone.\n");
    }

    private PlantedScenarioStore Mixed()
    {
        new StoreBuilder("pairs", _folder.File("store")).Add(Sample.Run(Sample.Case(Setting.Solo)));
        return PlantedScenarioStore.Sound(store: _folder.File("store"));
    }
}
