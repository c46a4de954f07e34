using System.Text;
using FluentAssertions;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Tests.Stores;
using Xunit;

namespace Tandem.Analysis.Tests.Reporting;

public sealed class MarkupTests
{
    [Fact]
    public void What_stands_in_a_hole_is_escaped_and_what_stands_in_the_string_is_not()
    {
        string evil = "<script>\"'&";

        new HtmlWriter().Add($"<p title=\"{evil}\">{evil}{1234}{0.5:0.00}{new Html("<b>")}</p>").ToHtml().Text
            .Should().Be("<p title=\"&lt;script&gt;&quot;&#39;&amp;\">&lt;script&gt;&quot;&#39;&amp;12340.50<b></p>");
    }

    [Fact]
    public void Controls_become_visible_and_half_characters_are_replaced()
    {
        HtmlEscaping.Escape("a\u0000b\u001bc\u007fd\tkept\nkept\u202Ee\u2028f\uD800g\uDC00h\u0085").Should()
            .Be("a\u2400b\u241Bc\u2421d\tkept\nkept\u27E8U+202E\u27E9e\u27E8U+2028\u27E9f\uFFFDg\uFFFDh\u27E8U+0085\u27E9");
        HtmlEscaping.Escape("whole \uD83D\uDE00 character, r\u00e9sum\u00e9").Should().Be("whole \uD83D\uDE00 character, r\u00e9sum\u00e9");
        HtmlEscaping.Escape("one\r\ntwo\rthree").Should().Be("one\ntwo\nthree");
    }

    [Fact]
    public void Nothing_hostile_survives_an_escape()
    {
        string escaped = HtmlEscaping.Escape(Hostile.Text);

        escaped.Should().NotContainAny("<", ">", "\"", "'", "\u2028", "\u2029", "\u202E", "\u001b", "\u0000");
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(escaped)).Should().Be(escaped, "no half of a character is left");
    }

    [Theory]
    [InlineData("\u001b[1;31mred\u001b[0m", "red")]
    [InlineData("\u001b]0;a title\u0007text", "text")]
    [InlineData("\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link")]
    [InlineData("\u001b(Bplain\u001b=\u001b[2Kline", "plainline")]
    [InlineData("no escapes", "no escapes")]
    [InlineData("cut \u001b[31", "cut \u001b[31")]
    public void Terminal_sequences_are_taken_out(string output, string plain) => TerminalText.Plain(output).Should().Be(plain);

    [Fact]
    public void Of_a_long_file_head_and_tail_are_read_at_whole_lines()
    {
        using var folder = new TempFolder();
        string path = folder.File("long.log");
        File.WriteAllLines(path, Enumerable.Range(1, 100_000).Select(i => $"line {i}"));

        Excerpt excerpt = Excerpt.OfFile(path, head: 1000, tail: 1000)!;

        excerpt.Head.Should().StartWith("line 1\n").And.EndWith("\n");
        excerpt.Tail.Should().StartWith("line ").And.EndWith("line 100000\n");
        excerpt.Length.Should().Be(new FileInfo(path).Length);
        excerpt.Omitted.Should().Be(excerpt.Length - excerpt.Head.Length - excerpt.Tail.Length);
    }

    [Fact]
    public void A_long_line_is_cut_between_characters()
    {
        using var folder = new TempFolder();
        string path = folder.File("line.log");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("\u20AC", 10_000)));

        for (int head = 100; head < 103; head++)
        {
            Excerpt excerpt = Excerpt.OfFile(path, head, tail: head)!;
            (excerpt.Head + excerpt.Tail).Should().Match(text => text.All(c => c == '\u20AC'));
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_none() => Excerpt.OfFile("nowhere/at/all", 1, 1).Should().BeNull();

    [Fact]
    public void Unknown_is_a_dash_and_never_zero()
    {
        new[] { Say.Usd(null), Say.Seconds(null), Say.Percent(null), Say.Count(null), Say.Bytes(null), Say.Points(double.NaN),
            Say.Time(null) }.Should().AllBe(Say.Unknown);
        Say.Usd(0).Should().Be("0 USD");
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(99.9, "99.9 s")]
    [InlineData(125, "2 min 05 s")]
    [InlineData(7325, "2 h 02 min")]
    public void Durations_read_well(double seconds, string text) => Say.Seconds(seconds).Should().Be(text);

    [Fact]
    public void Differences_have_a_true_sign()
    {
        Say.Points(0.1).Should().Be("+10.0 pp");
        Say.Points(-0.1).Should().Be("\u221210.0 pp");
        Say.Points(0.0001).Should().Be("0.0 pp");
    }

    [Fact]
    public void Markdown_stays_a_text_in_its_cell() =>
        Markdown.Escape("a|b\n*c* <img> @all [x](y)").Should().Be("a\\|b \\*c\\* &lt;img&gt; &#64;all \\[x\\](y)");
}
