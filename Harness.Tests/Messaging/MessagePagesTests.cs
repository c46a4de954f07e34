using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Harness.Messaging;
using Xunit;

namespace Tandem.Harness.Tests.Messaging;

public sealed partial class MessagePagesTests
{
    [Theory]
    [InlineData(160)]
    [InlineData(8000)]
    public void Page_by_page_nothing_is_lost_and_no_page_is_longer_than_it_may_be(int characters)
    {
        var random = new Random(1);
        var pages = new MessagePages(characters);
        string sent = "";
        string read = "";
        for (int i = 0; i < 30; i++)
        {
            string fresh = Text(random, random.Next(3 * characters));
            sent += fresh;
            read += Without(pages.Next(fresh), characters);
        }
        while (pages.Next("") is { Length: > 0 } page)
            read += Without(page, characters);

        read.Should().Be(sent);
    }

    [Fact]
    public void A_page_ends_behind_a_line_and_says_how_much_waits()
    {
        var pages = new MessagePages(20);

        pages.Next("one line here\nand another line\n").Should()
            .Be("one line here\n[17 more characters wait: run read_messages to read on]\n");
        pages.Next("").Should().Be("and another line\n");
        pages.Next("").Should().BeEmpty();
    }

    [Fact]
    public void What_is_shown_now_comes_before_what_waits_and_its_end_behind_it()
    {
        var pages = new MessagePages(10);
        pages.Next("aaaaaaaaaabbb").Should().StartWith("aaaaaaaaaa\n[3 more");

        pages.Show("short").Should().Be("short");
        pages.Show("ccccccccccdd").Should().StartWith("cccccccccc\n[5 more");
        pages.Next("").Should().Be("bbbdd");
    }

    [Fact]
    public void A_character_of_two_halves_is_not_cut()
    {
        var pages = new MessagePages(3);

        pages.Next("ab😀c").Should().StartWith("ab\n");
        pages.Next("").Should().Be("😀c");
    }

    private static string Text(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(10) == 0 ? "\n" : random.Next(9) == 0 ? "ä" : "x"));

    private static string Without(string page, int characters)
    {
        // Every page of these ends behind a line, so that the note brings no line feed of its own.
        Match note = Note().Match(page);
        page = note.Success ? page[..note.Index] : page;
        page.Length.Should().BeLessThanOrEqualTo(characters);
        return page;
    }

    [GeneratedRegex(@"(?<=\n)\[\d+ more characters wait: run read_messages to read on\]\n$")]
    private static partial Regex Note();
}
