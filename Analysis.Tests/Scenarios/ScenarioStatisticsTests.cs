using FluentAssertions;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Statistics;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Analysis.Tests.Scenarios;

/// <summary>The numbers, against examples that were worked by hand.</summary>
public sealed class ScenarioStatisticsTests
{
    // Passes of three repetitions: plain 3, 2, 1, 0; formal 3, 3, 0 and one lost, 1 and two lost.
    private static readonly bool?[][] s_plain = [[true, true, true], [true, true, false], [true, false, false], [false, false, false]];
    private static readonly bool?[][] s_formal = [[true, true, true], [true, true, true], [false, false, null], [true, null, null]];

    [Fact]
    public void A_rate_has_its_interval_and_its_bounds()
    {
        using PlantedScenarioStore store = Store();
        ScenarioStatistics statistics = ScenarioStatistics.Of(store.Read());

        VariantRate plain = statistics.Rates[0];
        plain.Rate.Should().Be(new Proportion(6, 12));
        plain.Missing.Total.Should().Be(0);
        plain.Bounds.Should().Be(new Interval(0.5, 0.5));
        plain.ByScenarios.Clusters.Should().Be(4);
        plain.ByScenarios.Interval!.Value.Should().Match<Interval>(interval => interval.Low < 0.5 && interval.High > 0.5);
        plain.ByScenarios.Caution.Should().Be("only 4 scenarios: the interval is too narrow");

        VariantRate formal = statistics.Rates[1];
        formal.Rate.Should().Be(new Proportion(7, 9));
        formal.Missing.Should().Be(new MissingCases(0, 3, 0, 0));
        formal.Bounds.Should().Be(new Interval(7.0 / 12, 10.0 / 12));
    }

    [Fact]
    public void Pass_at_k_and_pass_all_k_are_averaged_over_scenarios_with_enough_verdicts()
    {
        using PlantedScenarioStore store = Store();

        IReadOnlyList<ScenarioRepeats> repeats = ScenarioStatistics.Of(store.Read()).Repeats;

        // plain, k = 2: of C(3,2) = 3 pairs none fails for c = 3, 2; one fails for c = 1 (1 - 1/3); all fail for c = 0.
        repeats.Where(repeat => repeat.Variant == "plain").Select(repeat => (repeat.K, Round(repeat.PassAtK), Round(repeat.PassAllK),
            repeat.Scenarios, repeat.ScenariosShort)).Should().Equal(
            (1, Round(0.5), Round(0.5), 4, 0),
            (2, Round((1 + 1 + (2.0 / 3) + 0) / 4), Round((1 + (1.0 / 3) + 0 + 0) / 4), 4, 0),
            (3, Round(3.0 / 4), Round(1.0 / 4), 4, 0));
        repeats.Where(repeat => repeat.Variant == "formal").Select(repeat => (repeat.K, Round(repeat.PassAtK), repeat.Scenarios,
            repeat.ScenariosShort)).Should().Equal((1, Round(3.0 / 4), 4, 0), (2, Round(2.0 / 3), 3, 1), (3, Round(1.0), 2, 2));
    }

    [Fact]
    public void Variants_are_compared_by_majorities_and_by_means_within_scenarios()
    {
        using PlantedScenarioStore store = Store();

        VariantContrast contrast = ScenarioStatistics.Of(store.Read()).Contrasts.Single();

        // Majorities: s1 both, s2 both, s3 neither, s4 formal only. Means: 0, 1/3, -1/3, 1.
        contrast.Majorities.Should().Be(new PairedTable(2, 0, 1, 1));
        contrast.Ties.Should().Be(0);
        contrast.P.Should().Be(1);
        contrast.HolmP.Should().Be(1);
        contrast.Difference.Difference.Should().BeApproximately(1.0 / 4, 1e-12);
        contrast.Difference.Interval.Interval.Should().NotBeNull();
        contrast.Evidence.Should().Be(Evidence.NotShown);
    }

    [Fact]
    public void A_tie_is_counted_and_left_out()
    {
        VariantContrast contrast = VariantContrast.Of("a", "b", [new PairScore(2, 2, 1), new PairScore(2, 2, 2), new PairScore(2, 0, 0)],
            [new PairScore(2, 2, 2), new PairScore(2, 2, 0), new PairScore(2, 2, 2)]);

        contrast.Ties.Should().Be(1);
        contrast.Majorities.Should().Be(new PairedTable(0, 1, 0, 0));
        contrast.Difference.Pairs.Should().Be(2);
        contrast.Difference.PairsMissing.Should().Be(1);
    }

    [Fact]
    public void Ten_scenarios_that_all_change_are_evidence_and_holm_counts_the_contrasts()
    {
        using var store = new PlantedScenarioStore(scenarios: 10, variants: ["a", "b", "c"], repetitions: 1);
        store.Fill((id, _) => id.Variant == "b" || (id.Variant == "c" && id.Scenario == "s1"));

        IReadOnlyList<VariantContrast> contrasts = ScenarioStatistics.Of(store.Read()).Contrasts;

        contrasts[0].P.Should().BeApproximately(Math.Pow(2, -9), 1e-15);
        contrasts[0].HolmP.Should().BeApproximately(Math.Pow(2, -8), 1e-15);
        contrasts[0].Evidence.Should().Be(Evidence.Clear);
        contrasts[1].Evidence.Should().Be(Evidence.NotShown);
    }

