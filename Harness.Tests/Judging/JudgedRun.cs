using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Configuration;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Tests.Judging;

/// <summary>A failed run of two agents in a store of its own, whose files tests can change.</summary>
internal sealed class JudgedRun : IDisposable
{
    public const string Experiment = "overlap-study-7";
    public const string Model = "vendor/secret-model-3";
    public const string Host = "builder17";

    public static readonly DateTimeOffset Time = new(2026, 5, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-judging-");

    public JudgedRun(params string[] messages)
    {
        Layout = new StoreLayout(_folder.FullName, Experiment);
        Messages = [.. messages.Select((text, i) => Message(i % 2 == 0 ? "agent1" : "agent2", text, i))];
        Run = Sample(Messages);
        Write(StoreLayout.TrajectoryFile, Line("agent1", "prompt", "You are in coop-comm.") + Line("agent1", "command", "ls src"));
        Write("agent1.patch", "diff --git a/src/core.py b/src/core.py\n--- a/src/core.py\n+++ b/src/core.py\n@@ -1 +1 @@\n-a\n+b\n");
        Write("agent2.patch", "diff --git a/src/core.py b/src/core.py\n--- a/src/core.py\n+++ b/src/core.py\n@@ -1 +1 @@\n-a\n+c\n");
        Write("tests_f1.log", "FAILED tests/test_core.py::test_one - AssertionError\n1 failed, 3 passed\n");
        Write("tests_f2.log", "4 passed\n");
        WriteMessages();
        Write(StoreLayout.EvaluationFile, StoreJson.ToFile(Evaluation()));
    }

    public StoreLayout Layout { get; }

    public IReadOnlyList<MessageRecord> Messages { get; private set; }

    public RunRecord Run { get; set; }

    public static Rubric Rubric(string name) => RubricReader.Find(ProjectFolder.Find(), name);

    public string PathOf(string name) => Path.Combine(Layout.AttemptFolder(Run.CaseId, Run.Attempt), name);

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllBytes(PathOf(name), content);
        var digest = new ArtifactDigest(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
        Run = Run with { Artifacts = [.. Run.Artifacts.Where(artifact => artifact.Path != name), digest] };
    }

    public void Say(params MessageRecord[] messages)
    {
        Messages = messages;
        Run = Run with { Messages = messages, MessagesCount = messages.Length };
        WriteMessages();
    }

    public Evidence Evidence(Rubric rubric, string? taskText = "Build the parser.") =>
        EvidenceBuilder.Build(rubric, Layout, Run, taskText);

    public Evidence Evidence(string rubric) => Evidence(Rubric(rubric));

    public static MessageRecord Message(string from, string text, int minute, bool isDelivered = true) => new(
        from, from == "agent1" ? "agent2" : "agent1", text, Time.AddMinutes(minute),
        isDelivered ? Time.AddMinutes(minute).AddSeconds(30) : null, null, from == "agent1" ? 1 : 2, 1, isDelivered ? 2 : null);

    public static string Line(string agent, string kind, string? text, string? output = null, int step = 1) =>
        Encoding.UTF8.GetString(StoreJson.ToLine(
            new TrajectoryEvent(Time, agent, step, kind, text, output, null, null, null, null))) + "\n";

    public void Dispose() => _folder.Delete(recursive: true);

    private void WriteMessages() => Write(StoreLayout.ConversationFile, StoreJson.ToFile(Messages));

    private EvaluationReport Evaluation() => new()
    {
        SchemaVersion = 1,
        CaseId = Run.CaseId,
        ApplyStatus = [ApplyStatus.Applied, ApplyStatus.Applied],
        MergeOutcome = Run.MergeOutcome,
        MergeStatus = Run.MergeStatus,
        MergeStrategy = Run.MergeStrategy,
        NaiveConflict = Run.NaiveConflict,
        MergeOutput = "CONFLICT (content): Merge conflict in src/core.py\n",
        Tests = Run.Tests,
        EvalError = null,
        EvaluatedAt = Time,
    };

    private static RunRecord Sample(IReadOnlyList<MessageRecord> messages) => new()
    {
        SchemaVersion = RunRecord.CurrentSchemaVersion,
        RunId = "invocation-4711",
        Experiment = Experiment,
        CaseId = new CaseId(Setting.CoopComm, "click_task", 1, [1, 2], 0),
        Attempt = 1,
        AttemptId = "attempt-id-0815",
        AttemptKind = AttemptKind.Run,
        AttemptReason = AttemptReason.Due,
        Revision = 1,
        Agent = "shell",
        Simulated = false,
        Repo = "click_task",
        TaskId = 1,
        Features = [1, 2],
        Setting = Setting.CoopComm,
        Seed = 0,
        RunName = $"{Experiment}-coop-comm",
        Model = Model,
        StartedAt = Time,
        DurationSeconds = 60,
        TotalCost = null,
        TotalSteps = 4,
        AgentStatus = AgentStatus.Submitted,
        InfraError = false,
        BothPassed = false,
        Feature1Passed = false,
        Feature2Passed = true,
        MergeOutcome = MergeOutcome.MergeUnion,
        MergeStatus = MergeStatus.Conflicts,
        MergeStrategy = MergeStrategy.Union,
        EvalError = null,
        Messages = messages,
        MessagesCount = messages.Count,
        Difficulty = null,
        Bucket = null,
        Interrupted = false,
        Language = "python",
        Tokens = null,
        SunkCost = null,
        NaiveConflict = true,
        Agents = [Agent("agent1", [1]), Agent("agent2", [2])],
        Tests = [new FeatureTestReport(1, false, 3, 1, 0, 1, null, 1), new FeatureTestReport(2, true, 4, 0, 0, 0, null, 1)],
        Time = new TimeBreakdown(0, 0, 30, 1, 2),
        Sandboxes = [],
        Error = null,
        Provenance = new Provenance
        {
            Harness = "0.1.0",
            TaskSet = "tasks",
            TaskDigest = "task",
            Image = null,
            ImageId = null,
            BaseCommit = "0123abc",
            Engine = "process",
            Host = Host,
            SettingsHash = "hash",
            PromptDigest = null,
            PriceTableDigest = null,
        },
        Artifacts = [],
    };

    private static AgentReport Agent(string id, FeatureSet features) => new()
    {
        AgentId = id,
        Features = features,
        Status = AgentStatus.Submitted,
        Limit = null,
        Steps = 2,
        Cost = null,
        Tokens = null,
        ModelCalls = null,
        MalformedCalls = null,
        Seconds = 8,
        PatchSource = PatchSource.WorkTree,
        PatchBytes = 100,
        ApplyStatus = ApplyStatus.Applied,
        Error = null,
    };
}
