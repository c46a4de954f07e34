using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>Logs of upstream's newer versions, which no longer join patches by union, and of agents that never worked.</summary>
public sealed class NewerLogsTests : IDisposable
{
    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void After_a_conflict_nothing_was_tested_and_the_pair_has_failed()
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm", passed: false), eval =>
        {
            eval["merge"] = Merge("conflicts", "naive");
            foreach (string feature in new[] { "feature1", "feature2" })
            {
                eval[feature]!["passed"] = false;
                eval[feature]!["exit_code"] = null;
                eval[$"{feature}_independent"] =
                    JsonNode.Parse("""{"passed": true, "tests_passed": 98, "tests_failed": 2, "reason": null}""");
            }
        });

        ImportRun import = ImportRun.Of(_tree);

        import.Warnings.Should().BeEmpty();
        import.Record.Should().BeEquivalentTo(new
        {
            MergeOutcome = MergeOutcome.MergeFailed,
            MergeStatus = MergeStatus.Conflicts,
            MergeStrategy = (MergeStrategy?)null,
            NaiveConflict = true,
            BothPassed = false,
            EvalError = (string?)null,
        });
        import.Record.Tests.Should().OnlyContain(test => test.Passed == false && test.Reason == TestFailureReason.NotMerged);
        ImportRun.Validates(_tree);
    }

    [Theory]
    [InlineData("solo-agent1")]
    [InlineData("solo-agent2")]
    public void One_agents_own_tree_is_no_merge_and_its_verdict_stands(string strategy)
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm"), eval => eval["merge"] = Merge("conflicts", strategy));

        ImportRun import = ImportRun.Of(_tree);

        import.Warnings.Should().ContainSingle().Which.Should().Contain("one agent's own tree");
        import.Record.Should().BeEquivalentTo(new
        {
            MergeOutcome = MergeOutcome.MergeFailed,
            MergeStatus = MergeStatus.Conflicts,
            NaiveConflict = true,
            BothPassed = true,
        });
        ImportRun.Validates(_tree);
        ImportRun.Run(_tree.Root, "export", "gpt-5", "--store", "store", "--output", "again").ExitCode.Should().Be(0);
        string again = File.ReadAllText(Directory
            .EnumerateFiles(Path.Combine(_tree.Root, "again"), "eval.json", SearchOption.AllDirectories).Single());
        JsonNode.Parse(again)!["both_passed"]!.GetValue<bool>().Should().BeTrue();
    }

    [Fact]
    public void The_same_patch_of_both_is_a_clean_merge_and_its_output_is_kept()
    {
        string folder = _tree.Coop("gpt-5-coop-comm");
        _tree.Eval(folder, eval =>
        {
            eval["merge"] = Merge("identical", "skip-merge-identical", "diff --git a/one b/one\n");
            foreach ((string feature, int passed) in new[] { ("feature1", 43), ("feature2", 44) })
            {
                eval[feature] = new JsonObject
                {
                    ["passed"] = true,
                    ["output"] = $"{passed} passed",
                    ["exit_code"] = 0,
                    ["tests_passed"] = passed,
                    ["tests_failed"] = 0,
                };
            }
        });

        ImportRun import = ImportRun.Of(_tree);

        import.Warnings.Should().BeEmpty();
        import.Record.Should().BeEquivalentTo(new
        {
            MergeOutcome = MergeOutcome.MergeClean,
            MergeStatus = MergeStatus.Clean,
            MergeStrategy = MergeStrategy.Naive,
            NaiveConflict = false,
            BothPassed = true,
        });
        import.Record.Tests.Select(test => test.TestsPassed).Should().Equal(43, 44);
        import.Artifact(import.Record.CaseId, "tests_f2.log").Should().Be("44 passed");
        import.Artifact(import.Record.CaseId, "merged.patch").Should().Contain("a/one");
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void Two_empty_patches_are_no_clean_merge()
    {
        string folder = _tree.Coop("gpt-5-coop-comm", passed: false);
        _tree.Write($"{folder}/agent1.patch", "");
        _tree.Write($"{folder}/agent2.patch", "");
        _tree.Eval(folder, eval => eval["apply_status"] = JsonNode.Parse("""{"agent1": "skipped", "agent2": "skipped"}"""));

        RunRecord record = ImportRun.Of(_tree).Record;

        record.Should().BeEquivalentTo(new
        {
            MergeOutcome = (MergeOutcome?)null,
            NaiveConflict = (bool?)null,
            MergeStatus = MergeStatus.Clean,
            BothPassed = false,
            InfraError = false,
        });
        ImportRun.Validates(_tree);
    }

    [Theory]
    [InlineData("Error", "claude_code", 0, 0, 1, "", true)]
    [InlineData("Error", "mini_swe_agent_v2", 0, 0, 0, "", true)]
    [InlineData("Submitted", "claude_code", 0, 0, 1, "", true)]
    [InlineData("Submitted", "mini_swe_agent_v2", 0, 0, 1, "", false)]
    [InlineData("Error", "claude_code", 0, 0, 5, "", false)]
    [InlineData("Error", "claude_code", 18, 0, 1, "", false)]
    [InlineData("Error", "claude_code", 0, 0.2, 1, "", false)]
    [InlineData("Error", "claude_code", 0, 0, 1, "diff --git a/x b/x\n", false)]
    public void Agents_that_never_worked_are_missing_data(string status, string framework, int tokens, double cost, int steps, string patch,
        bool isMissing)
    {
        string folder = _tree.Coop("gpt-5-coop-comm", passed: false);
        _tree.Write($"{folder}/agent1.patch", patch);
        _tree.Result(folder, result =>
        {
            result["agent_framework"] = framework;
            JsonNode agent = result["agents"]!["agent1"]!;
            (agent["status"], agent["input_tokens"], agent["cost"], agent["steps"]) = (status, tokens, cost, steps);
        });

        RunRecord record = ImportRun.Of(_tree).Record;

        record.InfraError.Should().Be(isMissing);
        if (!isMissing)
            return;
        record.BothPassed.Should().BeNull();
        record.Error.Should().BeEquivalentTo(new { Class = ErrorClass.ModelTransport, Phase = CasePhase.Agent });
        record.Error!.Message.Should().Contain("agent1 never worked");
    }

    [Fact]
    public void A_run_of_the_team_mode_is_named_as_such()
    {
        _tree.Coop("gpt-5-coop-comm");
        _tree.Write("gpt-5-team/team/pallets_click_task/1/f1_f2/result.json", "{}");

        ImportRun.Of(_tree).Warnings.Should().ContainSingle().Which.Should().Contain("gpt-5-team: is a run of upstream's team mode");
    }

    [Fact]
    public void Nothing_but_runs_of_the_team_mode_is_refused_with_that_reason()
    {
        _tree.Write("gpt-5-team/team/pallets_click_task/1/f1_f2/result.json", "{}");

        ImportRun import = ImportRun.Of(_tree);

        import.ExitCode.Should().NotBe(0);
        import.Error.Should().Contain("is of its team mode (team/)");
    }

    private static JsonObject Merge(string status, string strategy, string diff = "") =>
        new() { ["status"] = status, ["strategy"] = strategy, ["diff"] = diff };
}
