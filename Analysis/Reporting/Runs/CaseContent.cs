using Tandem.Analysis.Data;
using Tandem.Analysis.Judgements;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>What a case's page shows, read from the store.</summary>
/// <param name="Layout">The experiment in its store.</param>
/// <param name="History">The case's records in full.</param>
/// <param name="IsPlanned">Whether the plan names the case.</param>
/// <param name="Difficulty">Of its pair; null if no solo run of it counts.</param>
internal sealed record CaseContent(StoreLayout Layout, CaseHistory History, bool IsPlanned, Difficulty? Difficulty)
{
    public CaseId CaseId => History.CaseId;

    /// <summary>By attempt and revision.</summary>
    public IReadOnlyList<RunRecord> Records => History.Records;

    /// <summary>The record that stands for the case; null if it has none.</summary>
    public RunRecord? Chosen { get; } = History.Chosen;

    /// <summary>Whether <see cref="Chosen"/> counts; else it only shows why data is missing.</summary>
    public bool Counts => History.Counting is not null;

    public RunStatus Status { get; } = RunStatusReader.Of(Layout, History.CaseId, History);

    /// <summary>What judges said of it, by rubric, judge and repetition.</summary>
    public IReadOnlyList<Reading> Readings { get; init; } = [];

    /// <summary>Attempts that left a folder and no record.</summary>
    public IReadOnlyList<int> FoldersOnly { get; } =
        [.. Layout.AttemptNumbers(History.CaseId).Except(History.Records.Select(record => record.Attempt))];

    /// <summary>Whether there is anything to show on a page of its own.</summary>
    public bool HasPage => Records.Count > 0 || FoldersOnly.Count > 0;

    /// <exception cref="UnreadableStoreException">A run file changed since the dataset was read.</exception>
    public static CaseContent Read(Dataset dataset, CaseResults results, RecordSource source)
    {
        var history = new CaseHistory(results.CaseId);
        foreach (AttemptResult result in results.Records)
            history.Add(source.Record(result.Place));
        return new CaseContent(dataset.Layout, history, results.IsPlanned, dataset.Difficulties.For(results.CaseId));
    }
}
