using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
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

    [Fact]
    public void A_store_that_fails_its_validation_is_named_before_its_numbers()
    {
        new StoreBuilder("broken", _folder.File("results"))
            .Add(Sample.Limited(Sample.Case(Setting.CoopComm)) with { BothPassed = true });

        (int exitCode, string output, string error) = Run("compare", "small", "broken");

        exitCode.Should().Be(0);
        error.Should().Contain("broken: its store fails DATA-02, so that any number of it below may be wrong").And
            .Contain("next: validate broken").And.NotContain("small:");
        output.Should().Contain("broken: its store FAILS its validation (DATA-02)");
        using var json = JsonDocument.Parse(Run("compare", "small", "broken", "--format", "json").Output);
        json.RootElement.GetProperty("experiments")[1].GetProperty("failed_rules")[0].GetString().Should().Be("DATA-02");
    }

    [Fact]
    public void Cases_that_were_made_again_on_demand_are_counted()
    {
        new StoreBuilder("again", _folder.File("results")).Add(Sample.Run(Sample.Case(Setting.CoopComm), passed: false))
            .Add(Sample.Run(Sample.Case(Setting.CoopComm), attempt: 2) with { AttemptReason = AttemptReason.Force });

        Run("compare", "small", "again").Output.Should().Contain("again: re-rolls: 1 of its cases count by an attempt");
    }

    [Fact]
    public void Experiments_without_a_common_seed_are_compared_over_all_seeds()
    {
        var other = new StoreBuilder("other", _folder.File("results"));
        var three = new StoreBuilder("three", _folder.File("results"));
        for (int task = 1; task <= 8; task++)
        {
            other.Add(Sample.Run(Sample.Case(Setting.CoopComm, task), passed: false));
            three.Add(Sample.Run(Sample.Case(Setting.CoopComm, task, seed: 3)));
        }

        string output = Run("compare", "other", "three").Output;

        output.Should().MatchRegex(@"three\s+coop-comm\s+all \*\s+8\s+8\s+0\.0 %\s+100\.0 %\s+\+100\.0\s+-\s+8 : 0\s+0\.008\s+0\.008")
            .And.Contain("*: the two share no seed in this setting").And.NotContain("0 samples of tasks");
    }

    [Fact]
    public void Where_no_bootstrap_was_drawn_no_samples_are_named() => Run("compare", "small", "large").Output.Should()
        .Contain("no bootstrap was drawn, since no two tasks are compared").And.NotContain("0 or ");

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
