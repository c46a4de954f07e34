using System.Text;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class JsonLinesTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a\n", new[] { "1 a" })]
    [InlineData("a\nb\n", new[] { "1 a", "2 b" })]
    [InlineData("a\nb", new[] { "1 a", "2 b (not terminated)" })]
    [InlineData("\n", new[] { "1 " })]
    [InlineData("a\n\n\nb\n", new[] { "1 a", "2 ", "3 ", "4 b" })]
    [InlineData("a\r\nb\r\n", new[] { "1 a\r", "2 b\r" })]
    [InlineData("\na", new[] { "1 ", "2 a (not terminated)" })]
    public void Lines_are_numbered_from_1_and_empty_ones_are_lines(string text, string[] expected) => Read(text).Should().Equal(expected);

    [Theory]
    [InlineData(64 * 1024 - 1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(128 * 1024)]
    [InlineData(1_000_000)]
    public void A_line_may_be_longer_than_the_buffer(int length)
    {
        string text = new string('x', length) + "\nshort\n" + new string('y', length);

        Read(text).Should().Equal($"1 {new string('x', length)}", "2 short", $"3 {new string('y', length)} (not terminated)");
    }

    [Fact]
    public void Lines_across_the_buffers_end_are_whole_and_know_where_they_stand()
    {
        string[] lines = [.. Enumerable.Range(0, 20_000).Select(i => new string((char)('a' + (i % 26)), i % 97))];
        using var folder = new TempFolder();
        string path = folder.File("lines.jsonl");
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        File.WriteAllBytes(path, bytes);

        int number = 0;
        foreach (JsonLines.Line line in JsonLines.Read(path))
        {
            Encoding.UTF8.GetString(line.Utf8.Span).Should().Be(lines[number]);
            line.Number.Should().Be(++number);
            line.Utf8.Span.SequenceEqual(bytes.AsSpan((int)line.Offset, line.Utf8.Length)).Should().BeTrue();
        }
        number.Should().Be(lines.Length);
    }

    [Fact]
    public void A_file_is_read_while_another_process_appends_to_it()
    {
        using var folder = new TempFolder();
        string path = folder.File("growing.jsonl");
        using var writer = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        writer.Write("whole\nha"u8);

        JsonLines.Read(path).Select(line => line.IsTerminated).Should().Equal(true, false);
        writer.Write("lf\n"u8);
        JsonLines.Read(path).Select(line => line.IsTerminated).Should().Equal(true, true);
    }

    private static IEnumerable<string> Read(string text)
    {
        using var folder = new TempFolder();
        string path = folder.File("lines.jsonl");
        File.WriteAllText(path, text);
        return [.. JsonLines.Read(path)
            .Select(line => $"{line.Number} {Encoding.UTF8.GetString(line.Utf8.Span)}{(line.IsTerminated ? "" : " (not terminated)")}")];
    }
}
