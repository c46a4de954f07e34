using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What the front door says of a command line or a file that cannot be used.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-bad-input-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_unknown_agent_and_what_else_is_wrong_with_an_experiment_are_said_at_once()
    {
        string file = Path.Combine(_folder.FullName, "wrong.json");
        await File.WriteAllTextAsync(file, """{"name": "wrong", "agent": {"kind": "genius"}, "limits": {"steps": -3}}""",
            TestContext.Current.CancellationToken);
        using var error = new StringWriter();

        int code = await CommandLine.RunAsync(["plan", "--experiment", file, "--store", _folder.FullName], TextWriter.Null, error);

        code.Should().Be(ExitCodes.BadInput);
        error.ToString().Should().Contain("limits.steps: -3 is out of range").And.Contain("agent.kind: there is no agent 'genius'");
    }

    [Theory]
    [InlineData("plan --max-cost 5", "Unrecognized command or argument '--max-cost'.")]
    [InlineData("plan 5", "Unrecognized command or argument '5'.")]
    public async Task What_is_near_to_nothing_brings_no_suggestion(string words, string expected)
    {
        using var error = new StringWriter();

        int code = await CommandLine.RunAsync(words.Split(' '), error, error);

        code.Should().Be(ExitCodes.BadInput);
        error.ToString().Trim().Should().Be(expected);
    }
}
