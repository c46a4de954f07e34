using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>What an attempt came to, as far as it came.</summary>
internal sealed record AttemptFacts
{
    /// <summary>The agents' work; null if the attempt did not come to it.</summary>
    public AgentPhaseResult? Agents { get; init; }

    /// <summary>The evaluation; null if the attempt did not come to it.</summary>
    public EvaluationResult? Evaluation { get; init; }

    /// <summary>A fault outside the agents and the evaluation.</summary>
    public RunError? Fault { get; init; }

    /// <summary>What earlier attempts had cost that this one could not take over; null if nothing.</summary>
    public decimal? SunkCost { get; init; }

    /// <summary>If the attempt was stopped from outside: how.</summary>
    public string? Interruption { get; init; }

    /// <summary>Whether that was since the case went to another worker.</summary>
    public bool IsClaimLost { get; init; }

    /// <summary>How long the case waited for its place; null if unknown.</summary>
    public TimeSpan? Queued { get; init; }

    /// <summary>From the attempt's begin to its end.</summary>
    public TimeSpan Duration { get; init; }
}

/// <summary>Makes an attempt's record of its facts. The rows of the outcome table are decided here.</summary>
internal static class RecordBuilder
{
    public static RunRecord Build(RunEnvironment environment, CodingTask task, AttemptIntent intent, AttemptFacts facts)
    {
        CaseId caseId = intent.CaseId;
        (AgentPhaseResult? work, EvaluationResult? evaluation) = (facts.Agents, facts.Evaluation);
        string? interruption = facts.Interruption ?? work?.Divergence
            ?? (work?.IsInterrupted == true ? "The run was stopped from outside." : null);
        bool isInterrupted = interruption is not null;
        RunError? infra = isInterrupted ? null : facts.Fault ?? work?.Error ?? evaluation?.Error;
        bool hasVerdict = infra is null && !isInterrupted;
        IReadOnlyList<AgentReport> agents = WithEvaluation(work?.Agents ?? [], evaluation?.Report);
        // Interrupted in its evaluation, an attempt's agents have finished all the same; the table's row for an interruption says Unknown.
        AgentStatus status = isInterrupted || agents.Count == 0 ? AgentStatus.Unknown : agents.Max(agent => agent.Status);
        IReadOnlyList<FeatureTestReport> tests = !hasVerdict ? [] : evaluation?.Report.Tests ?? NoPatch(caseId);
        EvaluationReport? report = evaluation?.Report;
        RunError? error = infra ?? (interruption is not null
            ? new RunError(facts.IsClaimLost ? ErrorClass.ClaimLost : ErrorClass.Interrupted, PhaseReached(work), interruption)
            : CrashOf(agents));
        return new RunRecord
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            RunId = intent.RunId,
            Experiment = intent.Experiment,
            CaseId = caseId,
            Attempt = intent.Attempt,
            AttemptId = intent.AttemptId,
            AttemptKind = intent.AttemptKind,
            AttemptReason = intent.AttemptReason,
            Revision = 1,
            Agent = environment.Agent.Kind,
            Simulated = environment.Agent.IsSimulated,
            Repo = caseId.Repo,
            TaskId = caseId.TaskId,
            Features = caseId.Features,
            Setting = caseId.Setting,
            Seed = caseId.Seed,
            RunName = RunName.For(intent.Experiment, caseId.Setting, caseId.Seed),
            Model = environment.Configuration.Model.Name,
            StartedAt = intent.StartedAt,
            DurationSeconds = Attempt.Seconds(facts.Duration),
            TotalCost = Totals.OfCosts(agents.Select(agent => agent.Cost)),
            TotalSteps = Totals.OfSteps(agents.Select(agent => agent.Steps)),
            AgentStatus = status,
            InfraError = infra is not null,
            BothPassed = hasVerdict ? status != AgentStatus.LimitsExceeded && tests.All(test => test.Passed == true) : null,
            Feature1Passed = tests.Count > 0 ? tests[0].Passed : null,
            Feature2Passed = tests.Count > 1 ? tests[1].Passed : null,
            // A single agent has nothing to merge with, whatever it left.
            MergeOutcome = report?.MergeOutcome ?? (hasVerdict && caseId.Setting == Setting.Solo ? MergeOutcome.MergeClean : null),
            MergeStatus = report?.MergeStatus,
            MergeStrategy = report?.MergeStrategy,
            EvalError = report?.EvalError,
            Messages = work?.Messages ?? [],
            MessagesCount = work?.Messages.Count ?? 0,
            Difficulty = null,
            Bucket = null,
            Interrupted = isInterrupted,
            Language = task.Language,
            Tokens = Totals.OfTokens(agents.Select(agent => agent.Tokens)),
            SunkCost = facts.SunkCost,
            NaiveConflict = report?.NaiveConflict,
            Agents = agents,
            Tests = tests,
            Suspect = hasVerdict ? report?.Suspect : null,
            Time = new TimeBreakdown(
                facts.Queued is TimeSpan queued ? Attempt.Seconds(queued) : null,
                work?.ProvisionSeconds,
                work?.AgentSeconds,
                evaluation is null ? null : Math.Round(evaluation.MergeSeconds, 3),
                evaluation?.TestsSeconds is double testSeconds ? Math.Round(testSeconds, 3) : null),
            Sandboxes = evaluation?.Sandbox is SandboxReport used ? [.. work?.Sandboxes ?? [], used] : work?.Sandboxes ?? [],
            Error = error is null ? null : error with { Message = environment.Secrets.Clean(error.Message) },
            Provenance = new Provenance
            {
                Harness = Instrumentation.HarnessVersion,
                TaskSet = environment.TaskSet.Options.Name!,
                TaskDigest = intent.TaskDigest,
                Image = work?.Image?.Reference,
                ImageId = work?.Image?.Id,
                BaseCommit = work?.BaseCommit ?? evaluation?.BaseCommit,
                Engine = environment.Provider.Description,
                Host = intent.Owner.Host,
                SettingsHash = intent.SettingsHash,
                PromptDigest = environment.Prompts?.Digest,
                PriceTableDigest = environment.Prices?.Digest,
            },
            Artifacts = Attempt.DigestsOf(environment.Layout.AttemptFolder(caseId, intent.Attempt)),
        };
    }

    /// <summary>The agents' reports with what the evaluation found of their patches.</summary>
    internal static IReadOnlyList<AgentReport> WithEvaluation(IReadOnlyList<AgentReport> agents, EvaluationReport? report) =>
        [.. agents.Select((agent, i) => agent with
        {
            ApplyStatus = report?.ApplyStatus.Count == agents.Count ? report.ApplyStatus[i] : null,
            Dropped = report?.Dropped?.Count == agents.Count && report.Dropped[i].Count > 0 ? report.Dropped[i] : null,
        })];

    /// <summary>Agents that crashed and left nothing have failed; there is nothing to evaluate.</summary>
    private static IReadOnlyList<FeatureTestReport> NoPatch(CaseId caseId) =>
        [.. caseId.Features.Select(id => new FeatureTestReport(id, false, null, null, null, null, TestFailureReason.NoPatch, null))];

    private static CasePhase PhaseReached(AgentPhaseResult? work) =>
        work?.ProvisionSeconds is null ? CasePhase.Provision : work.IsInterrupted
            || work.AgentSeconds is null ? CasePhase.Agent : CasePhase.Merge;

    private static RunError? CrashOf(IReadOnlyList<AgentReport> agents) =>
        agents.FirstOrDefault(agent => agent.Status == AgentStatus.Error) is AgentReport crashed
            ? new RunError(ErrorClass.Agent, CasePhase.Agent, $"{crashed.AgentId}: {crashed.Error}") : null;
}
