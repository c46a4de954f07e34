using System.Text;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class LineBlockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("one")]
    [InlineData("one\n")]
    [InlineData("one\n\ntwo\nthr")]
    public void Blocks_have_the_lines_of_the_file(string text) => Check(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData(LineBlock.UsualBytes - 1)]
    [InlineData(LineBlock.UsualBytes)]
    [InlineData(LineBlock.UsualBytes + 1)]
    [InlineData((3 * LineBlock.UsualBytes) + 7)]
    public void Lines_may_end_anywhere_and_be_longer_than_a_block(int length)
    {
        byte[] line = [.. Enumerable.Repeat((byte)'x', length - 1), (byte)'\n'];
        byte[] shortOnes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 90_000).Select(i => $"line {i}\n")));

        Check(line);
        Check([.. line, .. line, .. shortOnes]);
        Check([.. shortOnes, .. line[..^1]]);
    }

    private void Check(byte[] content)
    {
        string path = _folder.File("lines");
        File.WriteAllBytes(path, content);
        var blocks = new List<(int, string, bool, long)>();
        foreach (LineBlock block in LineBlock.Read(path))
        {
            using (block)
                blocks.AddRange(block.Lines().Select(Copy));
        }

        blocks.Should().Equal(JsonLines.Read(path).Select(Copy));
    }

    private static (int, string, bool, long) Copy(JsonLines.Line line) =>
        (line.Number, Encoding.UTF8.GetString(line.Utf8.Span), line.IsTerminated, line.Offset);
}
