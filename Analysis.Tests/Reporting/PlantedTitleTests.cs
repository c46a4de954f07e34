using FluentAssertions;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Overview;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Stores;
using Xunit;

namespace Tandem.Analysis.Tests.Reporting;

/// <summary>The first sentence and the answers of stores that invite to say more than the records carry.</summary>
[Trait("Tier", "Slow")]
public sealed class PlantedTitleTests
{
    [Theory]
    [InlineData(Planted.NothingPassed,
        "Nothing passed so far, and 57 of 60 cases have no verdict: coop-comm 0 of 1, and 29 more without a verdict; "
        + "coop-nocomm 0 of 2, and 28 more without a verdict; seed 0.",
        "Nobody knows yet: nothing passed so far", "Not known",
        "What is there, yes; but 57 of 60 cases have no verdict")]
    [InlineData(Planted.TwoPassed,
        "No setting can be called best, since 57 of 60 cases have no verdict, which could turn the order: solo 2 of 2, "
        + "and 28 more without a verdict; coop-comm 0 of 1, and 29 more without a verdict; seed 0.",
        "Nobody knows yet: what is missing could turn the order", "Not shown",
        "No")]
    [InlineData(Planted.OneSide,
        "No setting can be called best, since 30 of 120 cases have no verdict, which could turn the order: coop-comm 30 "
        + "of 30, and 30 more without a verdict; solo 50.0 % (30 of 60); seed 0.",
        "Nobody knows yet: what is missing could turn the order", "Not safe: data are missing",
        "What is there, yes; but 30 of 120 cases have no verdict")]
    [InlineData(Planted.Uneven,
        "Highest rate: coop-comm, 100.0 % of the pairs with a verdict passed (33 of 33, and 7 more without a verdict; "
        + "solo 0 of 40; seed 0); but its lead of 100.0 pp within 33 pairs is not safe: coop-comm lacks more verdicts than "
        + "by chance, so that the others may be a choice.",
        "Not shown; coop-comm has the highest rate, by 100.0 pp over solo within 33 pairs", "Not safe: data are missing",
        "What is there, yes; but 7 of 80 cases have no verdict")]
    [InlineData(Planted.Killed,
        "No setting can be called best, since coop-comm has no verdict: solo 2 of 2, and 13 more without a verdict; "
        + "coop-comm no verdict (0 of 15 cases); seed 0.",
        "Nobody knows yet: coop-comm without a verdict", "Nothing to compare",
        "No")]
    [InlineData(Planted.KilledAlone,
        "solo: 2 of 2 pairs with a verdict passed, 28 of 30 have none (seed 0), so that the rate is anywhere from 6.7 to "
        + "100.0 %; there is no other setting to compare with.",
        "solo, the only one", "Nothing to compare",
        "No")]
    [InlineData(Planted.NoSharedSeed,
        "Best: coop-comm, 83.3 % of the pairs passed (10 of 12; solo 2 of 12; all seeds, since the settings share none: "
        + "coop-comm seed 1, solo seed 0), 66.7 pp more than with solo within 12 pairs.",
        "coop-comm, by 66.7 pp over solo within 12 pairs", "Yes",
        "Yes")]
    [InlineData(Planted.NoSharedSeeds,
        "Highest rate: coop-comm, 79.2 % of the runs passed (19 of 24; solo 2 of 12; all seeds, since the settings share "
        + "none: coop-comm seeds 1 to 2, solo seed 0); whether its lead of 62.5 pp within 12 pairs is more than chance is "
        + "unclear.",
        "Not shown; coop-comm has the highest rate, by 62.5 pp over solo within 12 pairs", "Unclear: only the interval could be asked",
        "Yes")]
    [InlineData(Planted.LostSeed,
        "Highest rate: coop-comm, 83.3 % of the pairs passed (10 of 12; solo 2 of 12, and 12 more without a verdict; all "
        + "seeds, since at no seed all have verdicts: coop-comm seed 0, solo seeds 0 to 1); but its lead of 66.7 pp within "
        + "12 pairs is not safe: solo lacks more verdicts than by chance, so that the others may be a choice.",
        "Not shown; coop-comm has the highest rate, by 66.7 pp over solo within 12 pairs", "Not safe: data are missing",
        "What is there, yes; but 12 of 36 cases have no verdict")]
    [InlineData(Planted.Nop,
        "Nothing passed: solo 0.0 % (0 of 10); coop-comm 0.0 % (0 of 10); seed 0.",
        "None: nothing passed", "No difference to explain",
        "Yes")]
    [InlineData(Planted.OnePair,
        "1 pair cannot show a difference: solo 100.0 % (1 of 1); coop-comm 0.0 % (0 of 1); seed 0.",
        "Not shown; solo has the highest rate, by 100.0 pp over coop-comm within 1 pair", "Not shown",
        "Yes")]
    [InlineData(Planted.EmptyPatches,
        "Highest rate: solo, 70.0 % of the pairs passed (7 of 10; coop-comm 4 of 10; seed 0); but its lead of 30.0 pp "
        + "within 10 pairs may be chance.",
        "Not shown; solo has the highest rate, by 30.0 pp over coop-comm within 10 pairs", "Not shown",
        "Yes")]
    [InlineData(Planted.Whole,
        "Best: coop-comm, 75.0 % of the pairs passed (15 of 20; solo 5 of 20; seed 0), 50.0 pp more than with solo "
        + "within 20 pairs.",
        "coop-comm, by 50.0 pp over solo within 20 pairs", "Yes",
        "Yes")]
    [InlineData(Planted.Seeds,
        "solo: 50.0 % of the runs passed (15 of 30; seeds 0 to 2); there is no other setting to compare with.",
        "solo, the only one", "Nothing to compare",
        "Yes")]
    [InlineData(Planted.SameSeeds,
        "Best: coop-comm, 58.3 % of the runs passed (21 of 36; solo 2 of 36; seeds 0 to 2), 52.8 pp more than with solo within "
        + "12 pairs.",
        "coop-comm, by 52.8 pp over solo within 12 pairs", "Yes",
        "Yes")]
    [InlineData(Planted.SameSeedsAgainstFirst,
        "Best: solo, 66.7 % of the runs passed (24 of 36; coop-comm 12 of 36; seeds 0 to 2), 33.3 pp more than with coop-comm within "
        + "12 pairs.",
        "solo, by 33.3 pp over coop-comm within 12 pairs", "Yes",
        "Yes")]
    [InlineData(Planted.SameSeedsUneven,
        "Highest rate: coop-comm, 100.0 % of the runs with a verdict passed (12 of 12, and 12 more without a verdict; solo 0 of 24; "
        + "seeds 0 to 1); but its lead of 100.0 pp within 12 pairs is not safe: coop-comm lacks more verdicts than by chance, so that "
        + "the others may be a choice.",
        "Not shown; coop-comm has the highest rate, by 100.0 pp over solo within 12 pairs", "Not safe: data are missing",
        "What is there, yes; but 12 of 48 cases have no verdict")]
    [InlineData(Planted.Reversed,
        "Highest rate: coop-comm, 50.0 % of the pairs passed (5 of 10; solo 3 of 10; seed 0); its lead of 20.0 pp within "
        + "10 pairs may be chance, but over all seeds it is the other way round.",
        "Not shown; coop-comm has the highest rate, by 20.0 pp over solo within 10 pairs", "Not shown",
        "Yes")]
    [InlineData(Planted.OtherPairs,
        "coop-comm and solo share no pair with verdicts, so that their rates cannot be compared: coop-comm 100.0 % (10 "
        + "of 10); solo 30.0 % (3 of 10); seed 0.",
        "Nobody knows: coop-comm and solo share no pair with verdicts", "Not known",
        "No")]
    public void A_title_and_the_answers_say_what_the_records_carry(string name, string title, string best, string chance, string trust)
    {
        using StoreBuilder store = Planted.Of(name);
        var statistics = ExperimentStatistics.Of(store.Read());

        Title.Of(statistics, new PageMarks(null, null, null)).Should().Be(title);
        IReadOnlyList<Answer> answers = Answers.Of(statistics, store.Validate());
        answers.Select(answer => answer.Short).Where((_, i) => i is 0 or 1 or 4).Should().Equal(best, chance, trust);
    }

