using FluentAssertions;
using Tandem.Cli.Setup;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class OsReleaseTests
{
    [Theory]
    [InlineData("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"|ID=debian|# a comment|", "debian", "Debian GNU/Linux 12 (bookworm)", true)]
    [InlineData("NAME='Ubuntu'|ID=ubuntu|ID_LIKE=debian|PRETTY_NAME='Ubuntu 24.04.1 LTS'", "ubuntu", "Ubuntu 24.04.1 LTS", true)]
    [InlineData("ID=linuxmint|ID_LIKE=\"ubuntu debian\"", "linuxmint", "linuxmint", false)]
    [InlineData("", "", "this Linux", false)]
    public void Id_and_name_are_read_with_and_without_quotes(string lines, string id, string name, bool hasPackages)
    {
        OsRelease release = OsRelease.Parse(lines.Split('|'));

        release.Should().Be(new OsRelease(id, name));
        release.HasDebianPackages.Should().Be(hasPackages);
    }
}
