using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>Files that are missing, broken or strange: each is named in a warning, and the rest is imported.</summary>
public sealed class OddLogsTests : IDisposable
{
    private const string Pair = "pallets_click_task/1/f1_f2";
    private const string Second = "gpt-5-solo/solo/pallets_click_task/2/f1_f2";

    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("eval.json", null, "is missing: the case was never evaluated; left out")]
    [InlineData("result.json", null, "is missing: the case never came to its end; left out")]
    [InlineData("eval.json", "", "is empty|cannot be used; the case is left out")]
    [InlineData("eval.json", "{\"both_passed\": tru", "is not JSON: line 1: *|cannot be used; the case is left out")]
    [InlineData("result.json", "{\"a\": 1, \"a\": 2}", "is not JSON: Duplicate property 'a' *|cannot be used; the case is left out")]
    [InlineData("result.json", "[1]", "holds no JSON object|cannot be used; the case is left out")]
    [InlineData("result.json", "{\"repo\": \"other_task\"}", "is of another case than its folder says: repo is 'other_task'; left out")]
    [InlineData("result.json", "{\"setting\": \"coop\"}", "is of another case than its folder says: setting is 'coop'; left out")]
    [InlineData("eval.json", "{\"features\": [1, 3]}", "is of another case than its folder says: features is [1, 3]; left out")]
    [InlineData("result.json", "{\"started_at\": \"yesterday\"}",
        "started_at is \"yesterday\", not a time; it is taken as unknown|"
        + "does not say when the case began and how long it took *; left out")]
    public void A_case_that_cannot_be_used_is_left_out_with_a_warning_and_stays_in_the_plan(string file, string? content, string warnings)
    {
        _tree.Solo("gpt-5-solo");
        _tree.Solo("gpt-5-solo", task: 2);
        if (content is null)
            _tree.Delete($"{Second}/{file}");
        else
            _tree.Write($"{Second}/{file}", content);

        ImportRun import = ImportRun.Of(_tree);

        import.ExitCode.Should().Be(0);
        import.Record.TaskId.Should().Be(1);
        string[] expected = warnings.Split('|');
        import.Warnings.Should().HaveCount(expected.Length);
        foreach ((string warning, string pattern) in import.Warnings.Zip(expected))
            warning.Should().Match($"{Second}/{file}: {pattern}");
        new StoreReader(import.Layout).ReadPlan()!.Cases.Select(id => id.ToString()).Should()
            .Equal("solo/pallets_click_task/1/f1_f2/seed0", "solo/pallets_click_task/2/f1_f2/seed0");
        import.Output.Should().Contain("  solo             0        1      0            0         0        1  gpt-5-solo").And
            .Contain($"    {import.Warnings[0]}");
        ImportRun.Run(_tree.Root, "validate", "--store", "store").Should().Match<(int ExitCode, string Output, string Error)>(run =>
            run.ExitCode == 1 && run.Output.Contains("solo/pallets_click_task/2/f1_f2/seed0: no record"));
    }

    [Fact]
    public void Missing_patches_conversations_and_agents_give_a_warning()
    {
        string folder = _tree.Coop("gpt-5-coop-comm");
        _tree.Delete($"{folder}/agent2.patch");
        _tree.Delete($"{folder}/conversation.json");
        _tree.Change($"{folder}/result.json", result => ((JsonObject)result["agents"]!).Remove("agent1"));

        ImportRun import = ImportRun.Of(_tree);

        RunRecord record = import.Record;
        record.Agents.Select(agent => (agent.AgentId, agent.Status, agent.PatchBytes)).Should()
            .Equal(("agent1", AgentStatus.Unknown, 23L), ("agent2", AgentStatus.Submitted, null));
        record.Should().BeEquivalentTo(new
        { AgentStatus = AgentStatus.Submitted, TotalCost = (decimal?)null, TotalSteps = 40, MessagesCount = 0 });
        import.Warnings.Should().Equal(
            $"{folder}/agent2.patch: is missing; upstream takes it for an empty one",
            $"{folder}/result.json: agents has no agent for feature 1; how it ended is unknown",
            $"{folder}/result.json: total_cost is 0.75, but the agents' costs add up to 0.5; what they add up to stands",
            $"{folder}/conversation.json: is missing; what the agents wrote to each other is unknown");
    }

    [Fact]
    public void Values_of_another_type_than_upstreams_are_unknown_with_a_warning()
    {
        string folder = _tree.Solo("gpt-5-solo");
        _tree.Change($"{folder}/result.json", result =>
        {
            result["agent"]!["cost"] = "a lot";
            result["agent"]!["steps"] = 71.0;
            result["agent"]!["input_tokens"] = -5;
            result["model"] = 5;
            result["total_cost"] = null;
        });

        ImportRun import = ImportRun.Of(_tree);

        import.Record.Should().BeEquivalentTo(new
        { TotalCost = (decimal?)null, TotalSteps = 71, Model = (string?)null, Tokens = (TokenCounts?)null });
        import.Warnings.Should().Equal(
            $"{folder}/result.json: agent.cost is \"a lot\", not a number from 0; it is taken as unknown",
            $"{folder}/result.json: agent.input_tokens is -5, not a count; it is taken as unknown",
            $"{folder}/result.json: model is 5, not a text; it is taken as unknown");
    }

    [Fact]
    public void Verdicts_that_contradict_themselves_or_are_old_give_a_warning()
    {
        string folder = _tree.Solo("gpt-5-solo", passed: false);
        _tree.Change($"{folder}/eval.json", eval =>
        {
            eval["both_passed"] = true;
            eval["evaluated_at"] = "2026-04-30T10:00:00";
        });

        ImportRun import = ImportRun.Of(_tree);

        import.Record.BothPassed.Should().BeFalse();
        import.Warnings.Should().SatisfyRespectively(
            first => first.Should().EndWith("both_passed is true, which the two features' verdicts contradict; theirs stand"),
            second => second.Should().Contain("evaluated_at is before the case began: this may be the verdict of an earlier run"));
    }

    [Fact]
    public void A_verdict_that_is_not_there_is_unknown()
    {
        string folder = _tree.Solo("gpt-5-solo");
        _tree.Change($"{folder}/eval.json", eval => eval["feature2"] = null);

        ImportRun import = ImportRun.Of(_tree);

        import.Record.Should().BeEquivalentTo(new
        {
            BothPassed = (bool?)null,
            Feature1Passed = (bool?)null,
            EvalError = "eval.json does not say of both features whether their tests passed"
        });
        import.Warnings.Should().ContainSingle();
    }

    [Fact]
    public void Folders_that_are_no_case_give_a_warning()
    {
        _tree.Solo("gpt-5-solo");
        foreach (string folder in new[] { "junk", "gpt-5-solo/solo/notes", "gpt-5-solo/solo/pallets_click_task/007",
            "gpt-5-solo/solo/pallets_click_task/1/f2_f1", "gpt-5-solo/solo/pallets_click_task/1/f1_f2_f3", "gpt-5-solo/team", "odd/solo" })
            Directory.CreateDirectory(_tree.Path(folder));

        ImportRun import = ImportRun.Of(_tree);

        import.Records().Should().ContainSingle();
        import.Warnings.Should().BeEquivalentTo(
            "junk: is no run: it has neither solo/ nor coop/; left out",
            "odd: does not say its setting in its name or its config.json; left out (--map FILE would say it)",
            "gpt-5-solo/solo/notes: is no repository: its name does not end in _task, or is none for a folder of the store; left out",
            "gpt-5-solo/solo/pallets_click_task/007: is no task: its name is not a number; left out",
            "gpt-5-solo/solo/pallets_click_task/1/f2_f1: is no pair of features such as f1_f2; left out",
            "gpt-5-solo/solo/pallets_click_task/1/f1_f2_f3: is no pair of features such as f1_f2; left out",
            "gpt-5-solo/team: is left out: 'gpt-5-solo' is imported as solo, whose cases lie in solo/");
    }

    [Fact]
    public void Agents_whose_names_would_lead_out_of_the_store_are_renamed()
    {
        string folder = _tree.Coop("gpt-5-coop-comm");
        _tree.Change($"{folder}/result.json", result => result["agents"] = new JsonObject
        {
            ["../../../agent1"] = new JsonObject { ["feature_id"] = 1, ["status"] = "Submitted", ["cost"] = 0.25, ["steps"] = 3 },
            ["b\u001b[31m"] = new JsonObject { ["feature_id"] = 2, ["status"] = "Submitted", ["cost"] = 0.5, ["steps"] = 3 },
        });
        _tree.Write($"{folder}/conversation.json",
            """[{"from": "../../../agent1", "to": "b\u001b[31m", "message": "hi", "timestamp": 1777633261, "feature_id": 1}]""");
        _tree.Change($"{folder}/result.json", result => result["messages_sent"] = 1);

        ImportRun import = ImportRun.Of(_tree);

        import.Record.Agents.Select(agent => agent.AgentId).Should().Equal("agent1", "agent2");
        import.Record.Messages.Should().ContainSingle().Which.Should().BeEquivalentTo(new { From = "agent1", To = "agent2" });
        import.Warnings.Should().ContainSingle().Which.Should().Contain("cannot name files; they are called agent1, agent2").And
            .NotContain("\u001b");
        Directory.EnumerateFiles(import.Layout.AttemptFolder(import.Record.CaseId, 1)).Select(System.IO.Path.GetFileName).Should()
            .BeEquivalentTo("agent1.patch", "agent2.patch", "conversation.json", "merged.patch", "tests_f1.log", "tests_f2.log");
    }

    [Fact]
    public void Links_are_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return;
        string folder = _tree.Solo("gpt-5-solo");
        File.WriteAllText(System.IO.Path.Combine(_tree.Root, "secret"), "of this machine");
        _tree.Delete($"{folder}/solo.patch");
        File.CreateSymbolicLink(_tree.Path($"{folder}/solo.patch"), System.IO.Path.Combine(_tree.Root, "secret"));
        Directory.CreateSymbolicLink(_tree.Path("gpt-5-solo/solo/pallets_click_task/9"),
            _tree.Path("gpt-5-solo/solo/pallets_click_task/1"));

        ImportRun import = ImportRun.Of(_tree);

        import.Record.Artifacts.Should().NotContain(artifact => artifact.Path == "solo.patch");
        import.Warnings.Should().BeEquivalentTo(
            $"{folder}/solo.patch: is a symbolic link, which is not followed",
            "gpt-5-solo/solo/pallets_click_task/9: is a symbolic link, which is not followed");
    }
}
