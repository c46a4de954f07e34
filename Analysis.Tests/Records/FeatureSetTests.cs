using FluentAssertions;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class FeatureSetTests
{
    [Fact]
    public void Features_ascend_however_they_are_given()
    {
        FeatureSet set = [10, 2];

        set.Should().Equal(2, 10);
        set.ToString().Should().Be("f2_f10");
        set.Should().BeEquivalentTo(FeatureSet.Create([2, 10]));
        set.Equals(FeatureSet.Create([2, 10])).Should().BeTrue();
        set.GetHashCode().Should().Be(FeatureSet.Create([2, 10]).GetHashCode());
    }

    [Theory]
    [InlineData("A case needs at least one feature.")]
    [InlineData("Feature 0 is not a feature number: they start at 1.", 0, 1)]
    [InlineData("Feature -3 is not a feature number: they start at 1.", 2, -3)]
    [InlineData("Feature 2 is named twice.", 2, 1, 2)]
    public void What_is_no_set_of_features_is_refused(string message, params int[] ids) =>
        FluentActions.Invoking(() => FeatureSet.Create(ids)).Should().Throw<FormatException>().WithMessage(message);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("f")]
    [InlineData("1_2")]
    [InlineData("f1f2")]
    [InlineData("f1_")]
    [InlineData("f1__f2")]
    [InlineData("f0_f1")]
    [InlineData("f2_f1")]
    [InlineData("f1_f1")]
    [InlineData("f01")]
    [InlineData("F1")]
    [InlineData("f-1")]
    [InlineData("f99999999999")]
    public void Only_the_written_form_is_read(string? text) => FeatureSet.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("f1_f2")]
    [InlineData("1,2")]
    [InlineData("2, 1")]
    [InlineData("1_2")]
    [InlineData("f2,f1")]
    public void A_person_may_write_it_loosely(string text) => FeatureSet.ParseLoose(text).Should().Equal(1, 2);

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("1;2")]
    [InlineData("1,1")]
    [InlineData("0,1")]
    [InlineData("1,")]
    public void But_not_wrongly(string text) => FluentActions.Invoking(() => FeatureSet.ParseLoose(text)).Should().Throw<FormatException>();
}
