using FluentAssertions;
using Tandem.Analysis.Statistics;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class HolmTests
{
    [Fact]
    public void The_usual_example_of_four_hypotheses()
    {
        // Wikipedia, "Holm-Bonferroni method": 0.01, 0.04, 0.03, 0.005; the fourth and the first are rejected at 5 %. By hand: 4 x 0.005, 3
        // x 0.01, 2 x 0.03, then max(0.06, 0.04).
        double?[] adjusted = Holm.Adjust([0.01, 0.04, 0.03, 0.005]);

        adjusted.Select(p => Math.Round(p!.Value, 10)).Should().Equal(0.03, 0.06, 0.06, 0.02);
    }

    [Fact]
    public void Tests_that_could_not_be_made_are_not_counted() =>
        Holm.Adjust([null, 0.02, null, 0.04]).Should().Equal(null, 0.04, null, 0.04);

    [Fact]
    public void No_p_exceeds_1_and_one_alone_is_left_as_it_is()
    {
        Holm.Adjust([0.6, 0.9]).Should().Equal(1, 1);
        Holm.Adjust([0.03]).Should().Equal(0.03);
        Holm.Adjust([]).Should().BeEmpty();
    }
}
