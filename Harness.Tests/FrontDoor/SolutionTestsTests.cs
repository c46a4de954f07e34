using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Testing;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class SolutionTestsTests
{
    [Fact]
    public void The_users_arguments_come_last()
    {
        IReadOnlyList<string> arguments = SolutionTests
            .Arguments(new Project("/project"), "/results", false, ["--filter", "x", "--", "RunConfiguration.MaxCpuCount=1"]);

        arguments.Where(argument => argument != "--no-build").Should().Equal(
            "test", Path.Combine("/project", "Tandem.slnx"), "--nologo", "--logger", "trx;LogFilePrefix=tests",
                "--results-directory", "/results",
            "--filter", "x", "--", "RunConfiguration.MaxCpuCount=1");
    }
}
