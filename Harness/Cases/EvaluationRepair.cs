using Tandem.Harness.Admission;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>Rebuilds what an evaluation leaves, from the agents' patches, in a fresh sandbox. No agent is started. Safe for concurrent
/// use.</summary>
public sealed class EvaluationRepair(RunEnvironment environment)
{
    /// <summary>Rebuilds what of a case needs a sandbox. An evaluation that does not come out as recorded changes nothing.</summary>
    /// <param name="caseId">A case of the plan.</param>
    /// <param name="cancellationToken">Gives up; what was not recorded yet is as it was.</param>
    /// <returns>What was done, and what cannot be.</returns>
    public async Task<IReadOnlyList<Repair>> RunAsync(CaseId caseId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        var repairs = new List<Repair>();
        ClaimAnswer answer = await environment.Matrix.Claims.TryClaimAsync(caseId, cancellationToken);
        if (answer.Claim is null)
            return [new Repair(caseId, null, RepairKind.Left, answer.Refusal)];
        await using (answer.Claim)
        {
            environment.Index.Refresh();
            CaseDamage damage = CaseDamage.Of(environment.Layout, caseId, environment.Index.Find(caseId), environment.Agent);
            foreach (AttemptDamage attempt in damage.Attempts.Where(attempt => attempt.NeedsSandbox))
                repairs.AddRange(await RepairAsync(attempt, cancellationToken));
            if (!damage.IsUnevaluated)
                return repairs;
            string taskId = $"{caseId.Repo}/{caseId.TaskId}";
            if (environment.Plan.TaskDigests.GetValueOrDefault(taskId) != environment.TaskSet.Find(caseId.Repo, caseId.TaskId)?.Digest)
                return [.. repairs, new Repair(caseId, null, RepairKind.Left, WhyChanged(taskId, environment.Layout.Experiment))];
        }
        // Its agents were paid and no record counts: the attempt that evaluates them is one as any run would make.
        repairs.Add(await new CaseRunner(environment).EvaluateAsync(caseId, AttemptReason.Due, TimeSpan.Zero, cancellationToken) switch
        {
            CaseResult.Ran { Record: { IsMissingData: false } record } => new Repair(caseId, record.Attempt, RepairKind.Rebuilt,
                $"evaluation and record: {Verdict.Of(record)}"),
            CaseResult.Ran { Record: var record } => new Repair(caseId, record.Attempt, RepairKind.Left, Verdict.Of(record)),
            CaseResult.Skipped skipped => new Repair(caseId, null, RepairKind.Left, skipped.Reason),
            CaseResult.Stored stored => new Repair(caseId, stored.Record.Attempt, RepairKind.Left, "another process has made its record"),
            var other => throw new InvalidOperationException($"Unknown result {other}."),
        });
        return repairs;
    }

    private async Task<IReadOnlyList<Repair>> RepairAsync(AttemptDamage damage, CancellationToken cancellationToken)
    {
        RunRecord record = damage.Record;
        Repair Left(string reason) => new(record.CaseId, record.Attempt, RepairKind.Left, reason);
        if (environment.TaskSet.Find(record.Repo, record.TaskId) is not CodingTask task)
            return [Left($"the task set {environment.TaskSet.Folder} has no usable task {record.Repo}/{record.TaskId}")];
        if (task.Digest != record.Provenance.TaskDigest)
            return [Left(WhyChanged($"{record.Repo}/{record.TaskId}", record.Experiment))];
        string folder = environment.Layout.AttemptFolder(record.CaseId, record.Attempt);
        AttemptIntent intent = StoreJson.Read<AttemptIntent>(RegularFile.ReadOwn(Path.Combine(folder, StoreLayout.AttemptFile)));
        EvaluationResult evaluation;
        using (Admittance admitted = await environment.Admission.EnterAsync(price: null, record.CaseId.ToString(), cancellationToken))
        {
            if (admitted.Refusal is string refusal)
                return [Left(refusal)];
            try
            {
                SandboxImage image = await environment.Provider.PrepareImageAsync(task.Image, cancellationToken);
                AgentPatch[] patches = [.. record.Agents.Select(agent => new AgentPatch(agent.AgentId, PatchOf(folder, agent)))];
                evaluation = await CaseEvaluation.RunAsync(environment, task, intent, patches, image, cancellationToken);
            }
            catch (SandboxException exception)
            {
                return [Left($"it could not be evaluated: {exception.Message}")];
            }
        }
        if (evaluation.Error is RunError error)
            return [Left($"it could not be evaluated: {error.Message}")];
        IReadOnlyList<string> differences = OutcomeDifference.Of(record, With(record, evaluation.Report));
        if (differences.Count > 0)
            return [new Repair(record.CaseId, record.Attempt, RepairKind.Differs, $"the evaluation did not come out as recorded "
                + $"({string.Join(", ", differences)}), so nothing was written. To let a new evaluation count: ./run.sh regrade "
                + $"{record.Experiment}")];
        // Its files are those of one evaluation; the report keeps the recorded times, as the record does.
        // A record from before verdicts were marked gets its marks.
        record = record with { Suspect = record.Suspect ?? evaluation.Report.Suspect };
        evaluation = evaluation with { Report = evaluation.Report with { Tests = record.Tests, Suspect = record.Suspect } };
        (List<(string Name, byte[] Content)> made, List<FileFault> unmade) =
            Regenerator.Make(environment.Layout, damage, environment.Index.Find(record.CaseId)!.Records);
        (string Name, byte[] Content)[] evaluated = [.. CaseEvaluation
            .Files(intent, record.Agents.Select(agent => agent.AgentId), evaluation)
            .Where(file => !Revisions.IsGradedPatch(file.Name)).Select(file => (file.Name, file.Content.ToArray()))];
        NewRevision revision = NewRevision.Of(environment.Layout, record, environment.RunId, [.. made, .. evaluated]);
        await environment.Breaker.KeepAsync(
            () =>
            {
                DurableFile.WriteAll(environment.Layout.ExperimentFolder, revision.Files);
                environment.Append(revision.Record);
            },
            cancellationToken);
        return [new Repair(record.CaseId, record.Attempt, RepairKind.Rebuilt, $"{revision.What}; {Verdict.Of(record)}, as recorded"),
            .. Regenerator.Unmade(damage, [.. unmade.Where(file => evaluated.All(made => made.Name != file.Plain))])];
    }

    private static string WhyChanged(string task, string experiment) => $"the files of task {task} have changed since the experiment "
        + $"began. Put them back, or evaluate by the new ones: ./run.sh regrade {experiment}";

    /// <summary>The record as this evaluation would have made it.</summary>
    private static RunRecord With(RunRecord record, EvaluationReport report) => record with
    {
        BothPassed = record.AgentStatus != AgentStatus.LimitsExceeded && report.Tests.All(test => test.Passed == true),
        MergeOutcome = report.MergeOutcome,
        MergeStatus = report.MergeStatus,
        MergeStrategy = report.MergeStrategy,
        Tests = report.Tests,
        Agents = RecordBuilder.WithEvaluation(record.Agents, report),
    };

    private static byte[] PatchOf(string folder, AgentReport agent) =>
        Path.Combine(folder, StoreLayout.RawPatch(agent.AgentId)) is var path && RegularFile.IsOwn(path) ? RegularFile.ReadOwn(path) : [];
}
