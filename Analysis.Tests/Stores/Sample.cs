using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Tests.Stores;

/// <summary>Records as a sound harness would write them; tests change what they are about.</summary>
internal static class Sample
{
    /// <summary>A case of the pair <c>f1_f2</c> of a task.</summary>
    public static CaseId Case(Setting setting, int task = 1, int seed = 0) => new(setting, "click_task", task, [1, 2], seed);

    /// <summary>A case that came to a verdict.</summary>
    public static RunRecord Run(CaseId id, bool passed = true, int attempt = 1)
    {
        bool isCoop = id.Setting != Setting.Solo;
        IReadOnlyList<MessageRecord> messages = id.Setting == Setting.CoopComm
            ? [new MessageRecord("agent1", "agent2", "I change core.py", FixedClock.Time, FixedClock.Time, null, id.Features[0], 1, 2)]
            : [];
        return new RunRecord
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            RunId = "run-1",
            Experiment = "default",
            CaseId = id,
            Attempt = attempt,
            AttemptId = $"{id}#{attempt}".Replace('/', '.'),
            AttemptKind = AttemptKind.Run,
            AttemptReason = AttemptReason.Due,
            Revision = 1,
            Agent = "simulated",
            Simulated = true,
            Repo = id.Repo,
            TaskId = id.TaskId,
            Features = id.Features,
            Setting = id.Setting,
            Seed = id.Seed,
            RunName = RunName.For("default", id.Setting, id.Seed),
            Model = null,
            StartedAt = FixedClock.Time,
            DurationSeconds = 12.5,
            TotalCost = null,
            TotalSteps = isCoop ? 14 : 7,
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            BothPassed = passed,
            Feature1Passed = passed,
            Feature2Passed = true,
            MergeOutcome = MergeOutcome.MergeClean,
            MergeStatus = isCoop ? MergeStatus.Clean : null,
            MergeStrategy = isCoop ? MergeStrategy.Naive : null,
            EvalError = null,
            Messages = messages,
            MessagesCount = messages.Count,
            Difficulty = null,
            Bucket = null,
            Interrupted = false,
            Language = "python",
            Tokens = null,
            SunkCost = null,
            NaiveConflict = isCoop ? false : null,
            Agents = isCoop ? [Agent("agent1", [id.Features[0]]), Agent("agent2", [id.Features[1]])] : [Agent("solo", id.Features)],
            Tests = [new FeatureTestReport(1, passed, passed ? 3 : 2, passed ? 0 : 1, 0, passed ? 0 : 1, null, 1.5),
                new FeatureTestReport(2, true, 4, 0, 0, 0, null, 1.5)],
            Time = new TimeBreakdown(0, 0.5, 8, 1, 3),
            Sandboxes = [new SandboxReport("evaluation", "box-1", null, null, null, null)],
            Error = null,
            Provenance = Provenance(),
            Artifacts = [],
        };
    }

    /// <summary>A case lost to the infrastructure.</summary>
    public static RunRecord OnImage(RunRecord record, string? imageId) =>
        record with { Provenance = record.Provenance with { ImageId = imageId } };

    public static RunRecord Infra(CaseId id, int attempt = 1) => WithoutVerdict(Run(id, attempt: attempt)) with
    {
        AgentStatus = AgentStatus.Unknown,
        InfraError = true,
        Error = new RunError(ErrorClass.Engine, CasePhase.Provision, "the engine does not answer"),
    };

    /// <summary>A case that we stopped.</summary>
    public static RunRecord Interrupted(CaseId id, int attempt = 1) => WithoutVerdict(Run(id, attempt: attempt)) with
    {
        AgentStatus = AgentStatus.Unknown,
        Interrupted = true,
        Error = new RunError(ErrorClass.Interrupted, CasePhase.Agent, "stopped by a signal"),
    };

    /// <summary>A case whose agent ran out of its limits; the tests are said to have passed.</summary>
    public static RunRecord Limited(CaseId id) => Run(id) with { AgentStatus = AgentStatus.LimitsExceeded, BothPassed = false };

    private static RunRecord WithoutVerdict(RunRecord record) => record with
    {
        BothPassed = null,
        Feature1Passed = null,
        Feature2Passed = null,
        MergeOutcome = null,
        MergeStatus = null,
        MergeStrategy = null,
        NaiveConflict = null,
        Tests = [],
    };

    public static AgentReport Agent(string id, FeatureSet features) => new()
    {
        AgentId = id,
        Features = features,
        Status = AgentStatus.Submitted,
        Limit = null,
        Steps = 7,
        Cost = null,
        Tokens = null,
        ModelCalls = null,
        MalformedCalls = null,
        Seconds = 8,
        PatchSource = PatchSource.WorkTree,
        PatchBytes = 5,
        ApplyStatus = ApplyStatus.Applied,
        Error = null,
    };

    private static Provenance Provenance() => new()
    {
        Harness = "0.1.0+abc",
        TaskSet = "tasks",
        TaskDigest = "digest",
        Image = null,
        ImageId = null,
        BaseCommit = "0123abc",
        Engine = "process",
        Host = "host",
        SettingsHash = "hash",
        PromptDigest = null,
        PriceTableDigest = null,
    };
}
