using FluentAssertions;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class ClusterBootstrapTests
{
    [Fact]
    public void Its_variance_is_the_one_that_is_known_for_clusters_of_one_size()
    {
        // With G clusters of equal size the resampled mean is that of G draws from the cluster means: its variance is (1/G) x the variance
        // of these means, with divisor G.
        double[] means = [.. Enumerable.Range(0, 25).Select(i => i % 5 / 4.0)];
        BootstrapInterval found = ClusterBootstrap.Mean([.. means.Select(m => 4 * m)], [.. means.Select(_ => 4)]);

        double variance = means.Select(m => (m - 0.5) * (m - 0.5)).Average() / means.Length;
        found.StandardError.Should().BeApproximately(Math.Sqrt(variance), 0.001);
        found.Interval!.Value.Low.Should().BeApproximately(0.5 - (1.96 * Math.Sqrt(variance)), 0.01);
        found.Interval!.Value.High.Should().BeApproximately(0.5 + (1.96 * Math.Sqrt(variance)), 0.01);
        found.Should().Match<BootstrapInterval>(b => b.Resamples == 9_999 && b.Clusters == 25 && b.Caution == null);
    }

    [Fact]
    public void Two_clusters_give_the_three_means_that_can_be_drawn()
    {
        // Drawn twice: 0 and 0 in a quarter of the cases, 0 and 1 in half, 1 and 1 in a quarter. Both percentiles are the extremes; the
        // variance is 1/8.
        BootstrapInterval found = ClusterBootstrap.Mean([0, 3], [3, 3]);

        found.Interval.Should().Be(new Interval(0, 1));
        found.StandardError.Should().BeApproximately(Math.Sqrt(0.125), 0.005);
        found.Caution.Should().Be("only 2 tasks: the interval is too narrow");
    }

    [Fact]
    public void Clusters_of_several_sizes_weigh_by_their_size()
    {
        // Two clusters of 1 and 3 values: the means that can be drawn are 0 (1 + 1), 3/4 (1 + 3) and 1 (3 + 3).
        var drawn = new HashSet<double>();
        for (ulong seed = 0; seed < 50; seed++)
        {
            Interval interval = ClusterBootstrap.Mean([0, 3], [1, 3], resamples: 39, seed).Interval!.Value;
            drawn.UnionWith([interval.Low, interval.High]);
        }

        drawn.Should().BeSubsetOf([0, 0.75, 1]).And.Contain([0.0, 1.0]);
    }

    [Theory]
    [InlineData(0, "no values")]
    [InlineData(1, "one task alone: nothing can be drawn anew")]
    public void Fewer_than_two_clusters_give_no_interval_but_a_reason(int clusters, string reason)
    {
        double[] sums = [1, 1, 1];
        int[] counts = [.. Enumerable.Range(0, 3).Select(i => i < clusters ? 2 : 0)];

        ClusterBootstrap.Mean(sums, counts).Should().Match<BootstrapInterval>(b => b.Interval == null && b.StandardError == null
            && b.Resamples == 0 && b.Clusters == clusters && b.Caution == reason);
    }

    [Fact]
    public void Clusters_that_agree_give_a_caution() =>
        ClusterBootstrap.Mean([2, 2, 2], [4, 4, 4]).Caution.Should().StartWith("all tasks agree");

    [Fact]
    public void Many_clusters_are_drawn_less_often()
    {
        double[] sums = [.. Enumerable.Range(0, 501).Select(i => i % 2.0)];

        BootstrapInterval found = ClusterBootstrap.Mean(sums, [.. sums.Select(_ => 1)]);

        found.Resamples.Should().Be(1_999);
        // The mean of 501 draws of a fair coin: a standard error of 1 / (2 sqrt(501)) = 0.0223.
        found.StandardError.Should().BeApproximately(0.0223, 0.0015);
    }

    [Fact]
    public void The_same_values_give_the_same_interval()
    {
        double[] sums = [.. Enumerable.Range(0, 40).Select(i => i * 7 % 11 / 3.0)];
        int[] counts = [.. Enumerable.Range(0, 40).Select(i => 1 + (i % 5))];

        ClusterBootstrap.Mean(sums, counts).Should().Be(ClusterBootstrap.Mean(sums, counts));
    }

    [Fact]
    public void Nineteen_of_twenty_intervals_hold_the_true_mean_where_pairs_of_a_task_go_together()
    {
        // 40 tasks of 5 pairs; a task's own rate is 0.2 or 0.8, so that pairs correlate; the true mean is 0.5. 400 experiments: the
        // standard error of the coverage is 0.011.
        var generator = new StableRandom("7");
        int byTasks = 0;
        int byPairs = 0;
        for (int experiment = 0; experiment < 400; experiment++)
        {
            double[] sums = new double[40];
            for (int task = 0; task < sums.Length; task++)
            {
                double rate = generator.Below(2) == 0 ? 0.2 : 0.8;
                for (int pair = 0; pair < 5; pair++)
                    sums[task] += generator.Next() < rate ? 1 : 0;
            }
            int[] counts = [.. sums.Select(_ => 5)];
            byTasks += ClusterBootstrap.Mean(sums, counts, resamples: 399, seed: (ulong)experiment).Interval!.Value.Contains(0.5) ? 1 : 0;
            byPairs += new Proportion((int)sums.Sum(), 200).Wilson95!.Value.Contains(0.5) ? 1 : 0;
        }

        (byTasks / 400.0).Should().BeInRange(0.91, 0.975);
        (byPairs / 400.0).Should().BeLessThan(0.85, "an interval for independent pairs is too narrow here, which is why tasks are drawn");
    }
}
