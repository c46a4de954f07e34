using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class FigureRuleTests
{
    [Fact]
    public void Without_a_solo_setting_there_is_no_difficulty_to_ask_for()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Sample.Case(Setting.CoopComm)));

        RuleOutcome outcome = new DifficultyRule().Check(store.Read());

        outcome.Passed.Should().BeTrue();
        outcome.Note.Should().Be("not applicable, the plan has no solo setting");
    }

    [Fact]
    public void A_pair_whose_solo_runs_are_missing_is_found_once_for_all_its_records()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 1)));
        store.Add(Sample.Infra(Sample.Case(Setting.Solo, task: 2)));
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task: 2)));

        RuleOutcome outcome = new DifficultyRule().Check(store.Read());

        outcome.Findings.Select(f => f.ToString()).Should().Equal("click_task/2/f1_f2: no solo record of the pair counts");
        outcome.Note.Should().Be("1 of 2 pairs have one");
    }

    [Fact]
    public void A_file_collected_without_difficulty_is_found()
    {
        using var store = StoreBuilder.Sound();
        Collect(store, withDifficulty: false);

        ValidationReport report = store.Validate();

        report["FIG4-01"].Outcome.Findings.Should().HaveCount(10);
        report["FIG4-01"].Outcome.Findings[0].ToString().Should()
            .Be("results.json(2): solo/click_task/1/f1_f2/seed0 has no difficulty, though its pair has one");
        report["FIG4-02"].Outcome.Passed.Should().BeTrue();
        report["STORE-02"].Outcome.Passed.Should().BeFalse();
    }

    [Fact]
    public void A_wrong_bucket_in_the_collected_file_is_found()
    {
        using var store = StoreBuilder.Sound();
        Collect(store);
        StoreBuilder.ChangeLine(store.Layout.ResultsFile, 2, line =>
            line.Replace("\"bucket\":6", "\"bucket\":7", StringComparison.Ordinal));

        ValidationReport report = store.Validate();

        report["FIG4-02"].Outcome.Findings.Select(f => f.ToString()).Should().Equal(
            "solo/click_task/1/f1_f2/seed0: difficulty 0.6667, bucket 7; by its pair's solo runs 0.6667, 6 [results.json(2)]");
        report["STORE-02"].Outcome.Findings.Select(f => f.Where).Should().Equal("results.json(2)");
    }

    [Fact]
    public void The_buckets_population_is_given_by_record_and_by_pair()
    {
        using var store = StoreBuilder.Sound();

        RuleOutcome outcome = new BucketRule().Check(store.Read());

        outcome.Note.Should().Be("2 of 10 buckets are populated");
        outcome.Details.Should().Equal(
            "bucket       0     1     2     3     4     5     6     7     8     9",
            "records      5     0     0     0     0     0     5     0     0     0",
            "pairs        1     0     0     0     0     0     1     0     0     0");
    }

    private static void Collect(StoreBuilder store, bool withDifficulty = true) =>
        DurableFile.Write(store.Layout.ResultsFile, stream => new Collector(withDifficulty).Write(stream, [store.Read()]));
}
