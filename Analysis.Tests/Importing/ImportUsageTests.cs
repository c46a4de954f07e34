using FluentAssertions;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>What cannot be imported is refused with what to do, and nothing is left behind.</summary>
public sealed class ImportUsageTests : IDisposable
{
    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("import", "Option '--cooperbench-dir' is required.")]
    [InlineData("import --cooperbench-dir nowhere", "There is no folder ")]
    [InlineData("import --cooperbench-dir logs/gpt-5-solo/config.json", "is a file.")]
    [InlineData("import --cooperbench-dir logs/gpt-5-solo/solo", "holds no run of CooperBench's.")]
    [InlineData("import --cooperbench-dir .", "logs: --cooperbench-dir ")]
    [InlineData("import --cooperbench-dir logs --store typo.json", "typo.json is a file.")]
    [InlineData("import --cooperbench-dir logs --store store --name ../x", "'../x' cannot name an experiment: only letters")]
    [InlineData("import --cooperbench-dir logs --store store --name x --utc-offset 2", "--utc-offset 2 is no offset.")]
    [InlineData("import --cooperbench-dir logs --store store --prefix claude", "is called 'claude-...'.")]
    [InlineData("import --cooperbench-dir logs --store store --map nowhere.json", "nowhere.json cannot be read")]
    [InlineData("import --cooperbench-dir logs --store store --map typo.json", "The map names 'gpt-5-sollo', which ")]
    [InlineData("import --cooperbench-dir logs --store store --map odd.json",
        "odd.json cannot be used: 'team' is none of solo, coop-comm, coop-nocomm")]
    [InlineData("import --cooperbench-dir logs --store store --map negative.json", "'gpt-5-solo' has seed -1.")]
    [InlineData("import --cooperbench-dir logs --store store --map good.json", "A map names the runs")]
    public void Bad_usage_gives_exit_code_2_and_says_what_to_do(string arguments, string message)
    {
        _tree.Solo("gpt-5-solo");
        _tree.Write("gpt-5-solo/config.json", "{}");
        Map("typo", """{"gpt-5-sollo": {"setting": "solo"}}""");
        Map("odd", """{"gpt-5-solo": {"setting": "team"}}""");
        Map("negative", """{"gpt-5-solo": {"setting": "solo", "seed": -1}}""");
        Map("good", """{"gpt-5-solo": {"setting": "solo"}}""");

        (int exitCode, _, string error) = ImportRun.Run(_tree.Root, arguments.Split(' '));

        exitCode.Should().Be(2);
        error.Should().Contain(message).And.Contain("  next: ").And.NotContain("   at ");
        Directory.Exists(System.IO.Path.Combine(_tree.Root, "store")).Should().BeFalse();
    }

    [Fact]
    public void An_experiment_that_is_there_is_left_as_it_is()
    {
        _tree.Solo("gpt-5-solo");
        ImportRun first = ImportRun.Of(_tree);
        _tree.Solo("gpt-5-solo", task: 2);

        ImportRun second = ImportRun.Of(_tree);

        second.ExitCode.Should().Be(2);
        second.Error.Should().Contain("There is a 'gpt-5' in ").And.Contain("  next: Give this one another name (--name NAME)");
        first.Records().Should().ContainSingle();
        Directory.EnumerateFileSystemEntries(first.Layout.StoreFolder).Should().ContainSingle("no temporary folder is left");
    }

    [Fact]
    public void Runs_of_several_models_are_imported_one_after_the_other()
    {
        _tree.Solo("gpt-5-solo");
        _tree.Solo("claude-solo");

        ImportRun both = ImportRun.Of(_tree);
        both.ExitCode.Should().Be(2);
        both.Error.Should().Contain("holds runs of several names: claude, gpt-5. They are 2 experiments.").And.Contain("--prefix NAME");

        ImportRun.Of(_tree, "claude", "--prefix", "claude").Records().Should().ContainSingle();
        ImportRun.Of(_tree, "gpt-5", "--prefix", "gpt-5").Records().Should().ContainSingle();
    }

    [Fact]
    public void Two_runs_of_one_setting_and_seed_are_not_mixed()
    {
        _tree.Solo("gpt-5-solo");
        _tree.Solo("gpt-5-solo-seed0");

        ImportRun import = ImportRun.Of(_tree);

        import.ExitCode.Should().Be(2);
        import.Error.Should().Contain("'gpt-5-solo' and 'gpt-5-solo-seed0' are both solo seed 0.");
    }

    [Fact]
    public void Logs_without_a_single_verdict_make_no_experiment()
    {
        string folder = _tree.Solo("gpt-5-solo");
        _tree.Delete($"{folder}/eval.json");

        ImportRun import = ImportRun.Of(_tree);

        import.ExitCode.Should().Be(2);
        import.Error.Should().Contain("None of the 1 cases has a verdict that could be imported.").And
            .Contain($"{folder}/eval.json: is missing: the case was never evaluated; left out");
        Directory.Exists(import.Layout.StoreFolder).Should().BeFalse();
    }

    [Fact]
    public void A_store_of_our_own_is_known_for_one()
    {
        _tree.Solo("gpt-5-solo");
        ImportRun.Of(_tree);

        ImportRun.Run(_tree.Root, "import", "--cooperbench-dir", "store").Error.Should()
            .Contain("This is a store of Tandem's own: nothing needs to be imported.");
    }

    [Fact]
    public void Local_times_are_moved_by_the_offset_that_is_given()
    {
        _tree.Solo("gpt-5-solo");

        ImportRun import = ImportRun.Of(_tree, "gpt-5", "--utc-offset=-07:00");

        import.Record.StartedAt.Should().Be(new DateTimeOffset(2026, 5, 1, 17, 0, 0, TimeSpan.Zero).AddTicks(1234560));
        new StoreReader(import.Layout).ReadPlan()!.Settings.GetProperty("imported").GetProperty("utc_offset_minutes")
            .GetInt32().Should().Be(-420);
    }

    [Fact]
    public void Files_that_may_be_a_trap_are_not_read()
    {
        _tree.Solo("gpt-5-solo");
        string huge = _tree.Solo("gpt-5-solo", task: 2);
        string deep = _tree.Solo("gpt-5-solo", task: 3);
        using (FileStream file = File.OpenWrite(_tree.Path($"{huge}/eval.json")))
            file.SetLength(300 << 20);
        _tree.Write($"{deep}/eval.json", new string('[', 100_000));
        Directory.CreateDirectory(_tree.Path("\u001b[31m-solo/solo"));

        ImportRun import = ImportRun.Of(_tree, "gpt-5", "--prefix", "gpt-5");

        import.Record.TaskId.Should().Be(1);
        import.Warnings.Should().Equal(
            $"{huge}/eval.json: has 314,572,800 bytes, more than the 268,435,456 that are read",
            $"{huge}/eval.json: cannot be used; the case is left out",
            $"{deep}/eval.json: is not JSON: line 1: The maximum configured depth of 64 has been exceeded. Cannot read next JSON array.",
            $"{deep}/eval.json: cannot be used; the case is left out");
        ImportRun.Of(_tree, "none", "--prefix", "none").Error.Should().Contain("?[31m").And.NotContain("\u001b");
    }

    private void Map(string name, string json) => File.WriteAllText(System.IO.Path.Combine(_tree.Root, name + ".json"), json);
}
