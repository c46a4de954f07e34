using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class SchemaAndPlanRuleTests
{
    [Theory]
    [InlineData("unknown", "^runs/solo_seed0\\.jsonl\\(3\\): The JSON property 'surprise' could not be mapped")]
    [InlineData("duplicate", "^runs/solo_seed0\\.jsonl\\(3\\): Duplicate property 'repo' encountered")]
    [InlineData("missing", "^runs/solo_seed0\\.jsonl\\(3\\): JSON deserialization for type .*was missing required properties.*'bucket'")]
    [InlineData("cut", "^runs/solo_seed0\\.jsonl\\(3\\): Expected depth to be zero at the end")]
    [InlineData("empty", "^runs/solo_seed0\\.jsonl\\(3\\): The input does not contain any JSON tokens")]
    [InlineData("elsewhere", "^runs/solo_seed0\\.jsonl\\(3\\): The record of solo/.* does not belong into this file of default-solo")]
    public void A_damaged_line_is_found_by_file_and_line(string damage, string expected)
    {
        using var store = StoreBuilder.Sound();
        StoreBuilder.ChangeLine(store.RunFile(Setting.Solo), 3, line => damage switch
        {
            "unknown" => line.Replace("{\"schema_version\":1,", "{\"surprise\":1,\"schema_version\":1,", StringComparison.Ordinal),
            "duplicate" => line.Replace("\"repo\":", "\"repo\":\"click_task\",\"repo\":", StringComparison.Ordinal),
            "missing" => line.Replace("\"bucket\":null,", "", StringComparison.Ordinal),
            "cut" => line[..50],
            "empty" => "",
            _ => File.ReadAllLines(store.RunFile(Setting.Solo, seed: 1))[1],
        });

        RuleOutcome outcome = new SchemaRule().Check(store.Read());

        Finding finding = outcome.Findings.Should().ContainSingle().Subject;
        finding.Severity.Should().Be(Severity.Error);
        Regex.IsMatch(finding.ToString(), expected, RegexOptions.Singleline).Should().BeTrue(finding.ToString());
        finding.ToString().Should().NotContain("LineNumber", "the serializer's own is always 0");
    }

    [Fact]
    public void A_torn_end_is_a_warning_and_loses_nothing_before_it()
    {
        using var store = StoreBuilder.Sound();
        using (FileStream file = new(store.RunFile(Setting.Solo), FileMode.Open))
            file.SetLength(file.Length - 40);

        var dataset = store.Read();
        RuleOutcome outcome = new SchemaRule().Check(dataset);

        outcome.Passed.Should().BeTrue();
        outcome.Findings.Should().ContainSingle().Which.Should().Match<Finding>(f => f.Severity == Severity.Warning
            && f.Where == "runs/solo_seed0.jsonl(3)");
        dataset.Records.Count(r => r.CaseId == Sample.Case(Setting.Solo, task: 1)).Should().Be(1);
        new CellRule().Check(dataset).Findings.Select(f => f.ToString()).Should().Equal("solo/click_task/2/f1_f2/seed0: no record");
    }

    [Fact]
    public void What_a_partial_run_left_out_is_a_warning_where_that_was_meant_and_nothing_else_is_excused()
    {
        using var store = StoreBuilder.Sound();
        foreach (int seed in (int[])[0, 1, 2])
            File.Delete(store.RunFile(Setting.Solo, seed));

        Validation.Run(store.Layout)["DATA-01"].Outcome.Passed.Should().BeFalse();
        ValidationReport partial = Validation.Run(store.Layout, isPartial: true);
        partial["DATA-01"].Outcome.Passed.Should().BeTrue();
        partial["DATA-01"].Outcome.Findings.Should().ContainSingle().Which.What.Should().Contain("only a part of it has been run");
        partial["FIG4-01"].Outcome.Passed.Should().BeTrue();
        partial["STORE-01"].Outcome.Passed.Should().BeTrue();
        partial["STORE-01"].Outcome.Findings.Should().ContainSingle().Which.What.Should().StartWith("6 findings left out");

        StoreBuilder.ChangeLine(store.RunFile(Setting.CoopNocomm), 2, line => line[..50]);
        Validation.Run(store.Layout, isPartial: true).Passed.Should().BeFalse();
    }

    [Fact]
    public void A_last_line_that_only_lacks_its_line_feed_is_whole()
    {
        using var store = StoreBuilder.Sound();
        using (FileStream file = new(store.RunFile(Setting.Solo), FileMode.Open))
            file.SetLength(file.Length - 1);

        new SchemaRule().Check(store.Read()).Findings.Should().BeEmpty();
    }

    [Fact]
    public void A_record_that_miscounts_its_messages_is_found()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Sample.Case(Setting.CoopComm)) with { MessagesCount = 4 });

        new MessageRule().Check(store.Read()).Findings.Select(f => f.ToString()).Should().Equal(
            "coop-comm/click_task/1/f1_f2/seed0: messages_count says 4, but there are 1 messages [runs/coop-comm_seed0.jsonl(2)]");
    }

    public static TheoryData<string> Contradictions => [.. s_contradictions.Keys];

    private static readonly Dictionary<string, (RunRecord Record, string Finding)> s_contradictions = new()
    {
        ["a negative cost"] = (Sample.Run(Sample.Case(Setting.CoopNocomm)) with { TotalCost = -0.5m }, "total_cost is -0.5"),
        ["a negative duration"] = (Sample.Run(Sample.Case(Setting.CoopNocomm)) with { DurationSeconds = -3 }, "duration_seconds is -3"),
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_record_that_cannot_be_true_is_found(string what)
    {
        (RunRecord record, string finding) = s_contradictions[what];
        using StoreBuilder store = new StoreBuilder().Add(record);

        new SchemaRule().Check(store.Read()).Findings.Select(f => f.ToString()).Should()
            .Equal($"coop-nocomm/click_task/1/f1_f2/seed0: {finding} [runs/coop-nocomm_seed0.jsonl(2)]");
    }

    [Theory]
    [InlineData("\"bucket\":6,", "", "results.json(2)")]
    [InlineData("\n]\n", "", "results.json")]
    [InlineData("[\n", "", "results.json(1)")]
    [InlineData("\n]\n", "\n]\n]\n", "results.json(13)")]
    public void A_collected_file_that_lacks_a_field_or_is_cut_is_found(string replace, string by, string where)
    {
        using var store = StoreBuilder.Sound();
        DurableFile.Write(store.Layout.ResultsFile, stream => new Collector().Write(stream, [store.Read()]));
        string text = File.ReadAllText(store.Layout.ResultsFile);
        int at = text.IndexOf(replace, StringComparison.Ordinal);
        File.WriteAllText(store.Layout.ResultsFile, text[..at] + by + text[(at + replace.Length)..]);

        RuleOutcome outcome = new SchemaRule().Check(store.Read());

        outcome.Passed.Should().BeFalse();
        outcome.Findings.Select(f => f.Where).Should().Equal(where);
    }

    [Fact]
    public void Settings_without_a_record_that_counts_and_cases_without_a_record_are_named()
    {
        using var store = new StoreBuilder();
        store.Plan(Sample.Case(Setting.Solo), Sample.Case(Setting.Solo, seed: 1), Sample.Case(Setting.CoopComm),
            Sample.Case(Setting.CoopNocomm));
        store.Add(Sample.Run(Sample.Case(Setting.Solo)));
        store.Add(Sample.Infra(Sample.Case(Setting.CoopComm)));

        RuleOutcome plan = new PlanRule().Check(store.Read());
        plan.Findings.Select(f => f.ToString()).Should()
            .Equal("setting coop-comm: no record of it counts", "setting coop-nocomm: no record of it counts");
        plan.Note.Should().Be("1 of 4 cases count (solo 1 of 2, coop-comm 0 of 1, coop-nocomm 0 of 1)");

        RuleOutcome cells = new CellRule().Check(store.Read());
        cells.Findings.Select(f => f.ToString()).Should()
            .Equal("solo/click_task/1/f1_f2/seed1: no record", "coop-nocomm/click_task/1/f1_f2/seed0: no record");
        cells.Note.Should().Be("2 of 4 cases are there");
    }

    [Fact]
    public void A_plan_without_cases_fails_the_plan_rule()
    {
        using StoreBuilder store = new StoreBuilder().Plan();

        new PlanRule().Check(store.Read()).Passed.Should().BeFalse();
    }
}
