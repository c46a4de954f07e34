using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Analysis.Tests.Importing;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Exporting;

public sealed class ExportTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StoreBuilder _store;

    public ExportTests() => _store = new StoreBuilder("mine", _folder.File("store"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_exported_and_imported_again_says_the_same_in_all_that_upstream_can_say()
    {
        RunRecord solo = Sample.Run(Case(Setting.Solo, 1)) with
        {
            Model = "gpt-5",
            Agent = "shell",
            Simulated = false,
            StartedAt = FixedClock.Time.AddTicks(-1_234_560),
            DurationSeconds = 12.625
        };
        RunRecord coop = Sample.Run(Case(Setting.CoopComm, 1));
        RunRecord[] records =
        [
            solo with { TotalCost = 0.84m, Tokens = new TokenCounts(120, 7, 20, 10),
                Agents = [solo.Agents[0] with { Cost = 0.84m, Tokens = new TokenCounts(120, 7, 20, 10) }] },
            Sample.Run(Case(Setting.Solo, 2), passed: false),
            Sample.Limited(Case(Setting.Solo, 3)) with
                { Agents = [Sample.Agent("solo", [1, 2]) with { Status = AgentStatus.LimitsExceeded }] },
            Sample.Infra(Case(Setting.Solo, 4)) with
                { AgentStatus = AgentStatus.Error,
                Agents = [Sample.Agent("solo", [1, 2]) with { Status = AgentStatus.Error, Error = "429" }],
                Error = new RunError(ErrorClass.RateLimit, CasePhase.Agent, "429") },
            Crashed(Sample.Run(Case(Setting.Solo, 5), passed: false), "429 is not what it was"),
            coop with { Messages = [coop.Messages[0], coop.Messages[0] with
                { From = "agent2", To = "agent1", Message = "Ok \"ü\" \u0001 <b>", SentAt = FixedClock.Time.AddTicks(7), FeatureId = 2 }],
                MessagesCount = 2 },
            Merged(2, MergeOutcome.MergeUnion, MergeStatus.Conflicts, MergeStrategy.Union, true),
            Merged(3, MergeOutcome.MergeFailed, MergeStatus.MissingInput, MergeStrategy.Naive, false),
            NotMerged(4),
            Sample.Run(Case(Setting.CoopNocomm, 1)),
            TimedOut(Sample.Run(Case(Setting.CoopNocomm, 2), passed: false)),
        ];
        foreach (RunRecord record in records)
            Add(record);

        Run("export", "mine", "--store", "store", "--output", "logs").Should().Be((0, ""));
        Run("import", "--cooperbench-dir", "logs", "--store", "again").Should().Be((0, ""));

        IReadOnlyList<RunRecord> again =
            [.. new StoreReader(new StoreLayout(_folder.File("again"), "mine")).ReadRuns().Select(run => run.Record)];
        again.Should().HaveCount(records.Length);
        foreach (RunRecord record in new StoreReader(_store.Layout).ReadRuns().Select(run => run.Record))
            Upstreams(again.Single(read => read.CaseId == record.CaseId)).Should()
                .BeEquivalentTo(Upstreams(record), options => options.WithStrictOrdering(), record.CaseId.ToString());
        File.ReadAllText(_folder.File("again", "mine", "import-warnings.txt")).Should()
            .Be(".: the runs are of several agents (shell, simulated), though an experiment is of one; the records name each\n");
    }

    [Fact]
    public void The_files_are_those_of_upstream()
    {
        Add(Sample.Run(new CaseId(Setting.CoopComm, "click_task", 1, [3, 5], 2), passed: false) with
        { Tests = [new FeatureTestReport(3, false, 2, 1, 0, 1, null, 1.5), new FeatureTestReport(5, true, 4, 0, 0, 0, null, 1.5)] });
        string attempt = _store.Layout.AttemptFolder(new CaseId(Setting.CoopComm, "click_task", 1, [3, 5], 2), 1);
        File.WriteAllText(Path.Combine(attempt, "tests_f3.log"), "1 failed, 2 passed");
        File.WriteAllText(Path.Combine(attempt, "merged.patch"), new string('x', 6000));

        Run("export", "--store", "store", "--output", "logs").Should().Be((0, ""));

        string folder = _folder.File("logs", "mine-coop-comm-seed2");
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Should().BeEquivalentTo(
            "config.json",
            "coop/click_task/1/f3_f5/agent3.patch",
            "coop/click_task/1/f3_f5/agent5.patch",
            "coop/click_task/1/f3_f5/conversation.json",
            "coop/click_task/1/f3_f5/eval.json",
            "coop/click_task/1/f3_f5/result.json");
        JsonNode.DeepEquals(Json(folder, "config.json"), JsonNode.Parse("""
            {"run_name": "mine-coop-comm-seed2", "agent_framework": "simulated", "model": "", "setting": "coop", "concurrency": null, "total_tasks": 1, "started_at": "2026-05-01T10:00:00"}
            """)).Should().BeTrue();
        JsonNode.DeepEquals(Json(folder, "coop/click_task/1/f3_f5/conversation.json"), JsonNode.Parse("""
            [{"from": "agent1", "to": "agent2", "message": "I change core.py", "timestamp": 1777629600, "feature_id": 3}]
            """)).Should().BeTrue();
        JsonNode result = Json(folder, "coop/click_task/1/f3_f5/result.json");
        ((string?)result["run_id"]).Should().MatchRegex("^[0-9a-f]{8}$");
        ((JsonObject)result).Remove("run_id");
        JsonNode.DeepEquals(result, JsonNode.Parse("""
            {"repo": "click_task", "task_id": 1, "features": [3, 5], "setting": "coop", "run_name": "mine-coop-comm-seed2", "agent_framework": "simulated", "model": "",
             "started_at": "2026-05-01T10:00:00", "ended_at": "2026-05-01T10:00:12.500000", "duration_seconds": 12.5,
             "agents": {
               "agent1": {"feature_id": 3, "status": "Submitted", "cost": 0, "steps": 7, "input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0, "patch_lines": 2, "error": null},
               "agent2": {"feature_id": 5, "status": "Submitted", "cost": 0, "steps": 7, "input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0, "patch_lines": 2, "error": null}},
             "total_cost": 0, "total_steps": 14, "messages_sent": 1, "log_dir": "logs/mine-coop-comm-seed2/coop/click_task/1/f3_f5", "infra_error": false, "simulated": true}
            """)).Should().BeTrue(result.ToJsonString());
        JsonNode eval = Json(folder, "coop/click_task/1/f3_f5/eval.json");
        ((string?)eval["merge"]!["diff"]).Should().HaveLength(5000);
        eval["merge"]!["diff"] = "";
        JsonNode.DeepEquals(eval, JsonNode.Parse("""
            {"repo": "click_task", "task_id": 1, "features": [3, 5], "setting": "coop", "apply_status": {"agent1": "applied", "agent2": "applied"},
             "merge": {"status": "clean", "strategy": "naive", "diff": ""},
             "feature1": {"feature_id": 3, "passed": false, "exit_code": 1, "tests_passed": 2, "tests_failed": 1, "test_output": "1 failed, 2 passed"},
             "feature2": {"feature_id": 5, "passed": true, "exit_code": 0, "tests_passed": 4, "tests_failed": 0, "test_output": ""},
             "both_passed": false, "error": null, "evaluated_at": "2026-05-01T10:00:00"}
            """)).Should().BeTrue(eval.ToJsonString());
    }

    [Fact]
    public void Exporting_again_gives_the_same_bytes_and_never_writes_over_a_run()
    {
        Add(Sample.Run(Case(Setting.Solo, 1)));
        Add(Sample.Interrupted(Case(Setting.Solo, 2)));

        Run("export", "--store", "store", "--output", "one").Should().Be((0, ""));
        Run("export", "--store", "store", "--output", "two").Should().Be((0, ""));
        (int exitCode, string error) = Run("export", "--store", "store", "--output", "one");

        exitCode.Should().Be(2);
        error.Should().Contain("There is a 'mine-solo' in ").And.Contain("  next: ");
        Files("one").Should().BeEquivalentTo(Files("two"), options => options.WithStrictOrdering());
        Files("one").Should().HaveCount(4, "the interrupted case is left out");

        (string, string)[] Files(string folder) =>
            [.. Directory.EnumerateFiles(_folder.File(folder), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(path => (Path.GetRelativePath(_folder.File(folder), path), File.ReadAllText(path)))];
    }

    /// <summary>What upstream's files can say of a record: it has no null among its numbers, and counts no tests for solo.</summary>
    private static object Upstreams(RunRecord record) => new
    {
        record.Repo,
        record.TaskId,
        record.Features,
        record.Setting,
        record.Seed,
        record.RunName,
        record.Model,
        record.Agent,
        record.Simulated,
        record.StartedAt,
        record.DurationSeconds,
        record.TotalCost,
        record.TotalSteps,
        Tokens = record.Tokens?.Input,
        record.AgentStatus,
        record.InfraError,
        record.BothPassed,
        record.Feature1Passed,
        record.Feature2Passed,
        record.MergeOutcome,
        record.MergeStatus,
        record.MergeStrategy,
        record.NaiveConflict,
        record.EvalError,
        record.MessagesCount,
        Messages = record.Messages.Select(message => (message.From, message.To, message.Message, message.SentAt, message.FeatureId))
            .ToArray(),
        Agents = record.Agents.Select(agent =>
            (agent.AgentId, agent.Features.ToString(), agent.Status, agent.Steps, agent.Cost, agent.PatchBytes,
            record.Setting == Setting.Solo || record.InfraError ? null : agent.ApplyStatus, agent.Error)).ToArray(),
        Tests = record.Tests.Select(test => (test.FeatureId, test.Passed, record.Setting == Setting.Solo
            ? null : test.ExitCode, record.Setting == Setting.Solo ? null : test.TestsPassed)).ToArray(),
    };

    private static CaseId Case(Setting setting, int task) => new(setting, "click_task", task, [1, 2], 0);

    private static RunRecord Merged(int task, MergeOutcome outcome, MergeStatus status, MergeStrategy strategy, bool naiveConflict) =>
        Sample.Run(Case(Setting.CoopComm, task)) with
        { MergeOutcome = outcome, MergeStatus = status, MergeStrategy = strategy, NaiveConflict = naiveConflict };

    private static RunRecord NotMerged(int task) => Merged(task, MergeOutcome.MergeFailed, MergeStatus.Conflicts, default, true) with
    {
        MergeStrategy = null,
        BothPassed = false,
        Feature1Passed = false,
        Feature2Passed = false,
        Tests = [new FeatureTestReport(1, false, null, null, null, null, TestFailureReason.NotMerged, null),
            new FeatureTestReport(2, false, null, null, null, null, TestFailureReason.NotMerged, null)],
    };

    private static RunRecord TimedOut(RunRecord record) =>
        record with { Tests = [record.Tests[0] with { ExitCode = null, Reason = TestFailureReason.TimedOut }, record.Tests[1]] };

    private static RunRecord Crashed(RunRecord record, string text) => record with
    {
        AgentStatus = AgentStatus.Error,
        Agents = [record.Agents[0] with { Status = AgentStatus.Error, Error = text }],
        Error = new RunError(ErrorClass.Agent, CasePhase.Agent, "solo: " + text),
    };

    /// <summary>Adds a record with the patches that it names.</summary>
    private void Add(RunRecord record)
    {
        byte[] patch = Encoding.UTF8.GetBytes("a\r\nb\n");
        _store.Add(record with
        {
            Agents =
            [.. record.Agents.Select(agent => agent with { PatchBytes = patch.Length, PatchSource = null })]
        });
        foreach (AgentReport agent in record.Agents)
            File.WriteAllBytes(Path.Combine(_store.Layout.AttemptFolder(record.CaseId, record.Attempt),
                StoreLayout.RawPatch(agent.AgentId)), patch);
    }

    private static JsonNode Json(string folder, string path) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, path)))!;

    private (int ExitCode, string Error) Run(params string[] arguments)
    {
        (int exitCode, _, string error) = ImportRun.Run(_folder.Path, arguments);
        return (exitCode, error);
    }
}
