using FluentAssertions;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class StableRandomTests
{
    [Fact]
    public void The_same_text_gives_the_same_numbers_for_ever()
    {
        // Stored results rest on them. They were computed by another program.
        var random = new StableRandom("tandem");

        new[] { random.Next(), random.Next(), random.Next() }.Should().Equal(0.7617616644302497, 0.39417603118106603, 0.24119144767016487);
    }

    [Fact]
    public void Bounded_numbers_are_even()
    {
        var generator = new StableRandom("1");
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
            counts[generator.Below(7)]++;

        // Five standard deviations of a count: 5 sqrt(70000 x 6/49) = 463.
        counts.Should().OnlyContain(count => Math.Abs(count - 10_000) < 463);
    }
}
