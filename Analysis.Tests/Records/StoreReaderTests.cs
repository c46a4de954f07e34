using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class StoreReaderTests
{
    [Fact]
    public void Files_come_in_the_order_of_their_names_and_lines_in_theirs()
    {
        using var store = StoreBuilder.Sound();

        StoredRun[] runs = [.. new StoreReader(store.Layout).ReadRuns()];

        runs.Select(run => (run.File, run.Line)).Should().BeInAscendingOrder().And.HaveCount(10);
        runs[0].File.Should().Be("runs/coop-comm_seed0.jsonl");
        runs[0].Line.Should().Be(2);
    }

    [Fact]
    public void An_experiment_that_was_never_run_has_no_records_and_no_faults()
    {
        using StoreBuilder store = new StoreBuilder().Plan(Sample.Case(Setting.Solo));
        var reader = new StoreReader(store.Layout);

        reader.ReadRuns().Should().BeEmpty();
        reader.ReadPlan()!.Cases.Should().Equal(Sample.Case(Setting.Solo));
        reader.Faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("\"kind\":\"runs\"", "\"kind\":\"judgements\"", "The file holds 'judgements', not 'runs'.")]
    [InlineData("\"schema_version\":1", "\"schema_version\":2", "Schema version 2 is not known; this harness reads 1.")]
    [InlineData("\"kind\":\"runs\"", "\"kind\":7", null)]
    public void A_header_that_is_not_understood_is_a_fault_and_so_are_its_records(string part, string by, string? what)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Sample.Case(Setting.Solo)));
        StoreBuilder.ChangeLine(store.RunFile(Setting.Solo), 1, line => line.Replace(part, by, StringComparison.Ordinal));

        IReadOnlyList<StoreFault> faults = Faults(store, expectedRecords: 0);

        faults.Select(fault => fault.Line).Should().Equal(1, 2);
        if (what is not null)
            faults[0].ToString().Should().Be($"runs/solo_seed0.jsonl(1): {what}");
        faults[1].What.Should().Be("The file has no metadata line that can be read.");
    }

    [Theory]
    [InlineData("\"schema_version\":1,\"run_id\"", "\"schema_version\":7,\"run_id\"",
        "Schema version 7 is not known; this harness reads 1.")]
    [InlineData("\"experiment\":\"default\"", "\"experiment\":\"other\"",
        "The record of solo/click_task/1/f1_f2/seed0 does not belong into this file of default-solo.")]
    [InlineData("\"seed\":0", "\"seed\":1", "The record of solo/click_task/1/f1_f2/seed0 does not belong into this file of default-solo.")]
    [InlineData("\"run_name\":\"default-solo\"", "\"run_name\":\"x\"",
        "The record of solo/click_task/1/f1_f2/seed0 does not belong into this file of default-solo.")]
    [InlineData("\"task_id\":1", "\"task_id\":2",
        "The case id solo/click_task/1/f1_f2/seed0 does not say what the record's own fields say.")]
    [InlineData("\"repo\":\"click_task\"", "\"repo\":\"jinja_task\"",
        "The case id solo/click_task/1/f1_f2/seed0 does not say what the record's own fields say.")]
    public void A_record_that_contradicts_its_file_or_itself_is_a_fault(string part, string by, string what)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Sample.Case(Setting.Solo)));
        StoreBuilder.ChangeLine(store.RunFile(Setting.Solo), 2, line => line.Replace(part, by, StringComparison.Ordinal));

        Faults(store, expectedRecords: 0).Select(fault => fault.ToString()).Should().Equal($"runs/solo_seed0.jsonl(2): {what}");
    }

    [Fact]
    public void A_file_copied_from_another_experiment_is_a_fault()
    {
        using var folder = new TempFolder();
        StoreBuilder other = new StoreBuilder("other", folder.Path).Add(Sample.Run(Sample.Case(Setting.Solo)));
        StoreBuilder store = new StoreBuilder("default", folder.Path).Plan(Sample.Case(Setting.Solo));
        Directory.CreateDirectory(store.Layout.RunsFolder);
        File.Copy(other.RunFile(Setting.Solo), store.RunFile(Setting.Solo));

        Faults(store, expectedRecords: 0).Select(fault => fault.What).Should().Equal("The record is of experiment 'other'.");
    }

    [Fact]
    public void A_damaged_line_in_the_middle_costs_that_line_alone()
    {
        using var store = StoreBuilder.Sound();
        StoreBuilder.ChangeLine(store.RunFile(Setting.Solo), 2, line => line[..^10]);

        StoreFault fault = Faults(store, expectedRecords: 9).Should().ContainSingle().Subject;

        fault.IsTornEnd.Should().BeFalse();
        fault.ToString().Should().StartWith("runs/solo_seed0.jsonl(2): ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_torn_end_costs_that_line_alone_and_is_reported_as_one(int bytesLost)
    {
        using var store = StoreBuilder.Sound();
        using (FileStream file = new(store.RunFile(Setting.Solo), FileMode.Open))
            file.SetLength(file.Length - 1 - bytesLost);

        Faults(store, expectedRecords: 9).Should().ContainSingle().Which.Should().Match<StoreFault>(f => f.IsTornEnd && f.Line == 3);
    }

    [Fact]
    public void A_file_that_was_torn_in_its_header_or_before_is_a_torn_end_and_named()
    {
        using var store = StoreBuilder.Sound();
        File.WriteAllText(store.RunFile(Setting.Solo, seed: 7), "{\"schema_version\":1,\"kind\"");
        File.WriteAllText(store.RunFile(Setting.Solo, seed: 8), "");

        StoreFault[] faults = [.. Faults(store, expectedRecords: 10)];
        faults.Should().OnlyContain(fault => fault.IsTornEnd);
        faults.Select(fault => (fault.File, fault.Line)).Should().Equal(
            ("runs/solo_seed7.jsonl", 1), ("runs/solo_seed8.jsonl", null));
    }

    [Fact]
    public void A_damaged_plan_is_a_fault_with_its_line()
    {
        using var store = StoreBuilder.Sound();
        string[] lines = File.ReadAllLines(store.Layout.PlanFile);
        lines[2] = "  \"experiment\": 7,";
        File.WriteAllLines(store.Layout.PlanFile, lines);
        var reader = new StoreReader(store.Layout);

        reader.ReadPlan().Should().BeNull();
        reader.Faults.Should().ContainSingle().Which.ToString().Should().StartWith("experiment.json(3): ");
    }

    [Fact]
    public void A_plan_of_a_later_version_is_a_fault()
    {
        using var store = StoreBuilder.Sound();
        File.WriteAllText(store.Layout.PlanFile,
            File.ReadAllText(store.Layout.PlanFile).Replace("\"schema_version\": 1", "\"schema_version\": 2", StringComparison.Ordinal));
        var reader = new StoreReader(store.Layout);

        reader.ReadPlan().Should().NotBeNull();
        reader.Faults.Should().ContainSingle().Which.What.Should().Be("Schema version 2 is not known; this harness reads 1.");
    }

    private static IReadOnlyList<StoreFault> Faults(StoreBuilder store, int expectedRecords)
    {
        var reader = new StoreReader(store.Layout);
        RunRecord[] records = [.. reader.ReadRuns().Select(run => run.Record)];
        records.Should().HaveCount(expectedRecords);
        return reader.Faults;
    }
}
