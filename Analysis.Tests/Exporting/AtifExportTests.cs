using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Analysis.Tests.Importing;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Exporting;

/// <summary>Trajectories in the Agent Trajectory Interchange Format.</summary>
public sealed class AtifExportTests : IDisposable
{
    private const string Calls = """
        {"message":{"role":"assistant","content":"I look.","tool_calls":[],"blocks":[
          {"type":"thinking","thinking":"Where am I?","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"text","characters":7}]},
         "tool_calls":[{"id":"a","name":"bash","arguments":"{\"command\":\"ls\"}"},{"id":"a","name":"bash","arguments":"{\"command\":\"pwd\"}"},
          {"id":"c","name":"bash","arguments":"{\"command\""}],"finish_reason":"tool_calls","retries":0}
        """;

    private readonly TempFolder _folder = new();
    private readonly StoreBuilder _store;

    public AtifExportTests() => _store = new StoreBuilder("mine", _folder.File("store"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_agent_of_a_model_has_its_prompts_answers_calls_and_counts()
    {
        RunRecord record = Sample.Run(Case(1)) with { Agent = "shell", Simulated = false, Model = "claude-sonnet-4-5" };
        Add(record with
        {
            Agents = [record.Agents[0] with { Cost = 0.03m, Tokens = new TokenCounts(1000, 60, 700, 100), Steps = 2, ModelCalls = 2 }],
        },
            Event(0, "start", "The task."),
            Event(1, "prompt", "You are a software engineer."), Event(1, "prompt", "Build it."),
            Event(1, "unusable", "it is not JSON") with { Tokens = new TokenCounts(400, 10, null, null) },
            Event(1, "response", Calls) with { Tokens = new TokenCounts(600, 50, 700 - 200, 100), Cost = 0.02m, Seconds = 1.5 },
            Event(1, "command", "ls") with { Output = "a.py\n", ExitCode = 0, Seconds = 0.1 },
            Event(1, "command", "pwd") with { Output = "", ExitCode = 3 },
            Event(2, "compaction", "3 old outputs were left out"),
            Event(2, "message_received", "agent2: hi"),
            Event(2, "prompt", "[Message from agent2]\nhi"),
            Event(2, "response", """{"message":{"content":null},"tool_calls":[],"finish_reason":null,"retries":0}"""),
            Event(2, "end", "LimitsExceeded (steps)"));

        Run("atif").Should().Be((0, "wrote 1 trajectories to "));

        JsonObject trajectory = AtifSchema.Read(_folder.File("out", "mine", "solo", "click_task", "1", "f1_f2", "seed0", "solo",
            "trajectory.atif.json"));
        ((string?)trajectory["session_id"]).Should().Be(record.AttemptId);
        Same(trajectory["agent"], """
            { "name": "shell", "version": "0.1.0+abc", "model_name": "claude-sonnet-4-5",
              "extra": { "harness": "tandem", "agent_id": "solo", "simulated": false } }
            """);
        JsonArray steps = trajectory["steps"]!.AsArray();
        steps.Select(step => ((string?)step!["source"], (string?)step["message"])).Should().Equal(
            ("system", "You are a software engineer."), ("user", "Build it."), ("agent", ""), ("agent", "I look."),
            ("system", "3 old outputs were left out"), ("user", "[Message from agent2]\nhi"), ("agent", ""));
        Same(steps[2]!["metrics"], """{ "prompt_tokens": 400, "completion_tokens": 10 }""");
        Same(steps[3], """
            { "step_id": 4, "timestamp": "2026-05-01T10:00:00.000000Z", "source": "agent", "message": "I look.",
              "reasoning_content": "Where am I?",
              "tool_calls": [
                { "tool_call_id": "a", "function_name": "bash", "arguments": { "command": "ls" } },
                { "tool_call_id": "a_2", "function_name": "bash", "arguments": { "command": "pwd" } },
                { "tool_call_id": "c", "function_name": "bash", "arguments": {}, "extra": { "arguments_as_written": "{\"command\"" } }],
              "metrics": { "prompt_tokens": 600, "completion_tokens": 50, "cached_tokens": 500, "cost_usd": 0.02,
                "extra": { "cache_creation_input_tokens": 100 } },
              "llm_call_count": 1, "extra": { "finish_reason": "tool_calls", "seconds": 1.5 },
              "observation": { "results": [
                { "source_call_id": "a", "content": "a.py\n", "extra": { "exit_code": 0, "seconds": 0.1 } },
                { "source_call_id": "a_2", "content": "", "extra": { "exit_code": 3 } }] } }
            """);
        steps[6]!.AsObject().ContainsKey("metrics").Should().BeFalse("nobody said what it used");
        Same(trajectory["final_metrics"], """
            { "total_prompt_tokens": 1000, "total_completion_tokens": 60, "total_cached_tokens": 700, "total_cost_usd": 0.03,
              "extra": { "cache_creation_input_tokens": 100, "agent_steps": 2, "model_calls": 2, "seconds": 8 }, "total_steps": 7 }
            """);
    }

    [Fact]
    public void What_no_model_decided_says_so_and_has_no_counts()
    {
        RunRecord record = Sample.Run(Sample.Case(Setting.CoopComm));
        Add(record,
            Event(0, "start", "Feature 1.") with { AgentId = "agent1" },
            Event(1, "response", "skill: 0.7") with { AgentId = "agent1" },
            Event(1, "command", "ls") with { AgentId = "agent1", Output = "a.py", ExitCode = 0 },
            Event(1, "message_sent", "agent2: I change: core.py") with { AgentId = "agent1" },
            Event(1, "message_refused", "agent7: lost") with { AgentId = "agent1", Output = "there is no agent7" },
            Event(1, "message_received", "agent1: I change: core.py") with { AgentId = "agent2" });

        Run("atif").Should().Be((0, "wrote 2 trajectories to "));

        string folder = _folder.File("out", "mine", "coop-comm", "click_task", "1", "f1_f2", "seed0");
        JsonObject first = AtifSchema.Read(Path.Combine(folder, "agent1", "trajectory.atif.json"));
        first["agent"]!.AsObject().ContainsKey("model_name").Should().BeFalse();
        Same(first["final_metrics"], """{ "total_steps": 5, "extra": { "agent_steps": 7, "seconds": 8 } }""");
        JsonArray steps = first["steps"]!.AsArray();
        steps.Skip(1).Should().OnlyContain(step => (int)step!["llm_call_count"]! == 0);
        Same(steps[3]!["tool_calls"]![0]!["arguments"], """{ "to": "agent2", "text": "I change: core.py" }""");
        ((string?)steps[4]!["observation"]!["results"]![0]!["content"]).Should().Be("there is no agent7");
        JsonObject second = AtifSchema.Read(Path.Combine(folder, "agent2", "trajectory.atif.json"));
        ((string?)second["session_id"]).Should().Be((string?)first["session_id"], "both are one run");
        ((string?)second["trajectory_id"]).Should().NotBe((string?)first["trajectory_id"]);
        ((string?)second["steps"]![0]!["source"]).Should().Be("user");
    }

    [Fact]
    public void A_replay_counts_no_model_and_a_command_line_agent_does_not_say_how_often_it_asked()
    {
        Add(Sample.Run(Case(1)) with { Agent = "replay", Simulated = false },
            Event(1, "prompt", "You are."), Event(1, "prompt", "Build it."), Event(1, "response", Calls) with { Cost = 0 },
            Event(1, "command", "ls") with { Output = "a.py", ExitCode = 0 });
        Add(Sample.Run(Case(2)) with { Agent = "command", Simulated = false },
            Event(1, "prompt", "Build it."), Event(1, "command", "my-agent") with { Output = "Done.", ExitCode = 0 },
            Event(1, "response", "12 calls") with { Tokens = new TokenCounts(90, 9, null, null) });

        Run("atif").ExitCode.Should().Be(0);

        JsonArray replay = Steps(1);
        ((int)replay[2]!["llm_call_count"]!).Should().Be(0);
        ((string?)replay[2]!["observation"]!["results"]![0]!["source_call_id"]).Should().Be("a");
        JsonArray command = Steps(2);
        command.Select(step => (string?)step!["source"]).Should().Equal("user", "agent", "agent");
        command.Should().OnlyContain(step => step!["llm_call_count"] == null);
        ((string?)command[1]!["tool_calls"]![0]!["arguments"]!["command"]).Should().Be("my-agent");
        ((int)command[2]!["metrics"]!["prompt_tokens"]!).Should().Be(90);
    }

    [Fact]
    public void Only_records_that_count_are_written_never_over_others_and_never_into_the_store()
    {
        Add(Sample.Run(Case(1)), Event(1, "command", "ls"));
        Add(Sample.Interrupted(Case(2)), Event(1, "command", "ls"));
        Add(Sample.Run(Case(3)));
        string[] before = StoreFiles();

        Run("atif").Should().Be((0, "wrote 1 trajectories to "));
        (int exitCode, string error) = Run("atif");

        (exitCode, error).Should().Be((2, "error: There is a 'mine' in "));
        StoreFiles().Should().Equal(before);
        Directory.EnumerateFiles(_folder.File("out"), "*", SearchOption.AllDirectories).Should().ContainSingle();
        Run("csv").ExitCode.Should().NotBe(0);

        string[] StoreFiles() => [.. Directory.EnumerateFiles(_folder.File("store"), "*", SearchOption.AllDirectories).Order()];
    }

    [Fact]
    public void A_line_that_cannot_be_read_is_said_and_the_others_are_written()
    {
        Add(Sample.Run(Case(1)), Event(1, "command", "ls"));
        File.AppendAllText(_store.Artifact(Case(1), StoreLayout.TrajectoryFile), "{ torn");

        Run("atif").ExitCode.Should().Be(0);

        JsonObject trajectory = Trajectory(1);
        ((string?)trajectory["notes"]).Should().Be("Lines of the attempt's trajectory that cannot be read and are left out: 1.");
        trajectory["steps"]!.AsArray().Should().ContainSingle();
    }

    [Theory]
    [InlineData("$.steps[0].step_id", "2")]
    [InlineData("$.steps[0].source", "\"tool\"")]
    [InlineData("$.steps[0].metrics", """{ "prompt_tokens": null }""")]
    [InlineData("$.steps[0].metrics", """{ "prompt_tokens": 1 }""")]
    [InlineData("$.steps[0].observation", """{ "results": [{ "source_call_id": "nobody", "content": "" }] }""")]
    [InlineData("$.agent.version", "null")]
    [InlineData("$.unknown", "1")]
    public void What_the_specification_forbids_is_found(string path, string value)
    {
        Add(Sample.Run(Case(1)), Event(1, "command", "ls"));
        Run("atif").ExitCode.Should().Be(0);
        JsonObject trajectory = Trajectory(1);
        string[] parts = path.Replace("[0]", ".0", StringComparison.Ordinal).Split('.')[1..];
        JsonNode at = parts[..^1].Aggregate((JsonNode)trajectory, (node, part) => part == "0" ? node[0]! : node[part]!);

        at[parts[^1]] = JsonNode.Parse(value);

        AtifSchema.FaultOf(trajectory).Should().NotBeNull();
    }

    private static CaseId Case(int task) => Sample.Case(Setting.Solo, task);

    private static TrajectoryEvent Event(int step, string kind, string text) =>
        new(FixedClock.Time, "solo", step, kind, text, null, null, null, null, null);

    private void Add(RunRecord record, params TrajectoryEvent[] events) => _store.Add(record, change: files =>
    {
        if (events.Length > 0)
            files[StoreLayout.TrajectoryFile] = [.. events.SelectMany(one => StoreJson.ToLine(one).Append((byte)'\n'))];
        else
            files.Remove(StoreLayout.TrajectoryFile);
    });

    private JsonObject Trajectory(int task) => AtifSchema.Read(
        _folder.File("out", "mine", "solo", "click_task", $"{task}", "f1_f2", "seed0", "solo", "trajectory.atif.json"));

    private JsonArray Steps(int task) => Trajectory(task)["steps"]!.AsArray();

    private static void Same(JsonNode? node, string expected) =>
        JsonNode.DeepEquals(node, JsonNode.Parse(expected)).Should().BeTrue(node?.ToJsonString() ?? "null");

    /// <summary>The exit code, and the beginning of the last line or of the fault.</summary>
    private (int ExitCode, string Said) Run(string format)
    {
        (int exitCode, string output, string error) =
            ImportRun.Run(_folder.Path, ["export", "mine", "--store", "store", "--output", "out", "--format", format]);
        string said = exitCode == 0 ? output.TrimEnd().Split('\n')[^1] : error;
        int path = said.IndexOf(_folder.Path, StringComparison.Ordinal);
        return (exitCode, path < 0 ? said : said[..path]);
    }
}
