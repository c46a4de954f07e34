using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Commands;

public sealed class CompareCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public CompareCommandTests()
    {
        Experiment("small", passed: false);
        Experiment("large", passed: true);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_experiment_named_is_the_baseline()
    {
        Run("compare", "small", "large").Should().Match<(int ExitCode, string Output, string Error)>(r =>
            r.ExitCode == 0 && r.Error == "" && r.Output.Contains("large against small") && r.Output.Contains("+100.0"));
        Run("compare", "large", "small").Output.Should().Contain("small against large").And.Contain("-100.0");
    }

    [Fact]
    public void Without_names_all_experiments_of_the_store_are_compared() => Run("compare").Output.Should().Contain("small against large");

    [Fact]
    public void Json_holds_the_same_numbers_for_programs()
    {
        using var json = JsonDocument.Parse(Run("compare", "small", "large", "--format", "json").Output);

        JsonElement contrast = json.RootElement.GetProperty("contrasts")[0];
        contrast.GetProperty("setting").GetString().Should().Be("coop-comm");
        contrast.GetProperty("primary").GetProperty("difference").GetDouble().Should().Be(1);
        contrast.GetProperty("evidence").GetString().Should().Be("not_shown");
    }

    [Fact]
    public void Markdown_has_tables() =>
        Run("compare", "small", "large", "--format", "markdown").Output.Should().Contain("## Pass rates").And.Contain("|:---");

    [Fact]
    public void Records_that_cannot_be_read_are_counted_apart_from_cases_that_were_not_run()
    {
        string file = Directory.GetFiles(_folder.File("results", "large", "runs")).Single();
        StoreBuilder.ChangeLine(file, 2, line => line[..40]);

        (int exitCode, string output, string error) = Run("compare", "small", "large");

        exitCode.Should().Be(0);
        output.Should().Contain("large: no record counts");
        error.Should().StartWith("error: large: 1 fault, each a record or a file that is left out").And.Contain("next: validate large");
    }

    [Theory]
    [InlineData("compare small", "error: There is nothing to compare small with.")]
    [InlineData("compare small nothing", "holds no experiment 'nothing'")]
    [InlineData("compare small large --format pdf", "'pdf'")]
    public void What_cannot_be_compared_is_an_error(string arguments, string message)
    {
        (int exitCode, string output, string error) = Run(arguments.Split(' '));

        exitCode.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().Contain(message).And.Contain("next: ");
    }

    private void Experiment(string name, bool passed)
    {
        Directory.CreateDirectory(_folder.File("results"));
        new StoreBuilder(name, _folder.File("results")).Add(Sample.Run(Sample.Case(Setting.CoopComm), passed));
    }

    private (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = AnalysisProgram.Run(arguments, new CommandHost(output, error, _folder.Path, _ => null));
        return (exitCode, output.ToString(), error.ToString());
    }
}
