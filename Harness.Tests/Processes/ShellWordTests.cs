using FluentAssertions;
using Tandem.Records.Text;
using Xunit;

namespace Tandem.Harness.Tests.Processes;

public sealed class ShellWordTests
{
    [Theory]
    [InlineData("/srv/store", "/srv/store")]
    [InlineData("/srv/my store", "'/srv/my store'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$HOME", "'$HOME'")]
    [InlineData("", "''")]
    public void A_word_is_quoted_where_a_shell_would_change_it(string word, string quoted) => ShellWord.Quote(word).Should().Be(quoted);

    [Fact]
    public void A_command_quotes_its_store() =>
        Tandem.Cli.Project.CommandFor("report x", "/srv/my store").Should().Be("./run.sh report x --store '/srv/my store'");
}
