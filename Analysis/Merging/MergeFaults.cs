namespace Tandem.Analysis.Merging;

/// <summary>Something that keeps stores from being merged.</summary>
/// <param name="Store">The place of its store on the command line, from 0; faults are listed in this order.</param>
/// <param name="Where">The file, beginning with its store as the user named it; with its line, if it has one.</param>
/// <param name="What">What is wrong, a sentence.</param>
/// <param name="Next">What to do, a sentence.</param>
internal sealed record MergeFault(int Store, string Where, string What, string Next);

/// <summary>All that keeps stores from being merged, so that it is reported together. Safe for concurrent use.</summary>
internal sealed class MergeFaults
{
    private readonly Lock _lock = new();
    private readonly List<MergeFault> _faults = [];

    /// <summary>Store by store, then by file and line.</summary>
    public IReadOnlyList<MergeFault> All
    {
        get
        {
            lock (_lock)
                return [.. _faults.Distinct().OrderBy(fault => fault.Store).ThenBy(fault => fault.Where, StringComparer.Ordinal)];
        }
    }

    public void Add(MergeFault fault)
    {
        lock (_lock)
            _faults.Add(fault);
    }

    public void Add(MergePart part, string file, string what, string next, int? line = null) =>
        Add(new MergeFault(part.Store, part.NameOf(file, line), what, next));
}

/// <summary>Stores cannot be merged; nothing was changed.</summary>
internal sealed class MergeRefusedException(IReadOnlyList<MergeFault> faults) : Exception($"{faults.Count} faults")
{
    public IReadOnlyList<MergeFault> Faults => faults;
}
