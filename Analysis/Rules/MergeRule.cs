using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Rules;

/// <summary>The merge's outcome says what git did, whatever the tests said afterwards.</summary>
internal sealed class MergeRule : IRule
{
    private static readonly MergeOutcome?[] Outcomes = [.. Enum.GetValues<MergeOutcome>(), null];

    public string Id => "DATA-03";

    public string Title => "The merge outcome is independent of the tests, and its fields agree";

    public string Remedy =>
        "The record contradicts itself. Find out which version of the harness wrote it (provenance.harness), correct that, and run the "
        + "case again with --force.";

    public RuleOutcome Check(Dataset dataset)
    {
        IEnumerable<Finding> findings = dataset.Records.SelectMany(record => FaultsOf(record).Select(what => Finding.At(record, what)));
        return new RuleOutcome(findings, "outcome and verdict of the records that count:", CrossTable(dataset));
    }

    private static IEnumerable<string> FaultsOf(AttemptResult record) => record.CaseId.Setting == Setting.Solo ? FaultsOfSolo(record)
        : FaultsOfPair(record);

    private static IEnumerable<string> FaultsOfSolo(AttemptResult record)
    {
        if (record.MergeStatus is not null || record.MergeStrategy is not null || record.NaiveConflict is not null)
            yield return "solo has nothing to merge, yet merge_status, merge_strategy or naive_conflict is set";
        if (record.MergeOutcome is MergeOutcome outcome && outcome != MergeOutcome.MergeClean)
            yield return $"solo, yet merge_outcome is {EnumNames.NameOf(outcome)}";
        if (record.MergeOutcome is null && MustHaveMerged(record))
            yield return "a verdict without merge_outcome";
    }

    private static IEnumerable<string> FaultsOfPair(AttemptResult record)
    {
        if (record.MergeOutcome is not MergeOutcome outcome)
        {
            // Upstream says of two empty patches that they merge.
            if (record.HadNoPatch)
                yield break;
            if (MustHaveMerged(record))
                yield return "a verdict without merge_outcome";
            if (record.MergeStrategy is not null)
                yield return "merge_strategy without merge_outcome";
            yield break;
        }
        bool agrees = outcome switch
        {
            MergeOutcome.MergeClean =>
                record is { MergeStatus: MergeStatus.Clean, MergeStrategy: MergeStrategy.Naive, NaiveConflict: false },
            MergeOutcome.MergeUnion => record is { MergeStrategy: MergeStrategy.Union, NaiveConflict: true }
                // Upstream may say of a union merge that it came out clean.
                && (record.MergeStatus == MergeStatus.Conflicts || record is { MergeStatus: MergeStatus.Clean, Imported: true }),
            MergeOutcome.MergeFailed => FailureAgrees(record),
            _ => false,
        };
        if (!agrees)
            yield return $"{EnumNames.NameOf(outcome)} does not agree with merge_status {NameOf(record.MergeStatus)}, merge_strategy "
                + $"{NameOf(record.MergeStrategy)}, naive_conflict {NameOf(record.NaiveConflict)}";
    }

    // Either a patch did not apply, and what did apply was merged one way or another or not at all; or neither merge worked.
    private static bool FailureAgrees(AttemptResult record) => record.MergeStatus switch
    {
        MergeStatus.MissingInput => record.MergeStrategy switch
        {
            MergeStrategy.Naive => record.NaiveConflict == false,
            MergeStrategy.Union => record.NaiveConflict == true,
            _ => record.NaiveConflict != false,
        },
        MergeStatus.Conflicts => record is { MergeStrategy: null, NaiveConflict: true },
        // The evaluation failed, so that nothing was tested either.
        MergeStatus.Error => record is { Imported: true, MergeStrategy: null, NaiveConflict: null, BothPassed: not true },
        _ => false,
    };

    private static bool MustHaveMerged(AttemptResult record) => record.BothPassed is not null && !record.CrashedWithoutPatch;

    private static List<string> CrossTable(Dataset dataset)
    {
        var lines = new List<string> { $"{"setting",-12}{"outcome",-14}{"passed",8}{"failed",8}" };
        foreach (IGrouping<Setting, AttemptResult> setting in dataset.Counting.GroupBy(r => r.CaseId.Setting).OrderBy(g => g.Key))
        {
            foreach (MergeOutcome? outcome in Outcomes)
            {
                AttemptResult[] cell = [.. setting.Where(r => r.MergeOutcome == outcome)];
                if (cell.Length > 0)
                    lines.Add($"{EnumNames.NameOf(setting.Key),-12}{NameOf(outcome),-14}{cell.Count(r => r.Verdict == true),8}"
                        + $"{cell.Count(r => r.Verdict == false),8}");
            }
        }
        return lines;
    }

    private static string NameOf<TEnum>(TEnum? value)
        where TEnum : struct, Enum => value is TEnum known ? EnumNames.NameOf(known) : "null";

    private static string NameOf(bool? value) => value switch { true => "true", false => "false", null => "null" };
}
