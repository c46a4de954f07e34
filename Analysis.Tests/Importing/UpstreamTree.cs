using System.Text.Json.Nodes;
using Tandem.Analysis.Tests.Stores;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>A log folder as CooperBench writes it, made by hand from the description of its format; tests change what they are
/// about.</summary>
internal sealed class UpstreamTree : IDisposable
{
    private readonly TempFolder _folder = new();

    public UpstreamTree() => Directory.CreateDirectory(Logs);

    public string Root => _folder.Path;

    public string Logs => _folder.File("logs");

    public string Path(string relative) => System.IO.Path.Combine(Logs, relative.Replace('/', System.IO.Path.DirectorySeparatorChar));

    public void Write(string relative, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(relative))!);
        File.WriteAllText(Path(relative), text);
    }

    public void Delete(string relative) => File.Delete(Path(relative));

    /// <summary>Changes a JSON file.</summary>
    public void Result(string folder, Action<JsonNode> change) => Change($"{folder}/result.json", change);

    public void Eval(string folder, Action<JsonNode> change) => Change($"{folder}/eval.json", change);

    public void Change(string relative, Action<JsonNode> change)
    {
        JsonNode node = JsonNode.Parse(File.ReadAllText(Path(relative)))!;
        change(node);
        Write(relative, node.ToJsonString());
    }

    /// <summary>A solo case: <c>RUN/solo/REPO/TASK/f1_f2</c>, as it is relative to the logs.</summary>
    public string Solo(string run, int task = 1, string repo = "pallets_click_task", bool passed = true, int f1 = 1, int f2 = 2)
    {
        string folder = $"{run}/solo/{repo}/{task}/f{f1}_f{f2}";
        Write($"{folder}/result.json", $$"""
            {"repo": "{{repo}}", "task_id": {{task}}, "features": [{{f1}}, {{f2}}], "setting": "solo", "run_id": "0a1b2c3d", "run_name": "{{run}}",
             "agent_framework": "mini_swe_agent_v2", "model": "gpt-5", "started_at": "2026-05-01T10:00:00.123456", "ended_at": "2026-05-01T10:06:52.823456", "duration_seconds": 412.7,
             "agent": {"status": "Submitted", "cost": 0.84, "steps": 71, "input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0, "patch_lines": 4, "error": null},
             "total_cost": 0.84, "total_steps": 71, "log_dir": "logs/{{folder}}"}
            """);
        Write($"{folder}/solo.patch", "diff --git a/x b/x\n");
        Write($"{folder}/eval.json", $$"""
            {"repo": "{{repo}}", "task_id": {{task}}, "features": [{{f1}}, {{f2}}], "setting": "solo", "merge": null,
             "feature1": {"passed": true, "test_output": "3 passed"}, "feature2": {"passed": {{(passed ? "true" : "false")}}, "test_output": "1 failed, 2 passed"},
             "both_passed": {{(passed ? "true" : "false")}}, "error": null, "evaluated_at": "2026-05-01T10:10:00"}
            """);
        return folder;
    }

    /// <summary>A coop case with two messages.</summary>
    public string Coop(string run, int task = 1, string repo = "pallets_click_task", bool passed = true, int f1 = 1, int f2 = 2)
    {
        string folder = $"{run}/coop/{repo}/{task}/f{f1}_f{f2}";
        Write($"{folder}/result.json", $$"""
            {"repo": "{{repo}}", "task_id": {{task}}, "features": [{{f1}}, {{f2}}], "setting": "coop", "run_id": "1f0c9a7e", "run_name": "{{run}}",
             "agent_framework": "mini_swe_agent_v2", "model": "gpt-5", "started_at": "2026-05-01T11:00:00", "ended_at": "2026-05-01T11:05:00.500000", "duration_seconds": 300.5,
             "agents": {
              "agent2": {"feature_id": {{f2}}, "status": "Submitted", "cost": 0.5, "steps": 40, "input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0, "patch_lines": 3, "error": null},
              "agent1": {"feature_id": {{f1}}, "status": "Submitted", "cost": 0.25, "steps": 31, "input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0, "patch_lines": 2, "error": null} },
             "total_cost": 0.75, "total_steps": 71, "messages_sent": 2, "log_dir": "logs/{{folder}}"}
            """);
        Write($"{folder}/agent{f1}.patch", "diff --git a/one b/one\n");
        Write($"{folder}/agent{f2}.patch", "diff --git a/two b/two\n+2\n");
        Write($"{folder}/conversation.json", $$"""
            [{"from": "agent1", "to": "agent2", "message": "I take one", "timestamp": 1777633260.5, "feature_id": {{f1}}},
             {"from": "agent2", "to": "agent1", "message": "I take two", "timestamp": 1777633320.25, "feature_id": {{f2}}}]
            """);
        Write($"{folder}/eval.json", $$"""
            {"repo": "{{repo}}", "task_id": {{task}}, "features": [{{f1}}, {{f2}}], "setting": "coop", "apply_status": {"agent1": "applied", "agent2": "skipped"},
             "merge": {"status": "clean", "strategy": "naive", "diff": "diff --git a/one b/one\n"},
             "feature1": {"feature_id": {{f1}}, "passed": true, "exit_code": 0, "tests_passed": 3, "tests_failed": 0, "test_output": "3 passed"},
             "feature2": {"feature_id": {{f2}}, "passed": {{(passed ? "true" : "false")}}, "exit_code": {{(passed ? 0 : 1)}}, "tests_passed": 2, "tests_failed": {{(passed ? 0 : 1)}}, "test_output": "2 passed"},
             "both_passed": {{(passed ? "true" : "false")}}, "error": null, "evaluated_at": "2026-05-01T11:10:00"}
            """);
        return folder;
    }

    public void Dispose() => _folder.Dispose();
}
