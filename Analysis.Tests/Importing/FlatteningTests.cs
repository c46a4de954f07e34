using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>Statuses, merges and infrastructure errors of whole cases, as they are flattened.</summary>
public sealed class FlatteningTests : IDisposable
{
    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Of_two_agents_the_worse_counts_and_a_limit_fails_the_pair()
    {
        string folder = _tree.Coop("gpt-5-coop-comm");
        Result(folder, result => result["agents"]!["agent2"]!["status"] = "CostLimitExceeded");

        RunRecord record = ImportRun.Of(_tree).Record;

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.LimitsExceeded,
            InfraError = false,
            BothPassed = false,
            Feature1Passed = true,
            Feature2Passed = true,
            MergeOutcome = MergeOutcome.MergeClean
        });
        record.Agents[1].Limit.Should().Be("cost");
        Validates();
    }

    [Fact]
    public void An_agent_that_crashed_is_evaluated_unless_its_text_names_the_infrastructure()
    {
        string folder = _tree.Solo("gpt-5-solo");
        string lost = _tree.Solo("gpt-5-solo", task: 2);
        Result(folder, result => Crash(result["agent"]!, "TypeError: 'NoneType' object is not iterable"));
        Result(lost, result => Crash(result["agent"]!, "Error code: 429 - rate limited"));

        IReadOnlyList<RunRecord> records = ImportRun.Of(_tree).Records();

        records[0].Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Error,
            InfraError = false,
            BothPassed = true,
            MergeOutcome = MergeOutcome.MergeClean,
            TotalCost = (decimal?)null,
            TotalSteps = (int?)null
        });
        records[0].Error.Should().Be(new RunError(ErrorClass.Agent, CasePhase.Agent, "solo: TypeError: 'NoneType' object is not iterable"));
        records[1].Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Error,
            InfraError = true,
            BothPassed = (bool?)null,
            Feature1Passed = (bool?)null,
            MergeOutcome = (MergeOutcome?)null
        });
        records[1].Error.Should().Be(new RunError(ErrorClass.RateLimit, CasePhase.Agent, "solo: Error code: 429 - rate limited"));
        Validates();
    }

    [Fact]
    public void Infra_error_is_as_result_json_says_where_it_says_it()
    {
        string not = _tree.Solo("gpt-5-solo");
        string but = _tree.Solo("gpt-5-solo", task: 2);
        Result(not, result =>
        {
            Crash(result["agent"]!, "Error code: 429");
            result["infra_error"] = false;
        });
        Result(but, result => result["infra_error"] = true);

        IReadOnlyList<RunRecord> records = ImportRun.Of(_tree).Records();

        records[0].Should().BeEquivalentTo(new { InfraError = false, BothPassed = true });
        records[0].Error!.Class.Should().Be(ErrorClass.Agent);
        records[1].Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, InfraError = true, BothPassed = (bool?)null });
        records[1].Error!.Class.Should().Be(ErrorClass.Harness);
        Validates();
    }

    [Fact]
    public void Texts_are_not_searched_where_no_agent_crashed()
    {
        string folder = _tree.Solo("gpt-5-solo");
        Result(folder, result => result["agent"]!["error"] = "docker timeout, 429");

        ImportRun.Of(_tree).Record.Should()
            .BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, InfraError = false, BothPassed = true, Error = (RunError?)null });
    }

    [Theory]
    [InlineData("clean")]
    [InlineData("conflicts")]
    public void A_union_merge_that_worked_is_merge_union_whatever_upstream_calls_it(string status)
    {
        Eval(_tree.Coop("gpt-5-coop-comm"), eval =>
            eval["merge"] = new JsonObject { ["status"] = status, ["strategy"] = "union", ["diff"] = "" });

        ImportRun.Of(_tree).Record.Should()
            .BeEquivalentTo(new
            {
                MergeOutcome = MergeOutcome.MergeUnion,
                MergeStrategy = MergeStrategy.Union,
                NaiveConflict = true,
                BothPassed = true
            });
        Validates();
    }

    [Fact]
    public void A_patch_that_did_not_apply_is_a_failed_merge_and_the_tests_say_what_they_say()
    {
        Eval(_tree.Coop("gpt-5-coop-comm"), eval =>
        {
            eval["merge"]!["status"] = "missing_input";
            eval["apply_status"]!["agent2"] = "failed";
        });

        RunRecord record = ImportRun.Of(_tree).Record;

        record.Should().BeEquivalentTo(new
        {
            MergeOutcome = MergeOutcome.MergeFailed,
            MergeStatus = MergeStatus.MissingInput,
            MergeStrategy = MergeStrategy.Naive,
            BothPassed = true
        });
        record.Agents[1].ApplyStatus.Should().Be(ApplyStatus.Failed);
        Validates();
    }

    [Theory]
    [InlineData("Both naive and union merge strategies failed. Naive: conflicts. Union: Union merge still has conflicts")]
    [InlineData("merge_failed")]
    public void A_pair_that_cannot_be_merged_has_failed_and_is_no_error(string error)
    {
        Eval(_tree.Coop("gpt-5-coop-comm"), eval => Fail(eval, error));

        RunRecord record = ImportRun.Of(_tree).Record;

        record.Should().BeEquivalentTo(new
        {
            MergeOutcome = MergeOutcome.MergeFailed,
            MergeStatus = MergeStatus.Conflicts,
            MergeStrategy = (MergeStrategy?)null,
            NaiveConflict = true,
            BothPassed = false,
            Feature1Passed = false,
            Feature2Passed = false,
            EvalError = (string?)null,
            InfraError = false,
        });
        record.Tests.Should().OnlyContain(test => test.Reason == TestFailureReason.NotMerged);
        Validates();
    }

    [Fact]
    public void An_evaluation_that_failed_is_a_failed_merge_without_a_verdict()
    {
        Eval(_tree.Coop("gpt-5-coop-comm"), eval => Fail(eval, "Branch setup failed: fatal: not a git repository"));
        Eval(_tree.Solo("gpt-5-solo"), eval => Fail(eval, "Tests patch not found: tests.patch"));

        IReadOnlyList<RunRecord> records = ImportRun.Of(_tree).Records();

        records[0].Should().BeEquivalentTo(new
        {
            Setting = Setting.CoopComm,
            MergeOutcome = MergeOutcome.MergeFailed,
            MergeStatus = MergeStatus.Error,
            MergeStrategy = (MergeStrategy?)null,
            BothPassed = (bool?)null,
            EvalError = "Branch setup failed: fatal: not a git repository",
            InfraError = false,
        });
        records[1].Should().BeEquivalentTo(new
        {
            MergeOutcome = MergeOutcome.MergeClean,
            BothPassed = (bool?)null,
            EvalError = "Tests patch not found: tests.patch",
            InfraError = false
        });
        records.Should().OnlyContain(record => record.Tests.Count == 0);
        Validates();
    }

    [Fact]
    public void Features_that_were_evaluated_the_other_way_round_are_put_in_order()
    {
        string coop = _tree.Coop("gpt-5-coop-comm", f1: 3, f2: 5);
        Eval(coop, eval =>
        {
            eval["features"] = new JsonArray(5, 3);
            eval["feature1"]!["feature_id"] = 5;
            eval["feature2"]!["feature_id"] = 3;
            eval["feature2"]!["passed"] = false;
            eval["both_passed"] = false;
        });
        string solo = _tree.Solo("gpt-5-solo", f1: 3, f2: 5, passed: false);
        Eval(solo, eval => eval["features"] = new JsonArray(5, 3));
        Result(solo, result => result["features"] = new JsonArray(5, 3));

        ImportRun import = ImportRun.Of(_tree);

        import.Records().Should().OnlyContain(record => record.Feature1Passed == false && record.Feature2Passed == true).And.HaveCount(2);
        import.Records()[0].Agents.Select(agent => agent.ApplyStatus).Should().Equal(ApplyStatus.Skipped, ApplyStatus.Applied);
        import.Artifact(import.Records()[1].CaseId, "tests_f5.log").Should().Be("3 passed");
        import.Warnings.Should().BeEmpty();
    }

    [Fact]
    public void The_batch_evaluation_writes_less_and_is_read_too()
    {
        Eval(_tree.Coop("gpt-5-coop-comm"), eval =>
        {
            ((JsonObject)eval).Remove("apply_status");
            eval["merge"] = new JsonObject { ["status"] = "union", ["strategy"] = null };
            foreach (string feature in new[] { "feature1", "feature2" })
                eval[feature] = new JsonObject { ["passed"] = true, ["test_output"] = "ok" };
        });

        ImportRun import = ImportRun.Of(_tree);

        import.Warnings.Should().BeEmpty();
        import.Record.Should().BeEquivalentTo(new
        { MergeOutcome = MergeOutcome.MergeUnion, MergeStrategy = MergeStrategy.Union, BothPassed = true });
        import.Record.Agents.Should().OnlyContain(agent => agent.ApplyStatus == null);
        Validates();
    }

    [Fact]
    public void A_limit_fails_a_pair_even_where_its_evaluation_failed()
    {
        string folder = _tree.Coop("gpt-5-coop-comm");
        Result(folder, result => result["agents"]!["agent1"]!["status"] = "LimitsExceeded");
        Eval(folder, eval => Fail(eval, "Failed to get base commit SHA"));

        ImportRun.Of(_tree).Record.Should()
            .BeEquivalentTo(new
            {
                BothPassed = false,
                Feature1Passed = (bool?)null,
                EvalError = "Failed to get base commit SHA",
                MergeOutcome = MergeOutcome.MergeFailed
            });
        Validates();
    }

    [Fact]
    public void A_runner_that_was_given_up_has_no_exit_code()
    {
        Eval(_tree.Coop("gpt-5-coop-comm", passed: false), eval => eval["feature2"]!["exit_code"] = -1);

        ImportRun.Of(_tree).Record.Tests[1].Should()
            .BeEquivalentTo(new { ExitCode = (int?)null, Reason = TestFailureReason.TimedOut, Passed = false });
    }

    [Theory]
    [InlineData("claude_code", 130)]
    [InlineData("openhands_sdk", 100)]
    public void Tokens_that_an_endpoint_counts_apart_are_added_to_the_input(string framework, int input)
    {
        Result(_tree.Solo("gpt-5-solo"), result =>
        {
            result["agent_framework"] = framework;
            result["agent"]!["input_tokens"] = 100;
            result["agent"]!["output_tokens"] = 7;
            result["agent"]!["cache_read_tokens"] = 20;
            result["agent"]!["cache_write_tokens"] = 10;
        });

        ImportRun.Of(_tree).Record.Tokens.Should().Be(new TokenCounts(input, 7, 20, 10));
    }

    [Fact]
    public void A_cost_of_0_is_that_of_a_model_without_a_price()
    {
        Result(_tree.Solo("gpt-5-solo"), result =>
        {
            result["agent"]!["cost"] = 0.0;
            result["total_cost"] = 0;
        });

        ImportRun.Of(_tree).Record.Should().BeEquivalentTo(new { TotalCost = (decimal?)null, TotalSteps = 71 });
    }

    private void Result(string folder, Action<JsonNode> change) => _tree.Change($"{folder}/result.json", change);

    private void Eval(string folder, Action<JsonNode> change) => _tree.Change($"{folder}/eval.json", change);

    private void Validates()
    {
        (_, string output, string error) = ImportRun.Run(_tree.Root, "validate", "--deep", "--store", "store");
        error.Should().BeEmpty();
        // A pair whose only solo run has no verdict has no difficulty either.
        output.Split('\n').Where(line => line.StartsWith("FAIL", StringComparison.Ordinal)
            && !line.Contains("FIG4-01", StringComparison.Ordinal)).Should().BeEmpty();
    }

    private static void Crash(JsonNode agent, string text)
    {
        agent["status"] = "Error";
        agent["error"] = text;
        agent["cost"] = 0;
        agent["steps"] = 0;
    }

    private static void Fail(JsonNode eval, string error)
    {
        eval["error"] = error;
        eval["both_passed"] = false;
        foreach (string feature in new[] { "feature1", "feature2" })
            eval[feature] = new JsonObject
            {
                ["feature_id"] = null,
                ["passed"] = false,
                ["exit_code"] = null,
                ["tests_passed"] = 0,
                ["tests_failed"] = 0,
                ["test_output"] = ""
            };
        if (eval["merge"] is not null)
            eval["merge"] = new JsonObject { ["status"] = "error", ["strategy"] = null, ["diff"] = "" };
        if (eval["apply_status"] is not null)
            eval["apply_status"] = new JsonObject { ["agent1"] = "unknown", ["agent2"] = "unknown" };
    }
}
