using System.Text;
using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Tests.Workers;

/// <summary>A store of an experiment <c>x</c> whose files say what workers on several hosts did.</summary>
/// <param name="folder">The store's folder.</param>
internal sealed class PlantedStore(string folder)
{
    /// <summary>A process of this host that is certainly gone: another one has its number.</summary>
    public static readonly ProcessIdentity Dead = ProcessIdentity.Current with { StartTime = 1 };

    public static readonly ProcessIdentity Far = new("node7", "other-boot", "pid:[1]", 4711, 5);

    private static readonly byte[] s_artifact = "{}\n"u8.ToArray();

    public StoreLayout Layout { get; } = new(folder, "x");

    /// <summary>The cases that are planned: a task's pairs, alone and together.</summary>
    public static IReadOnlyList<CaseId> Cases { get; } = [.. new[] { Setting.Solo, Setting.CoopNocomm }
        .SelectMany(setting => Enumerable.Range(2, 5).Select(second => new CaseId(setting, "click_task", 1, [1, second], 0)))];

    public PlantedStore Plan(string settings = """{"name":"x","limits":{"max_cost_usd":20}}""")
    {
        Directory.CreateDirectory(Layout.ExperimentFolder);
        DurableFile.Write(Layout.PlanFile, StoreJson.ToFile(new ExperimentPlan
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            Experiment = "x",
            CreatedAt = DateTimeOffset.UnixEpoch,
            SettingsHash = "hash",
            Settings = JsonDocument.Parse(settings).RootElement,
            TaskDigests = new SortedDictionary<string, string>(),
            Cases = Cases,
        }));
        return this;
    }

    /// <summary>A completed case.</summary>
    /// <param name="writer">Who made it.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="startedAt">When it began.</param>
    /// <param name="seconds">What it took.</param>
    /// <param name="usd">What it cost; null is unknown.</param>
    public PlantedStore Complete(ProcessIdentity writer, CaseId caseId, DateTimeOffset startedAt, double seconds, decimal? usd = 1)
    {
        RunRecord record = Record(caseId, startedAt, seconds, usd) with
        { RunId = $"run-{writer.Host}-{writer.Pid}-{writer.StartTime}", AttemptId = $"{writer.Host}-{caseId}".Replace('/', '-') };
        string attempt = Layout.AttemptFolder(caseId, 1);
        Directory.CreateDirectory(attempt);
        File.WriteAllBytes(Path.Combine(attempt, StoreLayout.ResultFile), s_artifact);
        Directory.CreateDirectory(Layout.RunsFolder);
        string file = Path.Combine(Layout.RunsFolder, StoreLayout.RunFileName(caseId.Setting, 0, DateTimeOffset.UnixEpoch, $"{writer.Host}-"
            + (writer == Dead ? "dead" : "living")));
        if (!File.Exists(file))
            File.WriteAllText(file, Encoding.UTF8.GetString(StoreJson.ToLine(new RunFileHeader(RunRecord.CurrentSchemaVersion,
                RunFileHeader.RunsKind, "x", record.RunName, caseId.Setting, 0, record.RunId, writer, startedAt, "0.1.0"))) + "\n");
        File.AppendAllText(file, Encoding.UTF8.GetString(StoreJson.ToLine(record)) + "\n");
        return this;
    }

    /// <summary>A case that a process has claimed, and whose attempt has begun.</summary>
    public PlantedStore Begin(ProcessIdentity worker, CaseId caseId, DateTimeOffset startedAt)
    {
        string attempt = Layout.AttemptFolder(caseId, 1);
        Directory.CreateDirectory(attempt);
        DurableFile.Write(Path.Combine(attempt, StoreLayout.AttemptFile), StoreJson.ToFile(new AttemptIntent
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            RunId = $"run-{worker.Host}",
            Experiment = "x",
            CaseId = caseId,
            Attempt = 1,
            AttemptId = $"{worker.Host}-{caseId}",
            AttemptKind = AttemptKind.Run,
            AttemptReason = AttemptReason.Due,
            TakesUp = null,
            StartedAt = startedAt,
            Owner = worker,
            Sandboxes = [],
            SettingsHash = "hash",
            TaskDigest = "task",
        }));
        string holder = ClaimFiles.HolderOf(ClaimFiles.LockOf(Layout, caseId));
        Directory.CreateDirectory(Layout.ClaimsFolder);
        File.WriteAllText(holder, worker.ToString());
        File.SetLastWriteTimeUtc(holder, startedAt.UtcDateTime);
        return this;
    }

    private static RunRecord Record(CaseId caseId, DateTimeOffset startedAt, double seconds, decimal? usd) => new()
    {
        SchemaVersion = RunRecord.CurrentSchemaVersion,
        RunId = "",
        Experiment = "x",
        CaseId = caseId,
        Attempt = 1,
        AttemptId = "",
        AttemptKind = AttemptKind.Run,
        AttemptReason = AttemptReason.Due,
        Revision = 1,
        Agent = "shell",
        Simulated = false,
        Repo = caseId.Repo,
        TaskId = caseId.TaskId,
        Features = caseId.Features,
        Setting = caseId.Setting,
        Seed = caseId.Seed,
        RunName = RunName.For("x", caseId.Setting, caseId.Seed),
        Model = "m",
        StartedAt = startedAt,
        DurationSeconds = seconds,
        TotalCost = usd,
        TotalSteps = 4,
        AgentStatus = AgentStatus.Submitted,
        InfraError = false,
        BothPassed = true,
        Feature1Passed = true,
        Feature2Passed = true,
        MergeOutcome = MergeOutcome.MergeClean,
        MergeStatus = null,
        MergeStrategy = null,
        EvalError = null,
        Messages = [],
        MessagesCount = 0,
        Difficulty = null,
        Bucket = null,
        Interrupted = false,
        Language = "python",
        Tokens = null,
        SunkCost = null,
        NaiveConflict = null,
        Agents = [],
        Tests = [],
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
            BaseCommit = null,
            Engine = "process",
            Host = "node7",
            SettingsHash = "hash",
            PromptDigest = null,
            PriceTableDigest = null,
        },
        Artifacts = [new ArtifactDigest(StoreLayout.ResultFile, s_artifact.Length, new string('0', 64))],
    };
}
