using FluentAssertions;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>A remedy that cannot be typed helps nobody: every command and every option that a message or the docs name exists.</summary>
[Slow]
public sealed class NamedCommandsTests
{
    [Fact]
    public async Task Every_command_that_a_message_or_a_page_names_can_be_typed()
    {
        (string File, string Command)[] all = [.. NamedCommands.All()];
        var faults = new List<string>();
        foreach ((string file, string command) in all)
        {
            if (await NamedCommands.FaultOfAsync(command) is { } fault)
                faults.Add($"{file}: '{command}': {fault}");
        }

        string.Join('\n', faults).Should().BeEmpty();
        all.Count(one => one.File.EndsWith(".cs", StringComparison.Ordinal)).Should().BeGreaterThan(10);
        all.Count(one => one.File.EndsWith(".md", StringComparison.Ordinal)).Should().BeGreaterThan(10);
    }

    [Fact]
    public async Task Every_option_that_a_message_names_exists()
    {
        HashSet<string> known = await NamedCommands.KnownOptionsAsync();
        (string File, string Option)[] named = [.. NamedCommands.Options()];

        named.Where(one => !known.Contains(one.Option)).Should().BeEmpty();
        named.Select(one => one.Option).Should().Contain(["--store", "--force", "--partial", "--draft"]);
    }

    [Theory]
    [InlineData("./run.sh", null)]
    [InlineData("./run.sh images build", null)]
    [InlineData("./run.sh report x --draft", null)]
    [InlineData("./run.sh revive", "Unrecognized command or argument 'revive'.")]
    [InlineData("./run.sh status x --stauts failed", "'status' has no option --stauts")]
    [InlineData("./run.sh report x --drafty", "'report' has no option --drafty")]
    [InlineData("dotnet test Experiments.Tests --filter \"Setting=solo&Repo=x\"", null)]
    [InlineData("dotnet test Nowhere", "there is no Nowhere")]
    [InlineData("dotnet test -s nowhere.runsettings", "there is no nowhere.runsettings")]
    public async Task A_verb_an_option_or_a_file_that_is_not_there_is_found(string command, string? fault)
    {
        string? found = await NamedCommands.FaultOfAsync(command);

        if (fault is null)
            found.Should().BeNull();
        else
            found.Should().Contain(fault);
    }

    [Fact]
    public void Commands_are_read_out_of_literals_and_pages()
    {
        const string source = """
            // "./run.sh no"
            string a = $"Try './run.sh status {name}' " + "or `./run.sh plan --smoke {count + 1}`. Then ./run.sh --store x; "
                + $"{Project.CommandFor($"report {name} --draft", store)}";
            """;
        const string page = """
            Use `./run.sh tasks verify [DIR]`, or
            ```sh
            TANDEM_STORE=x dotnet test --filter "A|B" # all
            ./run.sh status \
                --json | jq .
            ```
            """;

        NamedCommands.OfSource(source).Should().Equal(
            "./run.sh status 1", "./run.sh plan --smoke 1", "./run.sh --store x", "./run.sh report 1 --draft");
        NamedCommands.OfDoc(page).Should().BeEquivalentTo(
            "./run.sh tasks verify DIR", "dotnet test --filter \"A|B\"", "./run.sh status      --json");
    }
}
