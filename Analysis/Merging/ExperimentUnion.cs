using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>One experiment, joined from several stores: what is to be written so that the target holds what all of them hold.</summary>
internal sealed class ExperimentUnion
{
    private readonly MergePart _target;
    private readonly IReadOnlyList<MergePart> _sources;
    private readonly MergeFaults _faults;
    private readonly LineUnion _lines;
    private readonly ArtifactUnion _artifacts;
    private readonly List<MergeRow> _rows = [];

    private ExperimentUnion(MergePart target, IReadOnlyList<MergePart> sources, MergeFaults faults)
    {
        (_target, _sources, _faults) = (target, sources, faults);
        _lines = new LineUnion(faults);
        _artifacts = new ArtifactUnion(target, faults);
    }

    public StoreLayout Layout => _target.Layout;

    /// <summary>The plan to be written; null if the target has it.</summary>
    public byte[]? Plan { get; private set; }

    /// <summary>How the cases were divided into shards, to be written; null if the target has it, or no store does.</summary>
    public byte[]? Shards { get; private set; }

    /// <summary>Snapshots of the files of lines that the target lacks, or has less of; relative to the experiment's folder.</summary>
    public IEnumerable<(MergePart Part, string File)> Lines => _lines.ToCopy;

    /// <summary>The attempts' files that the target lacks, or has less of.</summary>
    public IReadOnlyCollection<PlannedCopy> Artifacts => _artifacts.ToCopy;

    /// <summary>A row per source.</summary>
    public IReadOnlyList<MergeRow> Rows => _rows;

    /// <summary>Checks all of it, and changes nothing.</summary>
    /// <param name="target">The experiment in the store that is merged into; need not be there.</param>
    /// <param name="sources">The experiment in the others, with their snapshots taken.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="notes">Takes what should be known.</param>
    public static ExperimentUnion Of(MergePart target, IReadOnlyList<MergePart> sources, MergeFaults faults, ICollection<string> notes)
    {
        var union = new ExperimentUnion(target, sources, faults);
        union.RequireQuiet();
        MergePart[] parts = [.. File.Exists(target.Layout.PlanFile) ? (MergePart[])[target] : [], .. sources];
        bool isScenarios = ScenarioReader.IsScenarios(parts[0].Layout);
        Dictionary<MergePart, string?> hashes = isScenarios ? union.JoinScenarioPlans(parts) : union.JoinPlans(parts, notes);
        union.JoinShards();
        foreach (MergePart part in new[] { target }.Concat(sources))
        {
            PartReader.Read(part, isScenarios, hashes.GetValueOrDefault(part), faults);
            union._lines.Add(part);
        }
        union.JoinArtifacts(notes);
        return union;
    }

    private void RequireQuiet()
    {
        string[] held = [.. ClaimFiles.Held(Layout).Select(claim => $"{claim.CaseId} by process {claim.Holder.Pid} on {claim.Holder.Host}"),
            .. ClaimFiles.HeldJudgements(Layout).Select(claim => $"{claim.Id} by process {claim.Holder.Pid} on {claim.Holder.Host}"),
            .. ClaimFiles.HeldScenarios(Layout).Select(claim => $"{claim.Id} by process {claim.Holder.Pid} on {claim.Holder.Host}")];
        if (held.Length > 0)
            _faults.Add(_target, "claims", $"The store that is merged into is in use: {held[0]} is claimed"
                + (held.Length > 1 ? $", and {held.Length - 1} more." : "."),
                "Wait until that run has ended, or merge into another folder. The stores that are merged may be in use.");
    }

    private Dictionary<MergePart, string?> JoinPlans(MergePart[] parts, ICollection<string> notes)
    {
        var union = new PlanUnion(_faults, notes);
        var hashes = new Dictionary<MergePart, string?>();
        foreach (MergePart part in parts)
        {
            if (ScenarioReader.IsScenarios(part.Layout))
            {
                RefuseKind(part, parts[0]);
                continue;
            }
            var reader = new StoreReader(part.Layout);
            if (Read(part, () => reader.ReadPlan(), reader.Faults) is not ExperimentPlan plan)
                continue;
            union.Add(part, plan);
            hashes[part] = plan.SettingsHash;
        }
        Plan = union.IsNew ? StoreJson.ToFile(union.Plan!) : null;
        return hashes;
    }

