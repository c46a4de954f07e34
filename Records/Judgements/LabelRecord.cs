using Tandem.Records.Cases;

namespace Tandem.Records.Judgements;

/// <summary>
/// A label or a score that no judge of this harness gave: by people, or by a program elsewhere. One JSON line of a file of imported labels.
/// </summary>
public sealed record LabelRecord
{
    /// <summary>The version that this code writes.</summary>
    public const int CurrentSchemaVersion = 1;

    public required int SchemaVersion { get; init; }

    public required string Experiment { get; init; }

    public required CaseId CaseId { get; init; }

    /// <summary>The rubric's name.</summary>
    public required string Rubric { get; init; }

    /// <summary>Who gave it.</summary>
    public required string Judge { get; init; }

    /// <summary>From 1: the same judge asked again.</summary>
    public required int Repetition { get; init; }

    /// <summary>The message's number in the conversation, from 1; null for a label of the whole run.</summary>
    public required int? Message { get; init; }

    /// <summary>The attempt of the case that counted when the label was imported, and so is taken to be what was labelled. Null if none
    /// counted, and in labels that were imported before this was recorded.</summary>
    public int? JudgedAttempt { get; init; }

    /// <summary>The revision of that attempt's record; null where the attempt is.</summary>
    public int? JudgedRevision { get; init; }

    /// <summary>The label; null for a score.</summary>
    public required string? Label { get; init; }

    /// <summary>The score; null for a label.</summary>
    public required double? Score { get; init; }
}

/// <summary>First line of a file of imported labels.</summary>
/// <param name="SchemaVersion">Version of the records below it.</param>
/// <param name="Kind"><see cref="LabelsKind"/>; other kinds of record have files of their own.</param>
/// <param name="Experiment">The experiment's name.</param>
/// <param name="Source">The name of the file that they were imported from, without its folder.</param>
/// <param name="Sha256">That file's digest, lower-case hex.</param>
/// <param name="CreatedAt">When they were imported.</param>
/// <param name="Harness">The version of the program that imported them.</param>
public sealed record LabelFileHeader(
    int SchemaVersion, string Kind, string Experiment, string Source, string Sha256, DateTimeOffset CreatedAt, string Harness)
{
    public const string LabelsKind = "labels";
}

/// <summary>What can be labelled once: one attempt, by one judge, in one repetition, by one rubric.</summary>
/// <param name="CaseId">The run.</param>
/// <param name="Rubric">The rubric's name.</param>
/// <param name="Judge">Who labels.</param>
/// <param name="Repetition">From 1.</param>
/// <param name="Message">The message's number, from 1; null for the whole run.</param>
/// <param name="Attempt">The attempt of the run; null where nobody knows.</param>
public readonly record struct LabelKey(CaseId CaseId, string Rubric, string Judge, int Repetition, int? Message, int? Attempt)
{
    public static LabelKey Of(LabelRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return new(record.CaseId, record.Rubric, record.Judge, record.Repetition, record.Message, record.JudgedAttempt);
    }

    /// <summary>In words, for messages.</summary>
    public override string ToString() =>
        $"{CaseId}, {Rubric} by {Judge}{(Message is int number ? $", message {number}" : "")}"
        + (Repetition > 1 ? $", repetition {Repetition}" : "");
}

/// <summary>What the members of an imported label must say of each other.</summary>
public static class LabelLaws
{
    /// <summary>What contradicts, one sentence each; empty for a sound record.</summary>
    public static IEnumerable<string> Faults(LabelRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.SchemaVersion != LabelRecord.CurrentSchemaVersion)
            yield return $"Schema version {record.SchemaVersion} is not known; this harness reads {LabelRecord.CurrentSchemaVersion}.";
        if (!SafeSegment.IsSafe(record.Rubric))
            yield return $"'{record.Rubric}' cannot name a rubric: {SafeSegment.Rule}.";
        if (JudgeFault(record.Judge) is string fault)
            yield return fault;
        if (record.Repetition < 1 || record.Message < 1)
            yield return "Repetitions and messages are counted from 1.";
        if (record.JudgedAttempt < 1 || record.JudgedRevision < 1 || record.JudgedAttempt is null != record.JudgedRevision is null)
            yield return "Attempt and revision are counted from 1, and stand together.";
        if (string.IsNullOrWhiteSpace(record.Label) == (record.Score is null))
            yield return "It has a label or a score, and never both.";
    }

    /// <summary>Why nobody outside can have this name, one sentence; null for a name that can be had.</summary>
    public static string? JudgeFault(string judge) =>
        string.IsNullOrWhiteSpace(judge) ? "It names no judge."
        : judge.StartsWith(JudgeSegment.BuiltIn, StringComparison.OrdinalIgnoreCase)
            ? $"The judge '{judge}' has a name of a built-in judge; give it one that does not begin with '{JudgeSegment.BuiltIn}'."
        : judge.Any(char.IsControl) ? "The judge's name holds a control character."
        : null;
}
