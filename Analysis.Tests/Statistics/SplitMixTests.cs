using FluentAssertions;
using Tandem.Analysis.Statistics;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class SplitMixTests
{
    [Fact]
    public void The_numbers_are_those_of_the_published_generator()
    {
        // Rosetta Code, "Pseudo-random numbers/Splitmix64", which takes them from S. Vigna's splitmix64.c.
        var generator = new SplitMix(1_234_567);

        ulong[] numbers = [generator.Next(), generator.Next(), generator.Next(), generator.Next(), generator.Next()];

        numbers.Should().Equal(6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821);
    }

    [Fact]
    public void Bounded_numbers_are_even()
    {
        var generator = new SplitMix(1);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
            counts[generator.Below(7)]++;

        // Five standard deviations of a count: 5 sqrt(70000 x 6/49) = 463.
        counts.Should().OnlyContain(count => Math.Abs(count - 10_000) < 463);
    }
}
