using FluentAssertions;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

public sealed class ImportTests : IDisposable
{
    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void A_solo_case_becomes_a_record_and_what_upstream_does_not_say_stays_unknown()
    {
        _tree.Solo("gpt-5-solo");

        ImportRun import = ImportRun.Of(_tree);

        import.ExitCode.Should().Be(0, import.Error);
        import.Warnings.Should().BeEmpty();
        RunRecord record = import.Record;
        record.CaseId.ToString().Should().Be("solo/pallets_click_task/1/f1_f2/seed0");
        record.Should().BeEquivalentTo(new
        {
            Experiment = "gpt-5",
            RunName = "gpt-5-solo",
            Attempt = 1,
            Agent = "mini_swe_agent_v2",
            Model = "gpt-5",
            Simulated = false,
            Language = "python",
            StartedAt = new DateTimeOffset(2026, 5, 1, 10, 0, 0, TimeSpan.Zero).AddTicks(1234560),
            DurationSeconds = 412.7,
            TotalCost = 0.84m,
            TotalSteps = 71,
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            Interrupted = false,
            BothPassed = true,
            Feature1Passed = true,
            Feature2Passed = true,
            MergeOutcome = MergeOutcome.MergeClean,
            MergeStatus = (MergeStatus?)null,
            MergeStrategy = (MergeStrategy?)null,
            EvalError = (string?)null,
            MessagesCount = 0,
            Difficulty = (double?)null,
            Tokens = (TokenCounts?)null,
            Error = (RunError?)null,
        });
        record.Tests.Should().Equal(new FeatureTestReport(1, true, null, null, null, null, null, null),
            new FeatureTestReport(2, true, null, null, null, null, null, null));
        AgentReport agent = record.Agents.Should().ContainSingle().Subject;
        agent.Should().BeEquivalentTo(new
        {
            AgentId = "solo",
            Status = AgentStatus.Submitted,
            Steps = 71,
            Cost = 0.84m,
            PatchBytes = 19L,
            PatchSource = PatchSource.Submission,
            Limit = (string?)null
        });
        record.Provenance.Should()
            .BeEquivalentTo(new
            {
                Harness = "imported",
                TaskSet = "imported",
                TaskDigest = "imported",
                Engine = "imported",
                Host = "imported",
                Image = (string?)null
            });
        import.Artifact(record.CaseId, "solo.patch").Should().Be("diff --git a/x b/x\n");
        import.Artifact(record.CaseId, "tests_f1.log").Should().Be("3 passed");
        import.Artifact(record.CaseId, "upstream/eval.json").Should()
            .Be(File.ReadAllText(_tree.Path("gpt-5-solo/solo/pallets_click_task/1/f1_f2/eval.json")));
        record.Artifacts.Select(artifact => artifact.Path).Should()
            .Equal("solo.patch", "tests_f1.log", "tests_f2.log", "upstream/eval.json", "upstream/result.json");
    }

    [Fact]
    public void A_coop_case_becomes_a_record_with_its_merge_its_messages_and_both_agents()
    {
        _tree.Coop("gpt-5-coop-comm", passed: false, f1: 3, f2: 5);

        ImportRun import = ImportRun.Of(_tree);

        RunRecord record = import.Record;
        record.CaseId.ToString().Should().Be("coop-comm/pallets_click_task/1/f3_f5/seed0");
        record.Should().BeEquivalentTo(new
        {
            TotalCost = 0.75m,
            TotalSteps = 71,
            BothPassed = false,
            Feature1Passed = true,
            Feature2Passed = false,
            MergeOutcome = MergeOutcome.MergeClean,
            MergeStatus = MergeStatus.Clean,
            MergeStrategy = MergeStrategy.Naive,
            NaiveConflict = false,
            MessagesCount = 2,
        });
        record.Agents.Select(agent => (agent.AgentId, agent.Features[0], agent.Steps, agent.PatchBytes, agent.ApplyStatus))
            .Should().Equal(("agent1", 3, 31, 23L, ApplyStatus.Applied), ("agent2", 5, 40, 26L, ApplyStatus.Skipped));
        record.Tests[1].Should().Be(new FeatureTestReport(5, false, 2, 1, null, 1, null, null));
        DateTimeOffset sent = DateTimeOffset.UnixEpoch.AddSeconds(1777633260.5);
        record.Messages.Should().Equal(
            new MessageRecord("agent1", "agent2", "I take one", sent, null, null, 3, null, null),
            new MessageRecord("agent2", "agent1", "I take two", sent.AddSeconds(59.75), null, null, 5, null, null));
        import.Artifact(record.CaseId, "agent2.patch").Should().Be("diff --git a/two b/two\n+2\n");
        import.Artifact(record.CaseId, "merged.patch").Should().Be("diff --git a/one b/one\n");
    }

