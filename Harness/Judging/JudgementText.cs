using System.Globalization;
using Tandem.Records.Json;
using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging;

/// <summary>What came of a judgement, in a line.</summary>
public static class JudgementText
{
    private const int LabelsShown = 4;

    /// <summary>Its labels or its score, or why it has none.</summary>
    public static string Of(JudgementRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        string simulated = record.Simulated ? " (simulated)" : "";
        return record.Status switch
        {
            JudgementOutcome.Labelled => $"labelled{simulated}: {Labels(record)}",
            JudgementOutcome.None => $"none{simulated}: no label fits",
            JudgementOutcome.Voided => $"voided{simulated}: {record.Labels.First(label => label.VoidedBy is not null).VoidedBy}",
            JudgementOutcome.Failed when record.ErrorClass is { } fault =>
                $"failed{simulated}, {EnumNames.NameOf(fault)}: {record.FailureReason}",
            JudgementOutcome.Failed => $"failed{simulated}: {record.FailureReason}",
            _ => throw new ArgumentOutOfRangeException(nameof(record), record.Status, "No such outcome."),
        };
    }

    /// <summary>Whether the judgement is a red test: the judge failed, or its quotes are not in what it read.</summary>
    public static bool IsRed(JudgementRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.IsMissingData || record.Status is JudgementOutcome.Failed or JudgementOutcome.Voided;
    }

    private static string Labels(JudgementRecord record)
    {
        JudgementLabel[] holding = [.. record.Labels.Where(label => label.VoidedBy is null)];
        string[] names = [.. holding.GroupBy(label => label.Label ?? label.Score!.Value.ToString(CultureInfo.InvariantCulture))
            .Select(alike => alike.Count() == 1 ? alike.Key : $"{alike.Count()} x {alike.Key}")];
        string more = names.Length > LabelsShown ? $" and {names.Length - LabelsShown} more" : "";
        string voided = record.VoidedLabels == 0 ? "" : $"; {record.VoidedLabels} more void";
        return string.Join(", ", names.Take(LabelsShown)) + more + voided;
    }
}
