using FluentAssertions;
using Tandem.Analysis.Agreement;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Analysis.Tests.Agreement;

public sealed class KrippendorffAlphaTests
{
    /// <summary>Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units, a point is
    /// missing.</summary>
    private const string ExampleC = "1 2 3 3 2 1 4 1 2 . . .|1 2 3 3 2 2 4 1 2 5 . 3|. 3 3 3 2 3 4 2 2 5 1 .|1 2 3 3 2 4 4 1 2 5 1 .";

    /// <summary>Hayes and Krippendorff 2007, Communication Methods and Measures 1:77-89, table 1: five observers, forty articles, a row for
    /// each article.</summary>
    private const string NewsTone =
        "1 1 2 . 2|1 1 0 1 .|2 3 3 3 .|. 0 0 . 0|0 0 0 . 0|0 0 0 . 0|1 0 2 . 1|1 . 2 0 .|2 2 2 . 2|2 1 1 1 .|. 1 0 0 .|0 0 0 0 .|1 2 2 2 .|"
        + "3 3 2 2 3|1 1 1 . 1|1 1 1 . 1|2 1 2 . 2|1 2 3 3 .|1 1 0 1 .|0 0 0 . 0|0 0 1 1 .|0 0 . 0 0|2 3 3 3 .|0 0 0 0 .|"
        + "1 2 . 2 2|0 1 1 1 .|"
        + "0 0 0 1 0|1 2 1 2 .|1 1 2 2 .|1 1 2 . 2|1 1 0 . 0|2 1 2 1 .|2 2 . 2 2|3 2 2 2 .|2 2 2 . 2|2 2 3 . 2|2 2 2 . 2|2 2 . 1 2|"
        + "2 2 2 2 .|"
        + "1 1 1 . 1";

    [Theory]
    [InlineData("Nominal", 0.743)]
    [InlineData("Ordinal", 0.815)]
    [InlineData("Interval", 0.849)]
    public void The_example_with_missing_values_of_2011_comes_out(string scale, double published) =>
        new KrippendorffAlpha(Columns(ExampleC), Enum.Parse<RatingScale>(scale)).Value().Should().BeApproximately(published, 0.0005);

    [Theory]
    [InlineData("0 1 0 0 0 0 0 0 1 0|1 1 1 0 0 1 0 0 0 0", 0.095)] // example A, binary
    [InlineData("1 1 2 2 4 3 3 3 5 4 4 1|2 1 2 2 2 3 3 3 5 4 4 4", 0.692)] // example B, the letters a to e
    public void The_nominal_examples_of_2011_come_out(string judges, double published) =>
        new KrippendorffAlpha(Columns(judges), RatingScale.Nominal).Value().Should().BeApproximately(published, 0.0005);

    [Theory]
    [InlineData("Nominal", 0.4765)]
    [InlineData("Ordinal", 0.7598)]
    [InlineData("Interval", 0.7574)]
    public void The_example_of_2007_comes_out(string scale, double published) =>
        new KrippendorffAlpha(Rows(NewsTone), Enum.Parse<RatingScale>(scale)).Value().Should().BeApproximately(published, 0.00006);

    [Fact]
    public void The_interval_holds_what_2007_gives_for_it_within_their_difference_of_method()
    {
        // There 10,000 samples of pairs gave 0.7078 .. 0.8078; whole units vary more.
        Analysis.Statistics.Interval interval = new KrippendorffAlpha(Rows(NewsTone), RatingScale.Ordinal).Interval()!.Value;

        interval.Low.Should().BeInRange(0.60, 0.7078);
        interval.High.Should().BeInRange(0.8078, 0.88);
    }

    [Fact]
    public void The_same_values_give_the_same_interval() =>
        new KrippendorffAlpha(Rows(NewsTone), RatingScale.Nominal).Interval()
            .Should().Be(new KrippendorffAlpha(Rows(NewsTone), RatingScale.Nominal).Interval());

    [Theory]
    [InlineData("1 2 3|. . .", "no unit has two values")]
    [InlineData("2 2 2|2 2 2", "chance cannot disagree where all values are the same")]
    [InlineData(". .|. .", "there is no value")]
    public void Where_it_is_not_defined_there_is_none(string judges, string why)
    {
        foreach (RatingScale scale in Enum.GetValues<RatingScale>())
        {
            var alpha = new KrippendorffAlpha(Columns(judges), scale);
            alpha.Value().Should().BeNull(why);
            alpha.Interval().Should().BeNull(why);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1e9, 1)]
    [InlineData(0, 1e-9)]
    public void Interval_alpha_does_not_depend_on_where_the_scale_begins_or_its_unit(double start, double unit) =>
        new KrippendorffAlpha(Rows(NewsTone).Select(row => (IReadOnlyList<double>)[.. row.Select(x => start + (unit * x))]),
            RatingScale.Interval).Value().Should().BeApproximately(0.7574, 0.0001);

    [Fact]
    public void Judges_that_always_disagree_are_below_chance() =>
        new KrippendorffAlpha(Columns("0 1 0 1|1 0 1 0"), RatingScale.Nominal).Value().Should().BeNegative();

    /// <summary>A line for each unit.</summary>
    private static IEnumerable<IReadOnlyList<double>> Rows(string text) => text.Split('|').Select(Numbers);

    /// <summary>A line for each judge.</summary>
    private static IEnumerable<IReadOnlyList<double>> Columns(string text)
    {
        string[][] judges = [.. text.Split('|').Select(line => line.Split(' '))];
        return Enumerable.Range(0, judges[0].Length).Select(unit => Numbers(string.Join(' ', judges.Select(judge => judge[unit]))));
    }

    private static IReadOnlyList<double> Numbers(string text) =>
        [.. text.Split(' ').Where(value => value != ".")
            .Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture))];
}