    [Theory]
    [InlineData(0.6, 5, 3)]
    [InlineData(0.67, 3, 3)]
    [InlineData(0.7, 10, 7)]
    [InlineData(1, 3, 3)]
    [InlineData(0.01, 3, 1)]
    public void The_needed_passes_are_not_lifted_by_rounding(double rate, int count, int needed) =>
        ScenarioShare.NeededOf(rate, count).Should().Be(needed);

    [Fact]
    public void A_scenario_below_the_bound_is_named_under_its_variant()
    {
        using PlantedScenarioStore store = Store();
        store.WritePlan(plan => plan with { ScenarioPassRate = 0.6 });

        ScenarioStatistics.Of(store.Read()).Shares.Where(share => share.IsBelow)
            .Select(share => (share.Scenario, share.Variant, share.Score.Passed, share.Needed)).Should().Equal(
                ("s3", "plain", 1, 2), ("s3", "formal", 0, 2), ("s4", "plain", 0, 2));
    }

    [Fact]
    public void Tools_and_agreement_are_counted_over_repetitions()
    {
        using PlantedScenarioStore store = Store();
        ScenarioStatistics statistics = ScenarioStatistics.Of(store.Read());

        // A pass calls book_table, a failure find_table.
        statistics.Tools.Where(row => row.Scenario == "s3").Select(row => (row.Tool, row.Counts[0].Called, row.Counts[0].Conversations,
            row.Counts[1].Called, row.Counts[1].Conversations)).Should().Equal(("book_table", 1, 3, 0, 2), ("find_table", 2, 3, 2, 2));
        // plain: of three pairs each 3, 1, 1, 3 are alike. formal: 3, 3, 1 of one pair; one repetition has no pair.
        statistics.Agreements[0].SameVerdict.Should().Be(new Proportion(8, 12));
        statistics.Agreements[0].SameTools.Should().Be(new Proportion(8, 12));
        statistics.Agreements[1].SameVerdict.Should().Be(new Proportion(7, 7));
        // Nominal alpha of plain: observed 4/12, expected 2 * 6 * 6 / (12 * 11); formal: no disagreement within scenarios.
        statistics.Agreements[0].Alpha.Should().BeApproximately(1 - ((4.0 / 12) / (72.0 / 132)), 1e-12);
        statistics.Agreements[1].Alpha.Should().Be(1);
        statistics.Agreements[1].Scenarios.Should().Be(3);
    }

    [Fact]
    public void Effort_knows_what_is_unknown_and_pays_each_attempt_once()
    {
        using var store = new PlantedScenarioStore(scenarios: 1, variants: ["plain"], repetitions: 3);
        ScenarioCaseId[] ids = [.. store.Plan.Cases];
        ScenarioRecord revised = store.Record(ids[0]) with { Revision = 2, AttemptReason = AttemptReason.Regrade };
        store.Add(store.Record(ids[0]), revised, store.Record(ids[1]) with { Cost = null, Usage = null, LatencySeconds = 4.0 },
            store.Failed(ids[2], error: ErrorClass.RateLimit) with { Cost = 0.5m },
            store.Record(ids[2], attempt: 2) with
            {
                LatencySeconds = 6.0,
                EndedBy = ScenarioEnd.MaxTurns,
                Reruns = 1,
                FailedTries = [new ScenarioError(ErrorClass.ModelTransport, "cut")],
            });

        ScenarioEffort effort = ScenarioStatistics.Of(store.Read()).Efforts.Single();

        effort.Latency.Should().Be(new Spread(3, 0, 12, 4, 4, 6));
        effort.Cost.Known.Should().Be(2);
        effort.Cost.Unknown.Should().Be(1);
        effort.InputTokens.Total.Should().Be(440);
        effort.PaidUsd.Should().Be(0.506m);
        effort.Unpriced.Should().Be(1);
        effort.Errors.Should().Equal(new ErrorCount("model_transport", 0, 1), new ErrorCount("rate_limit", 1, 0));
        effort.Ends.Where(end => end.Count > 0).Should().Equal((ScenarioEnd.Answered, 2), (ScenarioEnd.MaxTurns, 1));
    }

    [Fact]
    public void The_95th_percentile_is_the_nearest_rank()
    {
        Spread.Of(Enumerable.Range(1, 20).Select(value => (double?)value)).P95.Should().Be(19);
        Spread.Of(Enumerable.Range(1, 21).Select(value => (double?)value)).P95.Should().Be(20);
        Spread.Of([null]).Should().Be(new Spread(0, 1, null, null, null, null));
    }

    private static PlantedScenarioStore Store()
    {
        var store = new PlantedScenarioStore(scenarios: 4, repetitions: 3);
        return store.Fill((id, _) => (id.Variant == "plain" ? s_plain : s_formal)[id.Scenario[1] - '1'][id.Repetition - 1]);
    }

    private static double? Round(double? value) => value is double known ? Math.Round(known, 12) : null;
}
