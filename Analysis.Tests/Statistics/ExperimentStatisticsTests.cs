using FluentAssertions;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class ExperimentStatisticsTests
{
    [Fact]
    public void Missing_cases_are_shown_by_why_bound_the_rate_and_fill_nothing()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task: 1)));
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task: 2), passed: false));
        store.Add(Sample.Infra(Sample.Case(Setting.CoopComm, task: 3)));
        store.Add(Sample.Interrupted(Sample.Case(Setting.CoopComm, task: 4)));
        store.Plan(Sample.Case(Setting.CoopComm, task: 5));

        PassRate rate = Of(store).Rates.Should().ContainSingle().Subject;

        rate.Cases.Should().Be(5);
        rate.Rate.Should().Be(new Proportion(1, 2));
        rate.Missing.Should().Be(new MissingCases(NotRun: 1, InfraErrors: 1, Interrupted: 1, NoVerdict: 0));
        rate.Bounds.Should().Be(new Interval(0.2, 0.8));
    }

    [Fact]
    public void Solo_has_its_first_seed_apart_from_all_seeds()
    {
        using var store = StoreBuilder.Sound();

        Of(store).Rates.Select(r => (r.Setting, r.Seed, r.Rate)).Should().Equal(
            (Setting.Solo, 0, new Proportion(2, 2)),
            (Setting.Solo, null, new Proportion(4, 6)),
            (Setting.CoopComm, 0, new Proportion(2, 2)),
            (Setting.CoopNocomm, 0, new Proportion(1, 2)));
    }

    [Fact]
    public void A_limit_that_was_exceeded_is_a_failure_whatever_was_written()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Limited(Sample.Case(Setting.Solo)) with { BothPassed = true });

        Of(store).Rates[0].Rate.Should().Be(new Proportion(0, 1));
    }

    [Fact]
    public void Rates_are_divided_by_repository_language_and_difficulty()
    {
        using var store = StoreBuilder.Sound();
        store.Add(Sample.Run(new CaseId(Setting.CoopComm, "go_task", 9, [1, 2], 0), passed: false) with { Language = "go" });

        ExperimentStatistics statistics = Of(store);

        Rows(RateDimension.Repo).Should().Equal(("click_task", 2, new Proportion(2, 2)), ("go_task", 1, new Proportion(0, 1)));
        Rows(RateDimension.Language).Should().Equal(("go", 1, new Proportion(0, 1)), ("python", 2, new Proportion(2, 2)));
        Rows(RateDimension.Difficulty).Should()
            .Equal(("0", 1, new Proportion(1, 1)), ("6", 1, new Proportion(1, 1)), (RateTable.Unknown, 1, new Proportion(0, 1)));

        IEnumerable<(string, int, Proportion)> Rows(RateDimension dimension) =>
            statistics.Tables.Single(t => t.Dimension == dimension).Rows
                .Select(row => (row.Name, row.Pairs, row.Rates.Single(r => r.Setting == Setting.CoopComm).Rate));
    }

    [Fact]
    public void Settings_are_compared_within_pairs_that_have_both_verdicts()
    {
        using var store = new StoreBuilder();
        for (int task = 1; task <= 8; task++)
        {
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task)));
            store.Add(Sample.Run(Sample.Case(Setting.CoopNocomm, task), passed: task == 1));
        }
        store.Add(Sample.Run(Sample.Case(Setting.Solo, 20), passed: false));
        store.Add(Sample.Infra(Sample.Case(Setting.CoopNocomm, 20)));
        store.Add(Sample.Run(Sample.Case(Setting.Solo, 21), passed: false));

        SettingContrast contrast = Of(store).Contrasts.Should().ContainSingle().Subject;

        (contrast.Baseline, contrast.Other).Should().Be((Setting.Solo, Setting.CoopNocomm));
        contrast.Primary!.Table.Should().Be(new PairedTable(Both: 1, OnlyBaseline: 7, OnlyOther: 0, Neither: 0));
        contrast.Primary.Should().Match<PairedDifference>(d => d.Pairs == 8 && d.Tasks == 8 && d.PairsMissing == 1
            && d.PairsUnmatched == 1);
        contrast.Primary.Difference.Should().Be(-0.875);
        // Nine pairs have both cases: 7 of 8 lost, and one failed alone whose partner, missing, may have failed or passed.
        contrast.Primary.Bounds.Should().Be(new Interval(-7.0 / 9, -6.0 / 9));
        contrast.P.Should().BeApproximately(2.0 / 128, 1e-12);
        contrast.HolmP.Should().BeApproximately(2.0 / 128, 1e-12, "it is the only one");
        contrast.Evidence.Should().Be(Evidence.Clear);
        contrast.Primary.Interval.Caution.Should().Be("only 8 tasks: the interval is too narrow");
    }

    [Fact]
    public void Five_tasks_that_all_point_one_way_are_not_evidence()
    {
        using var store = new StoreBuilder();
        for (int task = 1; task <= 5; task++)
        {
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task)));
            store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task), passed: false));
        }

        SettingContrast contrast = Of(store).Contrasts[0];

        contrast.Primary!.Interval.Interval.Should().Be(new Interval(-1, -1));
        contrast.P.Should().Be(0.0625);
        contrast.Evidence.Should().Be(Evidence.NotShown);
    }

    [Fact]
    public void Means_over_seeds_use_every_verdict_and_have_no_table()
    {
        using var store = StoreBuilder.Sound();

        IReadOnlyList<SettingContrast> contrasts = Of(store).Contrasts;

        contrasts.Select(c => (c.Baseline, c.Other)).Should()
            .Equal((Setting.Solo, Setting.CoopComm), (Setting.Solo, Setting.CoopNocomm), (Setting.CoopNocomm, Setting.CoopComm));
        SettingContrast comm = contrasts[0];
        comm.BySeed.Should().ContainSingle().Which.Seed.Should().Be(0);
        comm.AllSeeds.Table.Should().BeNull();
        comm.AllSeeds.BaselineRate.Should().BeApproximately(((1.0 / 3) + 1) / 2, 1e-12);
        comm.AllSeeds.Difference.Should().BeApproximately(1.0 / 3, 1e-12);
        contrasts.Should().OnlyContain(c => c.Evidence == Evidence.NotShown && c.HolmP == 1);
    }

    [Fact]
    public void Repeats_go_up_to_the_seeds_that_there_are()
    {
        using var store = StoreBuilder.Sound();

        Of(store).Repeats.Where(r => r.Setting == Setting.Solo)
            .Select(r => (r.K, r.Pairs, Math.Round(r.PassAtK!.Value, 4), Math.Round(r.PassAllK!.Value, 4))).Should().Equal(
            (1, 2, 0.6667, 0.6667), (2, 2, 0.8333, 0.5), (3, 2, 1, 0.5));
    }

    [Fact]
    public void The_headline_names_the_best_setting_and_what_it_is_best_against()
    {
        using var store = new StoreBuilder();
        for (int task = 1; task <= 7; task++)
        {
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task), passed: task <= 2));
            store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task), passed: task <= 6));
            store.Add(Sample.Run(Sample.Case(Setting.CoopNocomm, task), passed: task <= 1));
        }

        Headline headline = Of(store).Headline;

        headline.Best.Should().Be(Setting.CoopComm);
        headline.Ranking.Select(r => r.Setting).Should().Equal(Setting.CoopComm, Setting.Solo, Setting.CoopNocomm);
        headline.FirstAgainstNext.Should().Match<SettingContrast>(c => c.Baseline == Setting.Solo && c.Other == Setting.CoopComm);
        headline.WithVerdict.Should().Be(new Proportion(21, 21));
        headline.Lead.Should().BeApproximately(4.0 / 7, 1e-12);
    }

    [Fact]
    public void A_setting_that_ranks_first_for_want_of_its_hard_pairs_is_not_the_best()
    {
        using var store = new StoreBuilder();
        for (int task = 1; task <= 4; task++)
        {
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task), passed: task <= 2));
            store.Add(task <= 2 ? Sample.Run(Sample.Case(Setting.CoopComm, task), passed: true)
                : Sample.Infra(Sample.Case(Setting.CoopComm, task)));
        }

        ExperimentStatistics statistics = Of(store);

        statistics.Headline.Should().Match<Headline>(h => h.Best == null && h.Standing == Standing.OpenByMissing && h.Lead == 0);
    }

    [Fact]
    public void Two_settings_that_are_equally_good_make_no_best_one()
    {
        using var store = StoreBuilder.Sound();

        Of(store).Headline.Should().Match<Headline>(h => h.Best == null && h.FirstAgainstNext == null);
    }

    [Fact]
    public void Curves_by_seeds_have_the_buckets_of_thirds()
    {
        using var store = StoreBuilder.Sound();

        SuccessCurves curves = Of(store).Curves;

        curves.Curves.Select(c => (c.Setting, string.Join(' ', c.Points.Select(p => $"{p.Bucket}:{p.Rate.Successes}/{p.Rate.Trials}"))))
            .Should().Equal(
            (Setting.Solo, "0:3/3 6:1/3"), (Setting.CoopComm, "0:1/1 6:1/1"), (Setting.CoopNocomm, "0:1/1 6:0/1"));
        curves.Contrasts.Should().BeEmpty("the area under the solo curve is fixed by construction, and with it gap and retention");
        curves.Caution.Should().Contain("by construction").And.Contain("areas, gap and retention are left out");
    }

    [Fact]
    public void An_experiment_without_records_has_statistics_without_numbers()
    {
        using var store = new StoreBuilder();
        store.Plan(Sample.Case(Setting.Solo), Sample.Case(Setting.CoopComm));

        ExperimentStatistics statistics = Of(store);

        statistics.Headline.Best.Should().BeNull();
        statistics.Rates.Should().OnlyContain(r => r.Rate.Value == null && r.Missing.NotRun == 1 && r.Bounds == new Interval(0, 1));
        statistics.Contrasts.Should().ContainSingle().Which.Evidence.Should().Be(Evidence.NoData);
        statistics.Repeats.Should().BeEmpty();
        StatisticsJson.Of(statistics).Should().NotContain("NaN");
    }

    [Fact]
    public void The_same_records_give_the_same_numbers()
    {
        using var store = StoreBuilder.Sound();

        StatisticsJson.Of(Of(store)).Should().Be(StatisticsJson.Of(Of(store)));
    }

    private static ExperimentStatistics Of(StoreBuilder store) => ExperimentStatistics.Of(store.Read());
}
