using System.Text;
using FluentAssertions;
using Tandem.Analysis.Data;
using Xunit;

namespace Tandem.Analysis.Tests.Data;

public sealed class ComparingStreamTests
{
    [Theory]
    [InlineData("a\nb\nc\n", "a\nb\nc\n", null)]
    [InlineData("", "", null)]
    [InlineData("a\nb\nc\n", "a\nX\nc\n", 2)]
    [InlineData("a\nb\nc\n", "a\nb\n", 3)]
    [InlineData("a\nb\n", "a\nb\nc\n", 3)]
    [InlineData("", "a", 1)]
    [InlineData("a", "", 1)]
    [InlineData("a\nbb", "a\nb", 2)]
    public void It_names_the_first_line_that_differs(string written, string held, int? line)
    {
        foreach (int piece in new[] { 1, 2, 100 })
        {
            using var comparing = new ComparingStream(new MemoryStream(Encoding.UTF8.GetBytes(held)));
            foreach (byte[] part in Encoding.UTF8.GetBytes(written).Chunk(piece))
                comparing.Write(part);
            comparing.Finish();

            comparing.FirstDifference.Should().Be(line, $"in pieces of {piece}");
        }
    }

    [Fact]
    public void A_piece_larger_than_its_buffer_is_compared_whole()
    {
        byte[] text = new byte[1_000_000];
        using var comparing = new ComparingStream(new MemoryStream(text));
        comparing.Write(text);
        comparing.Finish();

        comparing.FirstDifference.Should().BeNull();
    }
}
