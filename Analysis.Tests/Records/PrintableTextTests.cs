using FluentAssertions;
using Tandem.Records.Text;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("ä € 😀\ttab\nline\r\nline", "ä € 😀\ttab\nline\r\nline")]
    [InlineData("\u001b[31mred\u001b]0;title\u0007", "?[31mred?]0;title?")]
    [InlineData("\u009b31m\u0085\u007f\0", "?31m???")]
    [InlineData("passed\rfailed", "passed?failed")]
    [InlineData("abc\u202edef\u2066\u200f\u061c", "abc?def???")]
    [InlineData("one\u2028two\u2029", "one?two?")]
    public void Nothing_is_left_that_a_terminal_obeys(string text, string printed)
    {
        PrintableText.Of(text).Should().Be(printed);
        using var written = new StringWriter { NewLine = "\n" };
        using var writer = new PrintableWriter(written) { NewLine = "\n" };
        writer.Write(text);
        writer.WriteLine(text);
        writer.Write(text.AsSpan());
        writer.WriteLine("{0}", text);
        written.ToString().Should().Be($"{printed}{printed}\n{printed}{printed}\n");
    }

    [Fact]
    public void A_line_stays_one() => PrintableText.LineOf("\u001b[2J\u202ebad\r\nthe\tend").Should().Be("?[2J?bad the end");
}