    [Fact]
    public void Settings_of_the_same_seeds_are_tested_over_all_of_them_by_the_pairs_that_are_ahead()
    {
        using StoreBuilder store = Planted.Of(Planted.SameSeeds);
        var statistics = ExperimentStatistics.Of(store.Read());

        SettingContrast contrast = statistics.Contrasts.Single();
        contrast.Primary.Should().BeSameAs(contrast.AllSeeds);
        contrast.Primary.Ahead.Should().Be((0, 12));
        contrast.P.Should().BeApproximately(2.0 / 4096, 1e-12);
        contrast.BySeed[0].Difference.Table!.Value.ExactP.Should().Be(0.25, "seed 0 alone shows nothing");
        contrast.BySeed.Should().OnlyContain(one => one.Difference.SignP == one.Difference.Table!.Value.ExactP);
        Answers.Of(statistics, store.Validate())[1].Detail.Should()
            .Contain("each pair's mean over its seeds 0 to 2; exact sign test (coop-comm ahead in 12 pairs, solo in 0)");
        Answers.Of(statistics, store.Validate())[0].Detail.Should().StartWith("All runs (seeds 0 to 2). coop-comm 58.3 % (21 of 36; ")
            .And.Contain(" over tasks)");
    }

    [Fact]
    public void A_pair_with_more_verdicts_on_one_side_is_ahead_for_nobody()
    {
        using StoreBuilder store = Planted.Of(Planted.SameSeedsUneven);

        ExperimentStatistics.Of(store.Read()).Contrasts.Single().Primary.Ahead.Should().Be((0, 0));
    }

