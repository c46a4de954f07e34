using FluentAssertions;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class SuccessCurveTests
{
    /// <summary>Table 5 of the CooperBench paper (arXiv 2601.13295): AUC of solo and coop, gap, retention.</summary>
    [Theory]
    [InlineData(0.506, 0.325, 0.181, 0.64)]
    [InlineData(0.469, 0.283, 0.186, 0.60)]
    [InlineData(0.374, 0.171, 0.203, 0.46)]
    [InlineData(0.236, 0.148, 0.088, 0.63)]
    [InlineData(0.106, 0.072, 0.034, 0.68)]
    [InlineData(0.338, 0.200, 0.138, 0.59)]
    public void Gap_and_retention_are_those_of_the_papers_table(double solo, double coop, double gap, double retention)
    {
        Math.Round(CurveContrast.GapOf(solo, coop), 3).Should().Be(gap);
        Math.Round(CurveContrast.RetentionOf(solo, coop)!.Value, 2).Should().Be(retention);
    }

    [Fact]
    public void The_area_is_the_sum_of_trapezoids_between_the_populated_buckets()
    {
        // By hand: midpoints 0.05, 0.35, 0.95; rates 1, 1/2, 1/4. 0.3 x 3/4 + 0.6 x 3/8 = 0.225 + 0.225.
        SuccessCurve curve = Curve(Setting.Solo, (0, 4, 4), (3, 1, 2), (9, 2, 8));

        curve.Points.Select(p => p.Midpoint).Should().Equal(0.05, 0.35, 0.95);
        curve.Auc.Should().BeApproximately(0.45, 1e-12);
        curve.Overall.Should().Be(new Proportion(7, 14));
    }

    [Fact]
    public void Success_everywhere_in_all_buckets_has_the_area_of_the_range()
    {
        Curve(Setting.Solo, [.. Enumerable.Range(0, 10).Select(bucket => (bucket, 3, 3))]).Auc.Should().BeApproximately(0.9, 1e-12);
    }

    [Fact]
    public void One_bucket_has_no_area() => Curve(Setting.Solo, (4, 1, 2)).Auc.Should().BeNull();

    [Fact]
    public void Curves_are_compared_over_the_buckets_that_both_have()
    {
        // Solo over 0, 3, 9 as above; coop lacks 9: both over 0.05 to 0.35 alone. 0.3 x 3/4 = 0.225 against 0.3 x (1/2 + 1/4) / 2 = 0.1125.
        var contrast = new CurveContrast(Curve(Setting.Solo, (0, 4, 4), (3, 1, 2), (9, 2, 8)),
            Curve(Setting.CoopComm, (0, 1, 2), (3, 1, 4)));

        contrast.SharedBuckets.Should().Equal(0, 3);
        contrast.OtherBuckets.Should().Equal(9);
        contrast.AucSolo.Should().BeApproximately(0.225, 1e-12);
        contrast.Gap.Should().BeApproximately(0.1125, 1e-12);
        contrast.Retention.Should().BeApproximately(0.5, 1e-12);
    }

    [Fact]
    public void Pooling_adds_counts_and_averages_no_rates()
    {
        var pooled = SuccessCurve.Pool([Curve(Setting.Solo, (0, 1, 1), (9, 0, 10)), Curve(Setting.Solo, (0, 0, 3), (5, 1, 2))]);

        pooled.Points.Select(p => (p.Bucket, p.Rate)).Should()
            .Equal((0, new Proportion(1, 4)), (5, new Proportion(1, 2)), (9, new Proportion(0, 10)));
    }

    [Fact]
    public void Runs_without_a_difficulty_are_counted_and_on_no_curve()
    {
        var curve = SuccessCurve.Of(Setting.Solo, [(null, true), (2, true), (null, false)]);

        curve.WithoutDifficulty.Should().Be(2);
        curve.Points.Should().ContainSingle().Which.Rate.Should().Be(new Proportion(1, 1));
    }

    [Fact]
    public void A_solo_curve_of_zero_keeps_no_retention()
    {
        var contrast = new CurveContrast(Curve(Setting.Solo, (8, 0, 3), (9, 0, 3)), Curve(Setting.CoopComm, (8, 1, 3), (9, 0, 3)));

        contrast.Retention.Should().BeNull();
        contrast.Gap.Should().BeLessThan(0);
    }

    private static SuccessCurve Curve(Setting setting, params (int Bucket, int Passed, int Runs)[] buckets) =>
        SuccessCurve.Of(setting, buckets.SelectMany(b => Enumerable.Range(0, b.Runs).Select(i => ((int?)b.Bucket, i < b.Passed))));
}
