using FluentAssertions;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class RepeatsTests
{
    /// <summary>1 - C(n - c, k) / C(n, k) of Chen et al. 2021, by hand: 1 - C(2, 2) / C(3, 2) = 2/3; 1 - C(7, 5) / C(10, 5) = 1 - 21/252; 1
    /// - C(190, 1) / C(200, 1) = 0.05.</summary>
    [Theory]
    [InlineData(3, 1, 1, 1.0 / 3)]
    [InlineData(3, 1, 2, 2.0 / 3)]
    [InlineData(3, 1, 3, 1)]
    [InlineData(3, 0, 3, 0)]
    [InlineData(10, 3, 5, 1 - (21.0 / 252))]
    [InlineData(200, 10, 1, 0.05)]
    [InlineData(200, 200, 100, 1)]
    public void One_of_k_passes(int n, int c, int k, double expected) => Repeats.PassAtK(n, c, k).Should().BeApproximately(expected, 1e-12);

    /// <summary>C(c, k) / C(n, k) of Yao et al. 2024, by hand: C(2, 2) / C(3, 2) = 1/3; C(7, 5) / C(10, 5) = 21/252.</summary>
    [Theory]
    [InlineData(3, 1, 1, 1.0 / 3)]
    [InlineData(3, 2, 2, 1.0 / 3)]
    [InlineData(3, 2, 3, 0)]
    [InlineData(3, 3, 3, 1)]
    [InlineData(10, 7, 5, 21.0 / 252)]
    public void All_of_k_pass(int n, int c, int k, double expected) => Repeats.PassAllK(n, c, k).Should().BeApproximately(expected, 1e-12);

    [Fact]
    public void Both_are_unbiased()
    {
        // The mean over all outcomes of 4 tries at a rate of 0.3 is the chance itself: 1 - 0.7^2 and 0.3^2.
        double[] weights = [0.2401, 0.4116, 0.2646, 0.0756, 0.0081];

        weights.Select((weight, c) => weight * Repeats.PassAtK(4, c, 2)).Sum().Should().BeApproximately(0.51, 1e-12);
        weights.Select((weight, c) => weight * Repeats.PassAllK(4, c, 2)).Sum().Should().BeApproximately(0.09, 1e-12);
    }

    [Fact]
    public void Pairs_with_fewer_than_k_verdicts_are_left_out_and_counted()
    {
        IReadOnlyList<RepeatRate> rates = Repeats
            .Of(Setting.Solo, [new PairScore(3, 3, 1), new PairScore(3, 2, 2), new PairScore(3, 0, 0), new PairScore(0, 0, 0)]);

        rates.Should().Equal(
            new RepeatRate(Setting.Solo, 1, ((1.0 / 3) + 1) / 2, ((1.0 / 3) + 1) / 2, Pairs: 2, PairsShort: 1),
            new RepeatRate(Setting.Solo, 2, Repeats.PassAtK(3, 1, 2) / 2 + 0.5, 0.5, Pairs: 2, PairsShort: 1),
            new RepeatRate(Setting.Solo, 3, 1, 0, Pairs: 1, PairsShort: 2));
    }
}