    [Fact]
    public void A_draft_and_a_part_say_so_in_the_title()
    {
        using StoreBuilder store = Planted.Of(Planted.KilledAlone);
        ReportTests.Run(store).ExitCode.Should().NotBe(0);

        ReportTests.Run(store, "--partial").ExitCode.Should().Be(0);
        ReportTests.Read(store, "report.md").Should().StartWith("## default: PARTIAL: solo: 2 of 2 pairs with a verdict passed, 28 of 30");
        ReportTests.Read(store, "index.html").Should().Contain("<h1>PARTIAL: solo: 2 of 2 pairs");

        ReportTests.Run(store, "--partial", "--draft").ExitCode.Should().Be(0);
        ReportTests.Read(store, "report.md").Should().StartWith("## default: DRAFT, PARTIAL: solo: 2 of 2 pairs with a verdict passed");
    }

    [Fact]
    public void What_is_missing_bounds_the_difference_in_the_report_as_in_compare()
    {
        using StoreBuilder store = Planted.Of(Planted.OneSide);
        ReportTests.Run(store).ExitCode.Should().Be(0);

        ReportTests.Read(store, "report.md").Should().Contain(
            "| coop-comm | solo | 0 | 30 (30 missing) | +50.0 pp | +33.3 to +66.7 | &lt; 0.001 | 0.0 to +50.0 | no: data missing |");
    }

    [Fact]
    public void Empty_patches_are_counted_and_are_in_no_conflict_rate()
    {
        using StoreBuilder store = Planted.Of(Planted.EmptyPatches);
        ReportTests.Run(store).ExitCode.Should().Be(0);

        string markdown = ReportTests.Read(store, "report.md");
        markdown.Should().Contain("| setting | cases | clean | union | failed | nothing handed in | one patch alone | missing | naive "
            + "conflicts |").And.Contain("| coop-comm | 10 | 3 | 1 | 0 | 4 | 2 | 0 | 25.0 % (1 of 4) |");
        markdown.Should().Contain("| 0 | 0 | 0 | 4 (one agent of several: 2) |");
        ReportTests.Read(store, "figures/merge-outcome.csv").Should()
            .Contain("coop-comm,10,3,1,0,0,6,0,4,1,0.75,1,4,2");
        ReportTests.Read(store, "figures/communication.csv").Should().NotContain("10,1,0.1");
        ReportTests.Read(store, "index.html").Should().Contain("n = 10, 4 with nothing handed in, 2 with one patch alone.");
    }

    [Fact]
    public void Areas_that_are_fixed_by_construction_are_left_out_of_the_report()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        ReportTests.Run(store).ExitCode.Should().Be(0);

        ReportTests.Read(store, "index.html").Should().Contain("areas, gap and retention are left out").And.NotContain("retention 0.")
            .And.NotContain("Areas over the");
    }
}
