using FluentAssertions;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

public sealed class OutputCaptureTests
{
    [Fact]
    public void Nothing_was_printed()
    {
        CapturedOutput output = new OutputCapture(10).ToCapturedOutput();
        output.TotalBytes.Should().Be(0);
        output.Text.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(64)]
    public void The_first_and_the_last_half_are_kept_however_the_pieces_are_cut(int keepBytes)
    {
        byte[] stream = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        for (int length = 0; length <= stream.Length; length++)
        {
            for (int pieceLength = 1; pieceLength <= length + 1; pieceLength += 3)
            {
                var capture = new OutputCapture(keepBytes);
                foreach (byte[] piece in stream[..length].Chunk(pieceLength))
                    capture.Append(piece);

                CapturedOutput output = capture.ToCapturedOutput();
                byte[] expectedHead = length <= keepBytes ? stream[..length] : stream[..(keepBytes - keepBytes / 2)];
                byte[] expectedTail = length <= keepBytes ? [] : stream[(length - keepBytes / 2)..length];
                Assert.Equal(length, output.TotalBytes);
                Assert.Equal(expectedHead, output.Head.ToArray());
                Assert.Equal(expectedTail, output.Tail.ToArray());
            }
        }
    }

    [Fact]
    public void Capturing_goes_on_after_a_look_at_it()
    {
        var capture = new OutputCapture(100);
        capture.Append("one "u8);
        CapturedOutput first = capture.ToCapturedOutput();
        capture.Append("two"u8);
        first.Text.Should().Be("one ");
        capture.ToCapturedOutput().Text.Should().Be("one two");
    }

    [Fact]
    public void Text_says_how_much_was_left_out()
    {
        var capture = new OutputCapture(4);
        capture.Append("abXXXcd"u8);
        capture.ToCapturedOutput().Text.Should().Be("ab\n[... 3 bytes left out ...]\ncd");
    }

    [Fact]
    public void Memory_is_bounded_by_what_is_kept()
    {
        byte[] piece = new byte[64 * 1024];
        var capture = new OutputCapture(128 * 1024);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
            capture.Append(piece);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(512 * 1024, "buffers grow by doubling, up to the bound");
        capture.ToCapturedOutput().TotalBytes.Should().Be(10_000L * piece.Length);
    }

    [Fact]
    public void A_negative_bound_is_refused() =>
        FluentActions.Invoking(() => new OutputCapture(-1)).Should().Throw<ArgumentOutOfRangeException>();
}
