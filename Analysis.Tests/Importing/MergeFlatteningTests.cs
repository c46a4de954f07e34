using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>What upstream's evaluation says of merges, as it is flattened.</summary>
public sealed class MergeFlatteningTests : IDisposable
{
    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("clean")]
    [InlineData("conflicts")]
    public void A_union_merge_that_worked_is_merge_union_whatever_upstream_calls_it(string status)
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm"), eval =>
            eval["merge"] = new JsonObject { ["status"] = status, ["strategy"] = "union", ["diff"] = "" });

        ImportRun.Of(_tree).Record.Should()
            .BeEquivalentTo(new
            {
                MergeOutcome = MergeOutcome.MergeUnion,
                MergeStrategy = MergeStrategy.Union,
                NaiveConflict = true,
                BothPassed = true
            });
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void A_patch_that_did_not_apply_is_a_failed_merge_and_the_tests_say_what_they_say()
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm"), eval =>
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
        ImportRun.Validates(_tree);
    }

    [Theory]
    [InlineData("Both naive and union merge strategies failed. Naive: conflicts. Union: Union merge still has conflicts")]
    [InlineData("merge_failed")]
    public void A_pair_that_cannot_be_merged_has_failed_and_is_no_error(string error)
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm"), eval => Fail(eval, error));

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
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void An_evaluation_that_failed_is_a_failed_merge_without_a_verdict()
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm"), eval => Fail(eval, "Branch setup failed: fatal: not a git repository"));
        _tree.Eval(_tree.Solo("gpt-5-solo"), eval => Fail(eval, "Tests patch not found: tests.patch"));

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
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void The_batch_evaluation_writes_less_and_is_read_too()
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm"), eval =>
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
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void A_limit_fails_a_pair_even_where_its_evaluation_failed()
    {
        string folder = _tree.Coop("gpt-5-coop-comm");
        _tree.Result(folder, result => result["agents"]!["agent1"]!["status"] = "LimitsExceeded");
        _tree.Eval(folder, eval => Fail(eval, "Failed to get base commit SHA"));

        ImportRun.Of(_tree).Record.Should()
            .BeEquivalentTo(new
            {
                BothPassed = false,
                Feature1Passed = (bool?)null,
                EvalError = "Failed to get base commit SHA",
                MergeOutcome = MergeOutcome.MergeFailed
            });
        ImportRun.Validates(_tree);
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
