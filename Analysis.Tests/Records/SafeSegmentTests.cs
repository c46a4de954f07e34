using FluentAssertions;
using Tandem.Records.Cases;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class SafeSegmentTests
{
    [Theory]
    [InlineData("pallets_click_task")]
    [InlineData("a")]
    [InlineData("_x")]
    [InlineData("v1.2-rc_3")]
    [InlineData("console")]
    [InlineData("com10")]
    [InlineData("comx")]
    [InlineData("a..b")]
    public void Plain_names_are_safe(string name) => SafeSegment.IsSafe(name).Should().BeTrue();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("-option")]
    [InlineData("end.")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a:b")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("a\n")]
    [InlineData("\u00e4")]
    [InlineData("a*")]
    [InlineData("CON")]
    [InlineData("nul")]
    [InlineData("Aux.txt")]
    [InlineData("COM1")]
    [InlineData("lpt9.log")]
    public void What_means_something_else_on_some_file_system_is_not(string? name) => SafeSegment.IsSafe(name).Should().BeFalse();

    [Fact]
    public void A_name_has_at_most_100_letters()
    {
        SafeSegment.IsSafe(new string('a', 100)).Should().BeTrue();
        SafeSegment.IsSafe(new string('a', 101)).Should().BeFalse();
    }

    [Theory]
    [InlineData("../other")]
    [InlineData("")]
    public void An_experiment_is_named_by_a_safe_segment_only(string name) =>
        FluentActions.Invoking(() => new StoreLayout("store", name)).Should().Throw<FormatException>()
            .WithMessage("*cannot name an experiment: only letters*");
}
