using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Collect_and_validate_run_over_the_whole_store()
    {
        Experiment("one");
        Experiment("two");

        (int exitCode, string output, string error) = Run("collect", "--store", Store);
        exitCode.Should().Be(0);
        error.Should().BeEmpty();
        output.Should().Contain("one: 1 of 1 planned cases have a record; 1 cases count").And
            .Contain($"wrote 1 records to {_folder.File("store", "two", "results.json")}");

        Run("validate", "--store", Store).Should().Match<(int ExitCode, string Output, string Error)>(r =>
            r.ExitCode == 0 && r.Output.Contains("one: 16 of 16 rules pass") && r.Output.Contains("two: 16 of 16 rules pass"));
    }

    [Fact]
    public void Collect_writes_one_array_of_all_where_an_output_is_named()
    {
        Experiment("one");
        Experiment("two");

        Run("collect", "two", "one", "--store", Store, "--output", "all.json").ExitCode.Should().Be(0);

        using var all = JsonDocument.Parse(File.ReadAllBytes(_folder.File("all.json")));
        all.RootElement.EnumerateArray().Select(r => r.GetProperty("experiment").GetString()).Should().Equal("two", "one");
        File.Exists(_folder.File("store", "one", "results.json")).Should().BeFalse();
    }

    [Fact]
    public void Collecting_again_changes_no_byte_and_leaves_no_other_file()
    {
        Experiment("one");
        Run("collect", "--store", Store);
        byte[] first = File.ReadAllBytes(_folder.File("store", "one", "results.json"));

        Run("collect", "--store", Store);

        File.ReadAllBytes(_folder.File("store", "one", "results.json")).Should().Equal(first);
        Directory.EnumerateFiles(_folder.File("store", "one")).Select(Path.GetFileName).Should()
            .BeEquivalentTo("experiment.json", "results.json");
    }

    [Fact]
    public void Difficulty_can_be_skipped()
    {
        Experiment("one");

        Run("collect", "--store", Store, "--skip-difficulty").Output.Should().Contain("difficulty: left out (--skip-difficulty)");

        File.ReadAllText(_folder.File("store", "one", "results.json")).Should().Contain("\"difficulty\":null,\"bucket\":null");
    }

    [Fact]
    public void The_store_is_taken_from_the_environment_or_the_working_directory()
    {
        Experiment("one");
        Run("validate").Should().Match<(int ExitCode, string Output, string Error)>(r => r.ExitCode == 2
            && r.Error.Contains(_folder.File("results")));

        _environment["TANDEM_STORE"] = "store";
        Run("validate").ExitCode.Should().Be(0);

        _environment["TANDEM_STORE"] = "";
        Directory.Move(Store, _folder.File("results"));
        Run("validate").ExitCode.Should().Be(0);
    }

    [Fact]
    public void A_failing_rule_gives_exit_code_1()
    {
        using StoreBuilder store = Experiment("one");
        store.Add(Sample.Limited(Sample.Case(Setting.Solo, task: 2)) with { BothPassed = true });

        (int exitCode, string output, _) = Run("validate", "one", "--store", Store);

        exitCode.Should().Be(1);
        output.Should().Contain("FAIL DATA-02").And.Contain("one: 15 of 16 rules pass");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" --output all.json")]
    public void Collecting_and_validating_at_once_says_what_both_say(string output)
    {
        using StoreBuilder store = Experiment("one");

        (int exitCode, string text, _) = Run([.. ("collect --validate --store store" + output).Split(' ')]);
        exitCode.Should().Be(0);
        text.Should().Match("*wrote 1 records to*PASS SCHEMA-01*one: 16 of 16 rules pass; 5 more with --deep*");

        store.Add(Sample.Limited(Sample.Case(Setting.Solo, task: 2)) with { BothPassed = true });
        Run([.. ("collect --validate --store store" + output).Split(' ')])
            .Should().Match<(int ExitCode, string Output, string Error)>(r => r.ExitCode == 1 && r.Output.Contains("FAIL DATA-02"));
    }

    [Fact]
    public void A_deep_validation_reads_every_file()
    {
        using StoreBuilder store = Experiment("one");
        File.WriteAllText(store.Artifact(Sample.Case(Setting.Solo), "solo.patch"), "other");

        Run("validate", "--store", Store).ExitCode.Should().Be(0);
        (int exitCode, string text, _) = Run("validate", "--store", Store, "--deep");

        exitCode.Should().Be(1);
        text.Should().Contain("FAIL STORE-08").And.Contain("one: 20 of 21 rules pass\n");
    }

    [Fact]
    public void An_unreadable_experiment_gives_exit_code_2_and_the_others_are_still_checked()
    {
        using StoreBuilder first = Experiment("one");
        Experiment("two");
        File.WriteAllText(first.Layout.PlanFile, "{");

        (int exitCode, string output, string error) = Run("validate", "--store", Store);

        exitCode.Should().Be(2);
        output.Should().Contain("two: 16 of 16 rules pass");
        error.Should().StartWith("error: Experiment 'one' in ").And.Contain("experiment.json(1): ").And.Contain("  next: ");
    }

    [Theory]
    [InlineData("collect --frobnicate", "error: There is no option '--frobnicate'.")]
    [InlineData("conclude", "error: Unrecognized command or argument 'conclude'.")]
    [InlineData("", "error: Required command was not provided.")]
    [InlineData("validate --store", "error: Required argument missing for option: '--store'.")]
    [InlineData("validate --store nowhere", "error: There is no store at ")]
    [InlineData("validate --store empty", "holds no experiment: no folder in it has an experiment.json.")]
    [InlineData("validate --store store three", "holds no experiment 'three'.")]
    [InlineData("validate --store store ../one", "error: '../one' cannot name an experiment: only letters")]
    [InlineData("collect --store store --output empty", "is a folder.")]
    public void Bad_usage_gives_exit_code_2_and_says_what_to_do(string arguments, string message)
    {
        Experiment("one");
        Directory.CreateDirectory(_folder.File("empty"));

        (int exitCode, _, string error) = Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        exitCode.Should().Be(2);
        error.Should().Contain(message).And.Contain("  next: ").And.NotContain("   at ");
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_an_error()
    {
        Experiment("one");

        (int exitCode, _, string error) =
            Run("collect", "--store", Store, "--output", Path.Combine("store", "one", "experiment.json", "out.json"));

        exitCode.Should().Be(2);
        error.Should().StartWith("error: ").And.Contain("experiment.json").And.NotContain("   at ");
    }

    [Fact]
    public void Faults_of_the_store_are_printed_and_the_rest_is_collected()
    {
        using StoreBuilder store = Experiment("one");
        StoreBuilder.InsertLine(store.RunFile(Setting.Solo), 2, "nonsense");

        (int exitCode, string output, _) = Run("collect", "--store", Store);

        exitCode.Should().Be(0);
        output.Should().Contain("faults, each a record or a file that is left out: 1").And.Contain("runs/solo_seed0.jsonl(2): ").And
            .Contain("wrote 1 records");
    }

    [Fact]
    public void Help_lists_verbs_and_options()
    {
        string help = Run("collect", "--help").Output.ReplaceLineEndings("\n");

        help.Should().StartWith(
            """
            Description:
              Write the record that stands for each case into results.json, with difficulty and bucket, and print what there is.
            """);
        help.Should().ContainAll("--store <DIR>", "--output <FILE>", "--skip-difficulty", "[<experiment>...]");
        Run("--help").Output.Should().ContainAll("collect <experiment>", "validate <experiment>");
    }

    private string Store => _folder.File("store");

    private StoreBuilder Experiment(string name)
    {
        Directory.CreateDirectory(Store);
        return new StoreBuilder(name, Store).Add(Sample.Run(Sample.Case(Setting.Solo)));
    }

    private (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = AnalysisProgram.Run(arguments,
            new CommandHost(output, error, _folder.Path, name => _environment.GetValueOrDefault(name)));
        return (exitCode, output.ToString(), error.ToString());
    }
}
