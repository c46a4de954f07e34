using Tandem.Records.Cases;

namespace Tandem.Analysis.Data;

/// <summary>All records of one case, by attempt and revision, and which of them stands for it.</summary>
internal sealed class CaseRuns(CaseId caseId, bool isPlanned)
{
    private readonly List<RunFacts> _runs = [];

    public CaseId CaseId { get; } = caseId;

    /// <summary>Whether the plan has the case.</summary>
    public bool IsPlanned { get; } = isPlanned;

    public IReadOnlyList<RunFacts> Runs => _runs;

    /// <summary>The record that counts; null if the case is missing data.</summary>
    public RunFacts? Counting { get; private set; }

    /// <summary>The record that stands for the case: the one that counts, else the latest, which shows why data is missing; null if there
    /// is none.</summary>
    public RunFacts? Chosen => Counting ?? (_runs.Count > 0 ? _runs[^1] : null);

    public void Add(RunFacts run)
    {
        Tandem.Records.Store.Counting.Insert(_runs, run);
        Counting = Tandem.Records.Store.Counting.Of(_runs);
    }
}
