using System.Text.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules.Deep;

/// <summary>What an attempt's own files say of it is what its record says.</summary>
internal sealed class ReportFilesRule : DeepRule
{
    public override string Id => "STORE-11";

    public override string Title => "attempt.json, eval.json and result.json say what the record says";

    public override string Remedy =>
        "One of them was changed or belongs to another attempt. Put attempt.json back from a copy. './run.sh regenerate NAME' makes "
        + "eval.json and result.json again, without an agent.";

    public override int Look(AttemptFiles attempt, ICollection<Finding> findings) =>
        Compare<AttemptIntent>(attempt, StoreLayout.AttemptFile, DifferenceOf, findings)
        + Compare<EvaluationReport>(attempt, attempt.NameOf(StoreLayout.EvaluationFile), DifferenceOf, findings)
        + Compare<RunRecord>(attempt, attempt.NameOf(StoreLayout.ResultFile), DifferenceOf, findings);

    public override string Note(int looked) => $"{looked} files compared";

    private static int Compare<T>(AttemptFiles attempt, string name, Func<T, RunRecord, string?> difference, ICollection<Finding> findings)
        where T : class
    {
        if (attempt.Read(name) is not byte[] content)
        {
            // No record names its own copy, so nobody else misses it. A killed attempt never had one.
            if (typeof(T) == typeof(RunRecord) && attempt.IsCounting && attempt.Record.Artifacts.Count > 0
                && attempt.Record.Provenance.TaskDigest != Provenance.Imported)
                findings.Add(attempt.Finding($"{name} is missing"));
            return 0;
        }
        try
        {
            if (difference(StoreJson.Read<T>(content), attempt.Record) is string what)
                findings.Add(attempt.Finding($"{name} and the record have different {what}"));
            else if (typeof(T) == typeof(RunRecord) && !content.AsSpan().SequenceEqual(StoreJson.ToFile(attempt.Record)))
                findings.Add(attempt.Finding($"{name} has other bytes than a copy of the record"));
        }
        catch (JsonException exception)
        {
            findings.Add(attempt.Unreadable(name, (exception.LineNumber ?? 0) + 1, exception));
        }
        return 1;
    }

    private static string? DifferenceOf(AttemptIntent intent, RunRecord record) => First(
        (!intent.CaseId.Equals(record.CaseId), "case_id"),
        (intent.Attempt != record.Attempt, "attempt"),
        (intent.AttemptId != record.AttemptId, "attempt_id"),
        (intent.AttemptKind != record.AttemptKind, "attempt_kind"),
        (intent.AttemptReason != record.AttemptReason, "attempt_reason"),
        (intent.StartedAt != record.StartedAt, "started_at"),
        (intent.SettingsHash != record.Provenance.SettingsHash, "settings_hash"));

    // Without a verdict the record leaves out what the tests said.
    private static string? DifferenceOf(EvaluationReport evaluation, RunRecord record) => First(
        (!evaluation.CaseId.Equals(record.CaseId), "case_id"),
        (evaluation.ApplyStatus.Count == record.Agents.Count
            && !evaluation.ApplyStatus.Cast<ApplyStatus?>()
            .SequenceEqual(record.Agents.Select(agent => agent.ApplyStatus)), "apply_status"),
        ((evaluation.MergeOutcome ?? record.MergeOutcome) != record.MergeOutcome, "merge_outcome"),
        (evaluation.MergeStatus != record.MergeStatus, "merge_status"),
        (evaluation.MergeStrategy != record.MergeStrategy, "merge_strategy"),
        (evaluation.NaiveConflict != record.NaiveConflict, "naive_conflict"),
        (evaluation.EvalError != record.EvalError, "eval_error"),
        (!record.InfraError && !record.Interrupted && !evaluation.Tests.SequenceEqual(record.Tests), "tests"),
        (!record.InfraError && !record.Interrupted
            && !(evaluation.Suspect ?? []).SequenceEqual(record.Suspect ?? []), "suspect"));

    private static string? DifferenceOf(RunRecord result, RunRecord record)
    {
        if (StoreJson.ToLine(result).AsSpan().SequenceEqual(StoreJson.ToLine(record)))
            return null;
        using JsonDocument left = JsonSerializer.SerializeToDocument(result, StoreJson.TypeInfo<RunRecord>());
        using JsonDocument right = JsonSerializer.SerializeToDocument(record, StoreJson.TypeInfo<RunRecord>());
        return left.RootElement.EnumerateObject()
            .Where(member => !right.RootElement.TryGetProperty(member.Name, out JsonElement other)
                || !JsonElement.DeepEquals(member.Value, other))
            .Select(member => member.Name).FirstOrDefault("members");
    }

    private static string? First(params ReadOnlySpan<(bool Differs, string Name)> members)
    {
        foreach ((bool differs, string name) in members)
        {
            if (differs)
                return name;
        }
        return null;
    }
}
