using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Testing;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class SolutionTestsTests
{
    [Fact]
    public void The_users_arguments_come_last() =>
        Arguments(quick: false, "--blame", "--", "RunConfiguration.MaxCpuCount=1").Should().Equal(
            "test", Path.Combine("/project", "Tandem.slnx"), "--nologo", "--filter", "Tier!=Long&Tier!=Experiment",
            "--logger", "trx;LogFilePrefix=tests", "--results-directory", "/results", "--blame", "--", "RunConfiguration.MaxCpuCount=1");

    [Theory]
    [InlineData(false, "Tier!=Long&Tier!=Experiment")]
    [InlineData(true, "Tier!=Long&Tier!=Experiment&Tier!=Slow")]
    [InlineData(false, "x", "--filter", "x")]
    [InlineData(true, "Tier!=Long&Tier!=Experiment&Tier!=Slow&(x|y)", "--filter", "x|y")]
    public void The_filter_leaves_tiers_out_and_is_one_with_the_users(bool quick, string filter, params string[] arguments)
    {
        IReadOnlyList<string> all = Arguments(quick, arguments);

        all.Count(argument => argument == "--filter").Should().Be(1);
        all.SkipWhile(argument => argument != "--filter").ElementAt(1).Should().Be(filter);
    }

    private static List<string> Arguments(bool quick, params string[] arguments) =>
        [.. SolutionTests.Arguments(new Project("/project"), "/results", quick, false, arguments).Where(a => a != "--no-build")];
}
