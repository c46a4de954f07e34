using System.CommandLine;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class CommandLineTests
{
    [Fact]
    public async Task The_help_of_doctor_reads_so()
    {
        (int code, string output, _) = await RunAsync("doctor", "--help");

        code.Should().Be(ExitCodes.Ok);
        output.Trim().Should().Be("""
            Description:
              Check what a run needs on this machine, one line each, and print a fix for each problem. With --install-docker, 
              doctor also installs and starts an engine.

            Usage:
              run.sh doctor [options]

            Options:
              -e, --experiment <name>  An experiment in the folder experiments/, or the path of its file [default: 
                                       $TANDEM_EXPERIMENT, else 'default']
              --tasks <dir>            A task set in CooperBench's dataset layout [default: the built-in tasks/]
              --store <dir>            The folder of the store, where records are kept [default: $TANDEM_STORE, else results]
              --install-docker         If no engine answers, install and start the Docker package of Debian or Ubuntu (needs root). 
                                       Root without a terminal does this by default
              --no-install-docker      Neither install nor start an engine
              -v, --verbose            Print more: what runs on the host, and where errors come from
              -?, -h, --help           Show help and usage information
            """);
    }

    [Fact]
    public async Task The_help_of_test_names_its_tiers()
    {
        (int code, string output, _) = await RunAsync("test", "--help");

        code.Should().Be(ExitCodes.Ok);
        output.Should().Contain("--quick ").And.Contain("--all ").And.Contain("--coverage ");
    }

    [Fact]
    public async Task The_help_names_every_verb_and_exit_code()
    {
        (int code, string output, _) = await RunAsync("--help");

        code.Should().Be(ExitCodes.Ok);
        output.Should().Contain("  doctor ").And.Contain("  test ").And.Contain("  plan ").And.Contain("  status ").And
            .Contain("5    all is well, but --max-cost or --max-minutes").And.Contain("4    the host lacks something that is needed");
    }

    [Theory]
    [InlineData("doctor --bogus", "--bogus")]
    [InlineData("bogus", "bogus")]
    [InlineData("--store= --dry-run", "--store= has no value.")]
    [InlineData("--store  --dry-run", "--store has no value.")]
    [InlineData("--smoke abc", "--smoke abc: a whole number from 1 is expected.")]
    [InlineData("--smoke -1", "--smoke -1: a whole number from 1 is expected.")]
    [InlineData("--smoke 99999999999", "--smoke 99999999999: a whole number from 1 is expected.")]
    [InlineData("--smoke", "Required argument missing for option: '--smoke'.")]
    [InlineData("--concurrency 0.5", "--concurrency 0.5: a whole number from 1 to 256 is expected.")]
    [InlineData("--concurrency 257", "--concurrency 257: a whole number from 1 to 256 is expected.")]
    [InlineData("tasks verify --repeat often", "--repeat often: a whole number from 1 to 100 is expected.")]
    [InlineData("--max-cost free", "--max-cost free: an amount of USD from 0 is expected, for example 2.50.")]
    [InlineData("--max-minutes -1", "--max-minutes -1: minutes from 0 are expected, for example 90 or 0.5.")]
    [InlineData("--seed first", "--seed first: a whole number from 0 is expected.")]
    [InlineData("--sandbox box", "--sandbox box: there is no such name; there are auto, docker, process.")]
    [InlineData("--status bad", "--status bad: there is no such name; there are ")]
    [InlineData("--dry-run=maybe", "'maybe'")]
    [InlineData("doctor --install-docker --no-install-docker", "exclude each other")]
    [InlineData("test --install-docker --no-install-docker", "exclude each other")]
    public async Task Bad_usage_is_said_without_the_whole_help_and_exits_with_2(string line, string complaint)
    {
        (int code, string output, string error) = await RunAsync(line.Split(' '));

        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain(complaint).And.NotContain("System.").And.NotContain("   at ");
        output.Should().NotContain("Usage:");
    }

    [Theory]
    [InlineData("", "run")]
    [InlineData("--store x", "run --store x")]
    [InlineData("doctor --store x", "doctor --store x")]
    [InlineData("bogus", "bogus")]
    [InlineData("--help", "--help")]
    [InlineData("--version", "--version")]
    public void Without_a_verb_run_is_meant(string line, string meant)
    {
        var root = new RootCommand { new Command("run"), new Command("doctor") };

        CommandLine.WithVerb(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), root).Should().Equal(meant.Split(' '));
    }

    [Fact]
    public void What_follows_two_dashes_is_for_dotnet_test()
    {
        ParseResult parsed = CommandLine.Root
            .Parse(["test", "--no-install-docker", "--", "--filter", "Category=Docker", "--", "RunConfiguration.MaxCpuCount=1"]);

        parsed.Errors.Should().BeEmpty();
        parsed.GetValue<string[]>("arguments").Should().Equal("--filter", "Category=Docker", "--", "RunConfiguration.MaxCpuCount=1");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
