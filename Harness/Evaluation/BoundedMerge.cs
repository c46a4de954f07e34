using System.Globalization;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>
/// A merge that the patches may break off: a short patch can become gigabytes when it is applied, or take git hours. Where it does not come
/// to its end, the same merge without the patches tells whose fault that is: if that one works, it is the patches'.
/// </summary>
/// <param name="sandbox">Gives fresh ones.</param>
/// <param name="beside">Files that go in with the patches.</param>
internal sealed class BoundedMerge(SuccessiveSandbox sandbox, Func<ISandbox, IReadOnlyList<SandboxFile>> beside)
{
    // What patches must have brought before a full disk is theirs. An honest one is on the disk about five times: as patch, as file, as
    // object, and in the difference.
    private const long LeastBytes = 64L << 20;
    private const int LeastTimesItsLength = 16;

    // Kibibytes of the repository and of what is beside it, added up.
    private const string Weigh = """du -sk . "$1" | { sum=0; while read -r size _; do sum=$((sum + size)); done; echo "$sum"; }""";

    /// <summary>Makes it; the sandbox of now is then the merge's.</summary>
    /// <param name="patches">As graded.</param>
    /// <param name="tests">What the case's tests bring.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EvaluationFault">The repository could not be worked on, without the patches either.</exception>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public async Task<PatchMerge> MakeAsync(IReadOnlyList<AgentPatch> patches, DroppedPaths tests, CancellationToken cancellationToken)
    {
        try
        {
            return await MakeFreshAsync(patches, tests, cancellationToken);
        }
        catch (Exception exception) when (MayBeThePatches(exception) && patches.Any(patch => !patch.Content.IsEmpty))
        {
            bool isDisk = exception is EvaluationFault { Class: ErrorClass.Disk };
            long weight = isDisk ? await WeighAsync(cancellationToken) : 0;
            PatchMerge without = await MakeFreshAsync([.. patches.Select(patch => patch with { Content = default })], tests,
                cancellationToken);
            long most = LeastBytes + (LeastTimesItsLength * patches.Sum(patch => (long)patch.Content.Length));
            if (isDisk && weight - await WeighAsync(cancellationToken) < most)
                throw;
            return PatchMerge.BrokenOff(without.BaseCommit, patches, exception.Message);
        }
    }

    private async Task<PatchMerge> MakeFreshAsync(IReadOnlyList<AgentPatch> patches, DroppedPaths tests,
        CancellationToken cancellationToken)
    {
        ISandbox fresh = await sandbox.RenewAsync(cancellationToken);
        return await PatchMerge.MakeAsync(fresh, patches, beside(fresh), tests, cancellationToken);
    }

    /// <summary>A sandbox that is lost and an engine that refuses are nobody's patch; a merge that ends otherwise than by itself, or in too
    /// large a difference, may be.</summary>
    private static bool MayBeThePatches(Exception exception) => exception switch
    {
        EvaluationFault fault => fault.Class != ErrorClass.SandboxLost,
        SandboxException sandbox => sandbox.Fault is SandboxFault.TooLarge or SandboxFault.Broken,
        _ => false,
    };

    /// <returns>Bytes; 0 if that cannot be known.</returns>
    private async Task<long> WeighAsync(CancellationToken cancellationToken)
    {
        ISandbox current = sandbox.Current;
        ExecResult result = await current.ExecAsync(
            new ExecRequest { Command = ["/bin/sh", "-c", Weigh, "weigh", current.Paths.Scratch] }, cancellationToken);
        return result.Succeeded && long.TryParse(result.Stdout.Text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size << 10 : 0;
    }
}
