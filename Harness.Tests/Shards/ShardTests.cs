using System.Globalization;
using FluentAssertions;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Shards;

/// <summary>A shard's name, and which cases it has by hash.</summary>
public sealed class ShardTests
{
    [Theory]
    [InlineData("3/16", 3, 16)]
    [InlineData("1/1", 1, 1)]
    [InlineData("10000/10000", 10000, 10000)]
    public void A_shard_is_read_as_it_is_written(string text, int number, int count)
    {
        Shard shard = Shard.Parse(text);

        shard.Should().Be(new Shard(number, count));
        shard.ToString().Should().Be(text);
    }

    [Theory]
    [InlineData("0/4", "There is no shard 0 of 4: the first is 1/4, the last 4/4.")]
    [InlineData("5/4", "There is no shard 5 of 4: the first is 1/4, the last 4/4.")]
    [InlineData("1/0", "0 is no number of shards: there are from 1 to 10000.")]
    [InlineData("1/10001", "10001 is no number of shards: there are from 1 to 10000.")]
    [InlineData("3", "'3' is not a shard. A shard is a number and how many there are, as in 3/16.")]
    [InlineData("a/b", "'a/b' is not a shard.*")]
    [InlineData("-1/4", "'-1/4' is not a shard.*")]
    [InlineData("1/2/3", "'1/2/3' is not a shard.*")]
    [InlineData("", "'' is not a shard.*")]
    public void What_is_no_shard_is_refused_with_what_is_wrong(string text, string message)
    {
        Action read = () => Shard.Parse(text);

        read.Should().Throw<FormatException>().WithMessage(message);
        Shard.TryParse(text, out _).Should().BeFalse();
    }

    /// <summary>Computed by another program: stores of all versions rest on these numbers.</summary>
    [Theory]
    [InlineData("solo/pallets_click_task/2068/f1_f2/seed0", "1 2 1 16 816 2816")]
    [InlineData("coop-comm/timespan_task/27/f1_f3/seed0", "1 1 2 1 481 4481")]
    [InlineData("coop-nocomm/dspy_task/8394/f2_f5/seed3", "1 2 3 10 850 3850")]
    [InlineData("scenario/applike/note-save/rep2", "1 1 2 15 391 9391")]
    public void The_shard_by_hash_never_changes(string caseId, string expected)
    {
        int[] counts = [1, 2, 3, 16, 1000, 10_000];

        string.Join(' ', counts.Select(count => Shard.NumberByHash(caseId, count).ToString(CultureInfo.InvariantCulture)))
            .Should().Be(expected);
    }

    [Theory]
    [InlineData("100", "1 2 3", "16.66 33.34 50")]
    [InlineData("10", "1 1 1", "3.33 3.33 3.34")]
    [InlineData("0.05", "1 1 1 1 1 1 1", "0 0.01 0.01 0 0.01 0.01 0.01")]
    [InlineData("0.006", "5 0 4 0", "0 0 0.006 0")]
    [InlineData("20", "0 4 0", "0 20 0")]
    [InlineData("20", "0 0", "0 0")]
    public void A_budget_is_divided_to_the_cent_and_the_parts_are_the_whole(string usd, string sizes, string parts)
    {
        decimal whole = decimal.Parse(usd, CultureInfo.InvariantCulture);

        decimal[] divided = ShardDivision.PartsOf(whole, [.. sizes.Split(' ').Select(int.Parse)]);

        divided.Should().Equal(parts.Split(' ').Select(part => decimal.Parse(part, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("1234.567", 652)]
    [InlineData("0.01", 10_000)]
    [InlineData("999999.99", 9_999)]
    public void Many_parts_sum_to_the_whole_exactly_and_none_is_negative(string usd, int count)
    {
        decimal whole = decimal.Parse(usd, CultureInfo.InvariantCulture);

        decimal[] divided = ShardDivision.PartsOf(whole, [.. Enumerable.Range(0, count).Select(i => i * 7919 % 13)]);

        divided.Sum().Should().Be(whole);
        divided.Should().OnlyContain(part => part >= 0);
    }
}
