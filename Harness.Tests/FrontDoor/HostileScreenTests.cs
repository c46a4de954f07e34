using FluentAssertions;
using Tandem.Cli.Live;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What is drawn on a terminal goes through a door, too.</summary>
public sealed class HostileScreenTests
{
    [Fact]
    public void A_live_region_draws_no_control_character_of_what_it_is_given()
    {
        using var screen = new StringWriter { NewLine = "\n" };
        var region = new LiveRegion(screen, () => (200, 30));

        region.Draw(LiveRegion.TextOf(HostileText.Planted));
        region.Draw(new Spectre.Console.Rows(new Spectre.Console.Text(HostileText.Planted), new Spectre.Console.Text("\e[31mred")));

        // Up and erase are its own.
        HostileText.ShouldBePrintable(screen.ToString().Replace("\e[1A\r\e[J", "", StringComparison.Ordinal), "the screen");
        screen.ToString().Should().Contain("X?[31m").And.Contain("?[31mred");
    }
}
