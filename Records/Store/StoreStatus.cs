using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>
/// Where the cases of one experiment stand, by its files alone. <see cref="Refresh"/> reads all the first time, and afterwards only what
/// has changed, so that it can be asked every second. Not safe for concurrent use.
/// </summary>
public sealed class StoreStatus
{
    private readonly IReadOnlyList<CaseId>? _planned;
    private readonly SortedDictionary<string, RunFileTail> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<CaseId, CaseStanding> _standings = [];
    private readonly List<StoreFault> _planFaults = [];
    private (long Length, DateTime WrittenUtc) _planRead;
    private bool _hasRead;

    /// <summary>Makes one that has read nothing yet.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="planned">The cases, in their order; null takes them from the store's plan.</param>
    public StoreStatus(StoreLayout layout, IReadOnlyList<CaseId>? planned = null) => (Layout, _planned) = (layout, planned);

    public StoreLayout Layout { get; }

    /// <summary>The planned cases, in the plan's order.</summary>
    public IReadOnlyList<CaseStanding> Cases { get; private set; } = [];

    /// <summary>Those that a process is at work on, in the plan's order.</summary>
    public IReadOnlyList<RunningCase> Running { get; private set; } = [];

    /// <summary>The first lines of the run files that were read: who wrote them.</summary>
    public IEnumerable<RunFileHeader> Headers => _files.Values.Select(file => file.Header).OfType<RunFileHeader>();

    /// <summary>What of the store could not be read.</summary>
    public IReadOnlyList<StoreFault> Faults => [.. _planFaults, .. _files.Values.SelectMany(file => file.Faults)];

    /// <summary>Reads what has changed.</summary>
    public void Refresh()
    {
        ReadPlan();
        HashSet<CaseId> changed = ReadRecords();
        changed.UnionWith(Running.Select(running => running.CaseId));
        Dictionary<CaseId, ProcessIdentity> held = ClaimFiles.Held(Layout).DistinctBy(claim => claim.CaseId)
            .ToDictionary(claim => claim.CaseId, claim => claim.Holder);
        changed.UnionWith(held.Keys);
        CaseStanding[] dirty = _hasRead ? [.. Cases.Where(standing => changed.Contains(standing.CaseId))] : [.. Cases];
        Parallel.ForEach(dirty, standing => standing.Status = RunStatusReader.Of(Layout, standing.CaseId, standing));
        // An attempt may be open although nothing shows its claim: the claim's note may be lost.
        Running = [.. Cases
            .Where(standing => held.ContainsKey(standing.CaseId) || standing.Status is RunStatus.Partial
            || (standing.Status is RunStatus.Results && standing.Counting is null))
            .Select(standing => RunningCase.TryRead(Layout, standing.CaseId, standing.Latest?.Attempt ?? 0)
                ?? (held.TryGetValue(standing.CaseId, out ProcessIdentity? holder)
                ? new RunningCase(standing.CaseId, null, null, [], holder) : null))
            .OfType<RunningCase>()];
        _hasRead = true;
    }

    private void ReadPlan()
    {
        if (_planned is null)
        {
            var file = new FileInfo(Layout.PlanFile);
            var stamp = file.Exists ? (file.Length, file.LastWriteTimeUtc) : default;
            if (_hasRead && stamp == _planRead)
                return;
            _planRead = stamp;
            var reader = new StoreReader(Layout);
            ExperimentPlan? plan = reader.ReadPlan();
            _planFaults.Clear();
            _planFaults.AddRange(reader.Faults);
            if (plan is not null)
                TakePlan(plan.Cases);
        }
        else if (!_hasRead)
        {
            TakePlan(_planned);
        }
    }

    private void TakePlan(IReadOnlyList<CaseId> cases)
    {
        Cases = [.. cases.Distinct().Select(StandingOf)];
        _hasRead = false;
    }

    private HashSet<CaseId> ReadRecords()
    {
        foreach (string path in Layout.RunFiles())
        {
            if (!_files.ContainsKey(path))
                _files[path] = new RunFileTail(Layout, path);
        }
        RunFileTail[] files = [.. _files.Values];
        var read = new IReadOnlyList<RunRecord>[files.Length];
        Parallel.For(0, files.Length, i => read[i] = files[i].ReadOn());
        var changed = new HashSet<CaseId>();
        foreach (RunRecord record in read.SelectMany(records => records))
        {
            StandingOf(record.CaseId).Add(record);
            changed.Add(record.CaseId);
        }
        return changed;
    }

    private CaseStanding StandingOf(CaseId caseId)
    {
        if (!_standings.TryGetValue(caseId, out CaseStanding? standing))
            _standings[caseId] = standing = new CaseStanding(caseId);
        return standing;
    }
}
