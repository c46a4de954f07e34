using FluentAssertions;
using Tandem.Analysis.Statistics;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class DistributionTests
{
    [Fact]
    public void Ten_values_have_the_quantiles_that_can_be_counted_off() =>
        Distribution.Of([10, 1, 9, 2, 8, 3, 7, 4, 6, 5]).Should()
            .Be(new Distribution(10, 0, Total: 55, Mean: 5.5, Median: 5.5, P90: 9, Least: 1, Most: 10));

    [Fact]
    public void Unknown_values_are_counted_and_not_taken_for_zero() =>
        Distribution.Of([null, 4, null]).Should().Be(new Distribution(1, 2, 4, 4, 4, 4, 4, 4));

    [Fact]
    public void Nothing_known_gives_no_number() =>
        Distribution.Of([null]).Should().Be(new Distribution(0, 1, null, null, null, null, null, null));
}
