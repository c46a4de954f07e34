using FluentAssertions;
using Tandem.Bench;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Xunit;

namespace Tandem.Harness.Tests.Bench;

/// <summary>The benchmarks' own arithmetic and page; what they measure is measured by running them.</summary>
public sealed class BenchTests
{
    [Theory]
    [InlineData(new[] { 5.0 }, 5, 5, 5)]
    [InlineData(new[] { 9.0, 1, 2 }, 1, 2, 9)]
    [InlineData(new[] { 4.0, 1, 2, 9 }, 1, 3, 9)]
    public void A_median_stands_between_the_least_and_the_most(double[] values, double min, double median, double max)
    {
        var samples = new Samples(values);

        (samples.Min, samples.Median, samples.Max).Should().Be((min, median, max));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 19)]
    [InlineData(100, 95)]
    public void Of_100_values_95_do_not_exceed_the_95th_percentile(int count, double expected) =>
        new Samples([.. Enumerable.Range(1, count).Reverse().Select(number => (double)number)]).Percentile95.Should().Be(expected);

    [Theory]
    [InlineData(true, true, null, true)]
    [InlineData(false, false, null, true)]
    [InlineData(false, true, null, false)]
    [InlineData(true, true, "the engine", false)]
    public void A_run_ends_red_by_a_broken_promise_or_by_what_was_not_measured(bool isMet, bool isPromise, string? leftOut,
        bool expected) =>
        new BenchResult([], [new TargetCheck("fast", "1 ms", isMet) { IsPromise = isPromise }]) { LeftOut = leftOut }.EndsWell.Should()
            .Be(expected);

    [Fact]
    public void Sides_are_compared_round_by_round()
    {
        // The machine was twice as slow in the second round: the ratio of each round does not know it.
        Samples ratios = new Samples([40, 80, 41]).Over(new Samples([10, 20, 10]));

        Wording.Ratio(ratios).Should().Be("4.00 (4.00–4.10)");
        FluentActions.Invoking(() => ratios.Less(new Samples([1]))).Should()
            .Throw<ArgumentException>("rounds that are missing have no partner");
    }

    [Fact]
    public void Rewriting_results_leaves_the_prose_and_the_other_benchmarks_alone()
    {
        string page = ResultsFile.Replace(ResultsFile.Replace("# Results\n\nWhy so.\n", "one", "old"), "two", "other");

        string rewritten = ResultsFile.Replace(page.Replace("## two", "## two\n\nBehind one.", StringComparison.Ordinal), "one", "new");

        rewritten.Should().StartWith("# Results\n\nWhy so.\n").And.Contain("Behind one.").And.Contain("\nnew\n").And
            .Contain("\nother\n").And.NotContain("old");
        ResultsFile.Replace(rewritten, "one", "new").Should().Be(rewritten);
    }

    [Fact]
    public void A_table_lines_its_columns_up()
    {
        new Table("Times.", ["side", "ms"], [["ours", "1"], ["theirs", "1234"]]).ToString().Should().Be("""
            Times.

            | side   |   ms |
            |--------|-----:|
            | ours   |    1 |
            | theirs | 1234 |

            """.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("bogus", "bogus")]
    [InlineData("--runs 0", "--runs is at least 1.")]
    public async Task Bad_usage_is_said_and_exits_with_2(string line, string complaint)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        int code = await BenchProgram.RunAsync(line.Split(' '), output, error);

        code.Should().Be(2);
        error.ToString().Should().Contain(complaint);
    }
}
