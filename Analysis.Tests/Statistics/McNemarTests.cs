using FluentAssertions;
using Tandem.Analysis.Statistics;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class McNemarTests
{
    /// <summary>
    /// 12 and 2 of 14: two media for tubercle bacilli, Armitage and Berry 1994, p. 127; StatsDirect's help gives the exact p as 0.0129; by
    /// hand 2 (1 + 14 + 91) / 2^14. 2 and 9 of 11: the worked example of the R package exact2x2 (Fay, "Exact McNemar's test and matching
    /// confidence intervals"); by hand 2 (1 + 11 + 55) / 2^11. 5 and 20 of 25: the table of Fleiss, "Statistical methods for rates and
    /// proportions", p. 114; by hand 2 (1 + 25 + 300 + 2300 + 12650 + 53130) / 2^25.
    /// </summary>
    [Theory]
    [InlineData(12, 2, 212.0 / 16_384)]
    [InlineData(2, 9, 134.0 / 2048)]
    [InlineData(9, 2, 134.0 / 2048)]
    [InlineData(5, 20, 2 * 68_406.0 / 33_554_432)]
    [InlineData(0, 6, 2.0 / 64)]
    [InlineData(1, 2, 1)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 1)]
    public void The_exact_p_is_twice_the_smaller_tail_of_fair_coins(int b, int c, double p) =>
        McNemar.ExactP(b, c).Should().BeApproximately(p, 1e-12);

    [Fact]
    public void Many_discordant_pairs_agree_with_the_normal_approximation()
    {
        // Agresti 1990, p. 350: the approval of a president, 150 against 86; z = 4.17. With the correction for continuity, z = 63 /
        // sqrt(236) = 4.1010, two-sided 4.1e-5.
        McNemar.ExactP(86, 150).Should().BeInRange(3.6e-5, 4.2e-5);
        McNemar.ExactP(4_000, 4_000).Should().Be(1);
        McNemar.ExactP(0, 3_000).Should().Be(0, "2^-2999 is below the smallest double");
    }

    [Fact]
    public void Both_ways_to_add_the_tail_meet_where_one_takes_over()
    {
        // P(Bin(n + 1) <= k) lies between the tails of n trials at k - 1 and at k, and the p of 1001 is made by logarithms.
        double direct = McNemar.ExactP(450, 550);
        double byLogarithms = McNemar.ExactP(450, 551);

        byLogarithms.Should().BeInRange(McNemar.ExactP(449, 551), direct);
        McNemar.ExactP(500, 501).Should().BeApproximately(1, 1e-12);
    }

    [Fact]
    public void Under_fair_coins_a_p_below_5_percent_is_no_more_frequent_than_that()
    {
        for (int n = 1; n <= 60; n++)
        {
            double rejected = 0;
            double chance = Math.Pow(0.5, n);
            for (int b = 0; b <= n; b++)
            {
                rejected += McNemar.ExactP(b, n - b) < 0.05 ? chance : 0;
                chance *= (n - b) / (b + 1.0);
            }
            rejected.Should().BeLessThan(0.05);
        }
    }
}