    [Fact]
    public void Runs_are_taken_by_their_names_and_the_store_can_be_collected_and_validated()
    {
        for (int task = 1; task <= 2; task++)
        {
            _tree.Solo("gpt-5-solo", task, passed: task == 1);
            _tree.Solo("gpt-5-solo-seed1", task);
            _tree.Solo("gpt-5-solo-seed12", task);
            _tree.Coop("gpt-5-coop-comm", task);
            _tree.Write($"{_tree.Coop("gpt-5-coop-nocomm-seed1", task)}/conversation.json", "[]");
            _tree.Change($"gpt-5-coop-nocomm-seed1/coop/pallets_click_task/{task}/f1_f2/result.json", result =>
                result["messages_sent"] = 0);
        }

        ImportRun import = ImportRun.Of(_tree);

        import.ExitCode.Should().Be(0, import.Error);
        import.Output.Should().Contain("wrote 10 records").And
            .Contain("  coop-nocomm      1        2      0            0         0        0  gpt-5-coop-nocomm-seed1").And
            .NotContain("warnings");
        import.Records().Select(record => record.RunName).Distinct().Should()
            .BeEquivalentTo("gpt-5-solo", "gpt-5-solo-seed1", "gpt-5-solo-seed12", "gpt-5-coop-comm", "gpt-5-coop-nocomm-seed1");
        ImportRun.Run(_tree.Root, "collect", "--store", "store").Should().Match<(int ExitCode, string Output, string Error)>(run =>
            run.ExitCode == 0 && run.Output.Contains("10 of 10 planned cases have a record; 10 cases count"));
        ImportRun.Run(_tree.Root, "validate", "--store", "store")
            .Should().Match<(int ExitCode, string Output, string Error)>(run => run.ExitCode == 0, "all rules pass");
        var status = new StoreStatus(import.Layout);
        status.Refresh();
        status.Cases.Should().HaveCount(10).And.OnlyContain(standing => standing.Status == RunStatus.Completed);
    }

    [Fact]
    public void A_map_says_what_runs_with_other_names_are_and_leaves_out_the_rest()
    {
        _tree.Solo("first");
        _tree.Coop("second");
        _tree.Solo("third-solo");
        File.WriteAllText(System.IO.Path.Combine(_tree.Root, "map.json"),
            """{"first": {"setting": "solo", "seed": 4}, "second": {"setting": "coop-comm"}}""");

        ImportRun import = ImportRun.Of(_tree, "mine", "--map", "map.json", "--name", "mine");

        import.ExitCode.Should().Be(0, import.Error);
        import.Records().Select(record => record.CaseId.ToString()).Should()
            .BeEquivalentTo("solo/pallets_click_task/1/f1_f2/seed4", "coop-comm/pallets_click_task/1/f1_f2/seed0");
        import.Warnings.Should().Equal("third-solo: is not in the map; left out");
    }

    [Fact]
    public void Importing_twice_gives_the_same_bytes_in_the_same_files()
    {
        _tree.Solo("gpt-5-solo");
        _tree.Coop("gpt-5-coop-comm");
        _tree.Delete("gpt-5-solo/solo/pallets_click_task/1/f1_f2/solo.patch");

        ImportRun.Of(_tree);
        ImportRun.Run(_tree.Root, "import", "--cooperbench-dir", "logs", "--store", "again").ExitCode.Should().Be(0);

        Files("again").Should().BeEquivalentTo(Files("store"), options => options.WithStrictOrdering());
        Files("store").Should().Contain(file => file.Name.EndsWith("solo_seed0_20260501T100000Z_imported.jsonl"));

        (string Name, string Content)[] Files(string store)
        {
            string folder = System.IO.Path.Combine(_tree.Root, store);
            return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(path => (System.IO.Path.GetRelativePath(folder, path), File.ReadAllText(path)))];
        }
    }

    [Fact]
    public void The_folder_of_a_single_run_can_be_imported_too()
    {
        _tree.Solo("gpt-5-solo");

        (int exitCode, _, string error) = ImportRun.Run(_tree.Root, "import", "--cooperbench-dir", "logs/gpt-5-solo/", "--store", "store");

        exitCode.Should().Be(0, error);
        StoreLayout.Experiments(System.IO.Path.Combine(_tree.Root, "store")).Should().Equal("gpt-5");
    }

    [Fact]
    public void A_run_of_before_there_were_settings_is_read_too()
    {
        _tree.Solo("old");
        _tree.Write("old/config.json", """{"run_name": "old"}""");
        Directory.Move(_tree.Path("old/solo/pallets_click_task"), _tree.Path("old/pallets_click_task"));
        Directory.Delete(_tree.Path("old/solo"));
        Directory.Move(_tree.Path("old"), _tree.Path("old-solo"));

        ImportRun.Of(_tree, "old").Record.CaseId.ToString().Should().Be("solo/pallets_click_task/1/f1_f2/seed0");
    }
}
