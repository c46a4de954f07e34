using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Testing;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class SolutionTestsTests
{
    [Fact]
    public void The_users_arguments_come_last() =>
        Arguments(TestTier.Usual, "--blame", "--", "RunConfiguration.MaxCpuCount=1").Should().Equal(
            "test", Path.Combine("/project", "Tandem.slnx"), "--nologo", "--filter", "Tier!=Experiment&Tier!=Long",
            "--logger", "trx;LogFilePrefix=tests", "--results-directory", "/results", "--blame", "--", "RunConfiguration.MaxCpuCount=1");

    [Theory]
    [InlineData("Usual", "Tier!=Experiment&Tier!=Long")]
    [InlineData("All", "Tier!=Experiment")]
    [InlineData("Quick", "Tier!=Experiment&Tier!=Long&Tier!=Slow")]
    [InlineData("Usual", "x", "--filter", "x")]
    [InlineData("All", "x", "--filter", "x")]
    [InlineData("Quick", "Tier!=Experiment&Tier!=Long&Tier!=Slow&(x|y)", "--filter", "x|y")]
    public void The_filter_leaves_tiers_out_and_is_one_with_the_users(string tier, string filter, params string[] arguments)
    {
        IReadOnlyList<string> all = Arguments(Enum.Parse<TestTier>(tier), arguments);

        all.Count(argument => argument == "--filter").Should().Be(1);
        all.SkipWhile(argument => argument != "--filter").ElementAt(1).Should().Be(filter);
    }

    private static List<string> Arguments(TestTier tier, params string[] arguments) =>
        [.. SolutionTests.Arguments(new Project("/project"), "/results", tier, false, arguments).Where(a => a != "--no-build")];
}
