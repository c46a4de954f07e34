using FluentAssertions;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class DetectableEffectTests
{
    /// <summary>
    /// Connor's formula asks for 23 pairs at psi = 0.5 and delta = 0.4 (0.45 against 0.05; the example of powerandsamplesize.com's McNemar
    /// calculator), and for 155 at psi = 0.45 and delta = 0.15; 22 and 154 are too few.
    /// </summary>
    [Theory]
    [InlineData(23, 0.5, 0.4)]
    [InlineData(155, 0.45, 0.15)]
    public void Turned_around_the_formula_gives_the_difference_of_published_sample_sizes(int pairs, double discordant, double difference)
    {
        DetectableEffect.Least(pairs, discordant).Should().BeLessThanOrEqualTo(difference);
        DetectableEffect.Least(pairs - 1, discordant).Should().BeGreaterThan(difference);
    }

    [Fact]
    public void A_true_difference_of_that_size_is_found_four_times_of_five()
    {
        // 300 pairs, a third of them discordant; McNemar's test in its normal form, which the formula is about, and the exact one, which
        // asks for a little more.
        const int pairs = 300;
        double psi = 1.0 / 3;
        double delta = DetectableEffect.Least(pairs, psi)!.Value;
        var generator = new StableRandom("3");
        int found = 0;
        int foundExactly = 0;
        for (int experiment = 0; experiment < 4_000; experiment++)
        {
            int better = 0;
            int worse = 0;
            for (int pair = 0; pair < pairs; pair++)
            {
                double u = generator.Next();
                better += u < (psi + delta) / 2 ? 1 : 0;
                worse += u >= (psi + delta) / 2 && u < psi ? 1 : 0;
            }
            found += Math.Abs(better - worse) > Normal.Z975 * Math.Sqrt(better + worse) ? 1 : 0;
            foundExactly += McNemar.ExactP(better, worse) < 0.05 ? 1 : 0;
        }

        (found / 4_000.0).Should().BeInRange(0.78, 0.835);
        (foundExactly / 4_000.0).Should().BeInRange(0.76, 0.82);
    }

    [Fact]
    public void Where_pairs_seldom_differ_a_difference_brings_its_own_discordant_pairs()
    {
        // By hand, psi = delta: sqrt(100 delta) = 1.96 + 0.8416 sqrt(1 - delta) at delta = 0.0767. Three discordant pairs, as observed, can
        // show nothing: at best p = 0.25.
        DetectableEffect.Of(new PairedTable(50, 3, 0, 47), Bootstrap(null)).Difference.Should().BeApproximately(0.0767, 0.0001);
        DetectableEffect.Of(new PairedTable(50, 0, 0, 50), Bootstrap(null)).Difference.Should().BeApproximately(0.0767, 0.0001);
    }

    [Fact]
    public void Three_pairs_can_show_nothing()
    {
        DetectableEffect.Least(3, 1).Should().BeNull();
        DetectableEffect.Least(4, 1).Should().BeApproximately(1, 0.02);
    }

    [Fact]
    public void Tasks_whose_pairs_go_together_raise_what_can_be_found()
    {
        var table = new PairedTable(100, 40, 60, 100);
        double independent = Math.Sqrt(((100.0 / 300) - (20.0 / 300 * 20 / 300)) / 300);

        DetectableEffect effect = DetectableEffect.Of(table, Bootstrap(2 * independent));

        // The bootstrap's variance lacks a factor of 25 / 24, which is put back.
        effect.DesignEffect.Should().BeApproximately(4, 1e-9);
        effect.DifferenceByTasks.Should().BeApproximately(DetectableEffect.Least(75, 100.0 / 300)!.Value, 1e-9);
        effect.DifferenceByTasks.Should().BeGreaterThan(effect.Difference!.Value);
        DetectableEffect.Of(table, Bootstrap(independent / 2)).DesignEffect.Should().Be(1);
    }

    private static BootstrapInterval Bootstrap(double? standardError) => new()
    {
        Interval = null,
        StandardError = standardError * Math.Sqrt(24.0 / 25),
        Resamples = 0,
        Clusters = 25,
        Caution = null,
    };
}
