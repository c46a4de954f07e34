using FluentAssertions;
using Tandem.Analysis.Statistics;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class ProportionTests
{
    /// <summary>Newcombe 1998, Stat. Med. 17:857-872, table I, method 3 (score, no continuity correction).</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void The_interval_is_that_of_Newcombes_examples(int k, int n, double low, double high)
    {
        Interval interval = new Proportion(k, n).Wilson95!.Value;

        interval.Low.Should().BeApproximately(low, 0.00005);
        interval.High.Should().BeApproximately(high, 0.00005);
    }

    [Fact]
    public void The_interval_of_48_of_50_is_that_of_the_CooperBench_paper()
    {
        Interval interval = new Proportion(48, 50).Wilson95!.Value;

        // By hand 0.8654 and 0.9890; the paper prints 0.86 and 0.99, rounded outwards.
        Math.Floor(interval.Low * 100).Should().Be(86);
        Math.Ceiling(interval.High * 100).Should().Be(99);
        interval.Low.Should().BeApproximately(0.8654, 0.00005);
        interval.High.Should().BeApproximately(0.9890, 0.00005);
    }

    [Fact]
    public void None_and_all_of_n_end_at_0_and_1_exactly()
    {
        for (int n = 1; n <= 200; n++)
        {
            new Proportion(0, n).Wilson95!.Value.Low.Should().Be(0);
            new Proportion(n, n).Wilson95!.Value.High.Should().Be(1);
        }
    }

    [Fact]
    public void Without_trials_there_is_neither_a_rate_nor_an_interval()
    {
        new Proportion(0, 0).Value.Should().BeNull();
        new Proportion(0, 0).Wilson95.Should().BeNull();
    }

    [Fact]
    public void Nineteen_of_twenty_intervals_hold_the_true_rate()
    {
        // Exact, not simulated: the chance of each k of 30 times whether its interval holds p, averaged over 99 values of p.
        const int n = 30;
        double covered = 0;
        for (int percent = 1; percent <= 99; percent++)
        {
            double p = percent / 100.0;
            double chance = Math.Pow(1 - p, n);
            for (int k = 0; k <= n; k++)
            {
                covered += new Proportion(k, n).Wilson95!.Value.Contains(p) ? chance : 0;
                chance *= (n - k) / (k + 1.0) * p / (1 - p);
            }
        }

        (covered / 99).Should().BeInRange(0.945, 0.960);
    }
}