    private Dictionary<MergePart, string?> JoinScenarioPlans(MergePart[] parts)
    {
        var union = new ScenarioPlanUnion(_faults);
        foreach (MergePart part in parts)
        {
            if (!ScenarioReader.IsScenarios(part.Layout))
            {
                RefuseKind(part, parts[0]);
                continue;
            }
            var reader = new ScenarioReader(part.Layout);
            if (Read(part, () => reader.ReadPlan(), reader.Faults) is ScenarioPlan plan)
                union.Add(part, plan);
        }
        Plan = union.IsNew ? StoreJson.ToFile(union.Plan!) : null;
        return [];
    }

    private T? Read<T>(MergePart part, Func<T?> read, IReadOnlyList<StoreFault> faults)
        where T : class
    {
        T? plan = null;
        if (!RegularFile.IsOwn(part.Layout.PlanFile))
            _faults.Add(part, StoreLayout.PlanName, Odd.What, Odd.Next);
        else
            plan = read();
        foreach (StoreFault fault in faults)
            _faults.Add(part, fault.File, fault.What, "Put the file back from a backup.", fault.Line);
        return faults.Count == 0 ? plan : null;
    }

    private void RefuseKind(MergePart part, MergePart first) => _faults.Add(part, StoreLayout.PlanName,
        $"One of this and {first.NameOf(StoreLayout.PlanName)} is an experiment of scenarios, or cannot be read.",
        "Merge stores of one experiment alone.");

    /// <summary>The file follows from the plan and the division alone.</summary>
    private void JoinShards()
    {
        (MergePart Part, byte[] Content)? first = null;
        foreach (MergePart part in new[] { _target }.Concat(_sources))
        {
            string path = Path.Combine(part.Layout.ExperimentFolder, StoreLayout.ShardsName);
            if (!File.Exists(path))
                continue;
            if (!RegularFile.IsOwn(path))
                _faults.Add(part, StoreLayout.ShardsName, Odd.What, Odd.Next);
            else if (File.ReadAllBytes(path) is var content && first is null)
                (first, Shards) = ((part, content), part.IsTarget ? null : content);
            else if (!content.AsSpan().SequenceEqual(first.Value.Content))
                _faults.Add(part, StoreLayout.ShardsName, "The cases are divided into shards in another way than in "
                    + $"{first.Value.Part.NameOf(StoreLayout.ShardsName)}: cases would be in two shards, or in none.",
                    "Merge the shards of one division alone.");
        }
    }

    private void JoinArtifacts(ICollection<string> notes)
    {
        HashSet<string> known = [.. _target.Records.AttemptNames];
        foreach (MergePart part in _sources)
        {
            int open = _artifacts.Add(part);
            if (open > 0)
                notes.Add($"{part.NameOf("")}: {open} attempt{(open == 1 ? " has" : "s have")} no record yet: at work, or killed. "
                    + $"{(open == 1 ? "Its files are" : "Their files are")} merged as they stand.");
            if (part.Records.Uncompared > 0)
                notes.Add($"{part.NameOf("")}: {part.Records.Uncompared} record{(part.Records.Uncompared == 1 ? " has" : "s have")} no "
                    + "copy to be compared with, as imported ones. A change that leaves such a line readable cannot be seen.");
            (int all, int added) = (part.Records.AttemptNames.Count, part.Records.AttemptNames.Count(known.Add));
            PlannedCopy[] artifacts = [.. _artifacts.ToCopy.Where(copy => ReferenceEquals(copy.Part, part))];
            long[] lines = [.. _lines.ToCopy.Where(copy => ReferenceEquals(copy.Part, part))
                .Select(copy => new FileInfo(Path.Combine(part.Lines.ExperimentFolder, copy.File)).Length)];
            _rows.Add(new MergeRow(part.StoreName, Layout.Experiment, artifacts.Length + lines.Length, added, all - added,
                artifacts.Sum(copy => copy.Length) + lines.Sum()));
        }
    }
}

/// <summary>What one store gives to one experiment.</summary>
/// <param name="Store">As the user named it.</param>
/// <param name="Experiment">The experiment.</param>
/// <param name="Files">Files that are copied.</param>
/// <param name="AttemptsNew">Attempts with a record that the target does not have.</param>
/// <param name="AttemptsKnown">Attempts with a record that it has, or that a store before this one gives.</param>
/// <param name="Bytes">What is copied.</param>
internal sealed record MergeRow(string Store, string Experiment, int Files, int AttemptsNew, int AttemptsKnown, long Bytes);
