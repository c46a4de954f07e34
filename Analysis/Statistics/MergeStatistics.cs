using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Statistics;

/// <summary>What became of the patches of a cooperative setting: table 6 and figure 5b of the CooperBench paper, without its learned
/// resolver.</summary>
internal sealed record MergeRates
{
    public required Setting Setting { get; init; }

    public required int Cases { get; init; }

    /// <summary>Cases that count, but without a merge of two patches: all or all but one of the patches are empty, or an agent crashed
    /// and left nothing.</summary>
    public required int NotMerged { get; init; }

    /// <summary>Of these: all patches are empty.</summary>
    public required int NothingHandedIn { get; init; }

    /// <summary>Of these: one patch is not empty.</summary>
    public required int OnePatch { get; init; }

    /// <summary>Cases that do not count, by why.</summary>
    public required MissingCases Missing { get; init; }

    /// <summary>Git's own merge worked.</summary>
    public required int Clean { get; init; }

    /// <summary>It conflicted, and the union merge worked.</summary>
    public required int Union { get; init; }

    /// <summary>Neither worked, or a patch did not apply.</summary>
    public required int Failed { get; init; }

    /// <summary>Of the failed: those with a patch that did not apply.</summary>
    public required int NotApplied { get; init; }

    /// <summary>Git's own merge conflicted, of the cases where it was tried.</summary>
    public required Proportion NaiveConflict { get; init; }

    /// <summary>Cases with an outcome: n.</summary>
    public int Known => Clean + Union + Failed;

    public Proportion AfterNaive => new(Clean, Known);

    /// <summary>Merged after the naive or the union merge.</summary>
    public Proportion AfterUnion => new(Clean + Union, Known);

    public static MergeRates Of(CaseTable table, Setting setting)
    {
        (int cases, int unmerged, MissingCases missing) = (0, 0, default);
        int[] outcomes = new int[3];
        (int notApplied, int tried, int conflicts) = (0, 0, 0);
        (int nothing, int one) = (0, 0);
        foreach (Cell cell in table.Cells.Where(c => c.Setting == setting))
        {
            cases++;
            if (cell.Run is not AttemptResult run || run.IsMissingData)
            {
                missing = missing.With(cell.Run);
                continue;
            }
            if (run.Merged is MergeOutcome outcome)
                outcomes[(int)outcome]++;
            else
                unmerged++;
            nothing += run.HadNoPatch ? 1 : 0;
            one += run is { HadNothingToMerge: true, HadNoPatch: false } ? 1 : 0;
            notApplied += run.Merged == MergeOutcome.MergeFailed && run.PatchesApplied.Contains(ApplyStatus.Failed) ? 1 : 0;
            tried += run.Conflicted is null ? 0 : 1;
            conflicts += run.Conflicted == true ? 1 : 0;
        }
        return new MergeRates
        {
            Setting = setting,
            Cases = cases,
            NotMerged = unmerged,
            NothingHandedIn = nothing,
            OnePatch = one,
            Missing = missing,
            Clean = outcomes[(int)MergeOutcome.MergeClean],
            Union = outcomes[(int)MergeOutcome.MergeUnion],
            Failed = outcomes[(int)MergeOutcome.MergeFailed],
            NotApplied = notApplied,
            NaiveConflict = new Proportion(conflicts, tried),
        };
    }
}

/// <summary>Merges of all cooperative settings, and what messages change, within pairs: coop-comm against coop-nocomm as the baseline, each
/// pair's mean over its seeds.</summary>
/// <param name="BySetting">One for each cooperative setting.</param>
/// <param name="AfterNaive">Change of the share merged after the naive merge; null if one of the two settings is not there, as the
/// next.</param>
/// <param name="AfterUnion">Change of the share merged after the union merge.</param>
/// <param name="Conflicts">Change of the share of naive conflicts.</param>
internal sealed record MergeStatistics(IReadOnlyList<MergeRates> BySetting, PairedDifference? AfterNaive, PairedDifference? AfterUnion,
    PairedDifference? Conflicts)
{
    public static MergeStatistics Of(CaseTable table)
    {
        bool areBoth = table.Settings.Contains(Setting.CoopComm) && table.Settings.Contains(Setting.CoopNocomm);
        return new MergeStatistics(
            [.. table.Settings.Where(setting => setting != Setting.Solo).Select(setting => MergeRates.Of(table, setting))],
            areBoth ? Change(table, run => run.Merged is MergeOutcome outcome ? outcome == MergeOutcome.MergeClean : null) : null,
            areBoth ? Change(table, run => run.Merged is MergeOutcome outcome ? outcome != MergeOutcome.MergeFailed : null) : null,
            areBoth ? Change(table, run => run.Conflicted) : null);
    }

    private static PairedDifference Change(CaseTable table, Func<AttemptResult, bool?> outcome)
    {
        bool? Of(Cell cell) => cell.Run is { IsMissingData: false } run ? outcome(run) : null;

        bool isSingle = table.SeedsOf(Setting.CoopComm).Count == 1 && table.SeedsOf(Setting.CoopNocomm).Count == 1;
        return PairedDifference.Of(
            [.. table.Pairs.Select(p => p.TaskIndex)], table.Scores(Setting.CoopNocomm, null, Of),
                table.Scores(Setting.CoopComm, null, Of), isSingle);
    }
}
