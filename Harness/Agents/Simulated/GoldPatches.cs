using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>What the simulation takes its work from: the gold patches of a task. Real agents see none of them.</summary>
internal sealed class GoldPatches
{
    private readonly Dictionary<int, PatchText> _features;

    public GoldPatches(CodingTask task)
    {
        _features = task.Features.Where(feature => File.Exists(feature.GoldPatchFile))
            .ToDictionary(feature => feature.Id, feature => PatchText.Read(feature.GoldPatchFile));
        Combined = File.Exists(task.CombinedPatchFile) ? PatchText.Read(task.CombinedPatchFile) : null;
    }

    /// <summary>All features together; null if the task has no such patch.</summary>
    public PatchText? Combined { get; }

    public IEnumerable<PatchText> All => _features.Values;

    /// <exception cref="FileNotFoundException">The feature has no gold patch.</exception>
    public PatchText Of(int featureId) => _features.TryGetValue(featureId, out PatchText? patch)
        ? patch
        : throw new FileNotFoundException($"The simulated agent needs the gold patch of feature {featureId}, which is not there.");

    /// <summary>Those of the features that are not among these.</summary>
    public IEnumerable<PatchText> Besides(FeatureSet features) =>
        _features.Where(feature => !features.Contains(feature.Key)).Select(feature => feature.Value);

    /// <summary>
    /// A patch that is not right: the last hunk that adds code to a file which was there before is left out; if there is none, the last
    /// file that adds something. The patch alone decides.
    /// </summary>
    public static PatchText Weaken(PatchText gold)
    {
        FilePatch? weakened = gold.Files.LastOrDefault(file => !file.IsDocument && !file.IsNew && file.Hunks.Any(AddsSomething));
        if (weakened is not null)
        {
            Hunk left = weakened.Hunks.Last(AddsSomething);
            Hunk[] kept = [.. weakened.Hunks.Where(hunk => hunk != left)];
            return gold.With(weakened.Path, kept.Length > 0 ? weakened with { Hunks = kept } : null);
        }
        FilePatch? dropped = gold.Files.LastOrDefault(file => !file.IsDocument && file.Added > 0)
            ?? (gold.Files is [.., FilePatch last] ? last : null);
        return dropped is null ? gold : gold.With(dropped.Path, null);
    }

    private static bool AddsSomething(Hunk hunk) => hunk.Lines.Any(line => line.StartsWith('+'));
}
