using System.Text.Json.Nodes;
using FluentAssertions;
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
        _tree.Result(folder, result => result["agents"]!["agent2"]!["status"] = "CostLimitExceeded");

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
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void An_agent_that_crashed_is_evaluated_unless_its_text_names_the_infrastructure()
    {
        string folder = _tree.Solo("gpt-5-solo");
        string lost = _tree.Solo("gpt-5-solo", task: 2);
        _tree.Result(folder, result => Crash(result["agent"]!, "TypeError: 'NoneType' object is not iterable"));
        _tree.Result(lost, result => Crash(result["agent"]!, "Error code: 429 - rate limited"));

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
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void Infra_error_is_as_result_json_says_where_it_says_it()
    {
        string not = _tree.Solo("gpt-5-solo");
        string but = _tree.Solo("gpt-5-solo", task: 2);
        _tree.Result(not, result =>
        {
            Crash(result["agent"]!, "Error code: 429");
            result["infra_error"] = false;
        });
        _tree.Result(but, result => result["infra_error"] = true);

        IReadOnlyList<RunRecord> records = ImportRun.Of(_tree).Records();

        records[0].Should().BeEquivalentTo(new { InfraError = false, BothPassed = true });
        records[0].Error!.Class.Should().Be(ErrorClass.Agent);
        records[1].Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, InfraError = true, BothPassed = (bool?)null });
        records[1].Error!.Class.Should().Be(ErrorClass.Harness);
        ImportRun.Validates(_tree);
    }

    [Fact]
    public void Texts_are_not_searched_where_no_agent_crashed()
    {
        string folder = _tree.Solo("gpt-5-solo");
        _tree.Result(folder, result => result["agent"]!["error"] = "docker timeout, 429");

        ImportRun.Of(_tree).Record.Should()
            .BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, InfraError = false, BothPassed = true, Error = (RunError?)null });
    }

    [Fact]
    public void Features_that_were_evaluated_the_other_way_round_are_put_in_order()
    {
        string coop = _tree.Coop("gpt-5-coop-comm", f1: 3, f2: 5);
        _tree.Eval(coop, eval =>
        {
            eval["features"] = new JsonArray(5, 3);
            eval["feature1"]!["feature_id"] = 5;
            eval["feature2"]!["feature_id"] = 3;
            eval["feature2"]!["passed"] = false;
            eval["both_passed"] = false;
        });
        string solo = _tree.Solo("gpt-5-solo", f1: 3, f2: 5, passed: false);
        _tree.Eval(solo, eval => eval["features"] = new JsonArray(5, 3));
        _tree.Result(solo, result => result["features"] = new JsonArray(5, 3));

        ImportRun import = ImportRun.Of(_tree);

        import.Records().Should().OnlyContain(record => record.Feature1Passed == false && record.Feature2Passed == true).And.HaveCount(2);
        import.Records()[0].Agents.Select(agent => agent.ApplyStatus).Should().Equal(ApplyStatus.Skipped, ApplyStatus.Applied);
        import.Artifact(import.Records()[1].CaseId, "tests_f5.log").Should().Be("3 passed");
        import.Warnings.Should().BeEmpty();
    }

    [Fact]
    public void A_runner_that_was_given_up_has_no_exit_code()
    {
        _tree.Eval(_tree.Coop("gpt-5-coop-comm", passed: false), eval => eval["feature2"]!["exit_code"] = -1);

        ImportRun.Of(_tree).Record.Tests[1].Should()
            .BeEquivalentTo(new { ExitCode = (int?)null, Reason = TestFailureReason.TimedOut, Passed = false });
    }

    [Theory]
    [InlineData("claude_code", 130)]
    [InlineData("openhands_sdk", 100)]
    public void Tokens_that_an_endpoint_counts_apart_are_added_to_the_input(string framework, int input)
    {
        _tree.Result(_tree.Solo("gpt-5-solo"), result =>
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
        _tree.Result(_tree.Solo("gpt-5-solo"), result =>
        {
            result["agent"]!["cost"] = 0.0;
            result["total_cost"] = 0;
        });

        ImportRun.Of(_tree).Record.Should().BeEquivalentTo(new { TotalCost = (decimal?)null, TotalSteps = 71 });
    }

    private static void Crash(JsonNode agent, string text)
    {
        agent["status"] = "Error";
        agent["error"] = text;
        agent["cost"] = 0;
        agent["steps"] = 0;
    }
}
