using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>What became of the patches in the evaluation's repository.</summary>
/// <param name="BaseCommit">HEAD of the fresh sandbox.</param>
/// <param name="ApplyStatus">One per patch.</param>
/// <param name="NaiveConflict">Whether git's own merge conflicted; null for a single patch, and where it was not tried.</param>
/// <param name="UnionConflict">Whether the union merge conflicted as well; null where it was not tried.</param>
/// <param name="Transcript">What git said.</param>
/// <param name="Diff">The difference to test, empty where nothing changed; null if neither merge worked, or the patches broke it
/// off.</param>
internal sealed record PatchMerge(
    string BaseCommit, IReadOnlyList<ApplyStatus> ApplyStatus, bool? NaiveConflict, bool? UnionConflict, string Transcript,
        ReadOnlyMemory<byte>? Diff)
{
    private const int TranscriptBytes = 64 * 1024;
    private const long MaxDiffBytes = 512L << 20;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(5);

    /// <summary>Protected paths that git found in the patches and the filter did not; the difference is without them.</summary>
    public IReadOnlyList<PatchOmission> Escaped { get; init; } = [];

    /// <summary>Whether each patch applied or was empty.</summary>
    public bool AllApplied => !ApplyStatus.Contains(Records.Runs.ApplyStatus.Failed);

    /// <summary>A single patch has nothing to merge with: always clean; whether it applied stands in <see cref="ApplyStatus"/>, and the
    /// tests say what it is worth.</summary>
    public MergeOutcome Outcome => ApplyStatus.Count == 1 ? MergeOutcome.MergeClean
        : !AllApplied || UnionConflict == true ? MergeOutcome.MergeFailed
        : NaiveConflict == true ? MergeOutcome.MergeUnion
        : MergeOutcome.MergeClean;

    /// <summary>Upstream's word; a patch that did not apply outweighs what the merge said.</summary>
    public MergeStatus? Status => ApplyStatus.Count == 1 ? null
        : !AllApplied ? MergeStatus.MissingInput
        : NaiveConflict == true ? MergeStatus.Conflicts
        : MergeStatus.Clean;

    public MergeStrategy? Strategy => (NaiveConflict, UnionConflict) switch
    {
        (null, _) or (_, true) => null,
        (false, _) => MergeStrategy.Naive,
        (true, _) => MergeStrategy.Union,
    };

    /// <summary>
    /// Applies the patches, each to a commit of its own, and merges them. From the first patch on, what agents wrote is in the sandbox, but
    /// nothing of it runs: git takes patches for data (it runs no hooks, and filters only as the image configures them), and the script
    /// takes no program from the repository. The border is drawn here all the same, one step before the runner, which is the first to run
    /// it: what the first tests need goes in with the patches, while all programs are the image's, and the difference is copied to where
    /// they look for it. The merge's command is the first without <see cref="ExecRequest.RunsNoAgentCode"/>: what is put later travels by
    /// the engine.
    /// </summary>
    /// <param name="sandbox">A fresh one; its work tree is left as the merge made it.</param>
    /// <param name="patches">As graded, with their agents' ids.</param>
    /// <param name="beside">Files that go in with the patches.</param>
    /// <param name="tests">What the case's tests bring: the difference is held against it once more, as git itself writes it, whatever
    /// form a patch had.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EvaluationFault">The repository could not be worked on.</exception>
    /// <exception cref="SandboxException">The sandbox failed, or the difference is too large
    /// (<see cref="SandboxFault.TooLarge"/>).</exception>
    public static async Task<PatchMerge> MakeAsync(
        ISandbox sandbox, IReadOnlyList<AgentPatch> patches, IReadOnlyList<SandboxFile> beside, DroppedPaths tests,
            CancellationToken cancellationToken)
    {
        string work = sandbox.Paths.Scratch + "/merge";
        SandboxFile FileOf(AgentPatch patch, int index) =>
            new(string.Create(CultureInfo.InvariantCulture, $"{work}/patch{index + 1}.patch"), patch.Content);
        await sandbox.PutFilesAsync([.. patches.Select(FileOf), .. beside], cancellationToken);
        ExecResult result = await sandbox.ExecAsync(
            ExecRequest.Shell(EvaluationScripts.Merge) with
            {
                Command = ["/bin/sh", "-c", EvaluationScripts.Merge, "merge", work, TestRun.DiffPath(sandbox),
                    .. patches.Select(patch => patch.AgentId)],
                Environment = EvaluationGit.Environment(sandbox.Paths),
                TimeLimit = TimeLimit,
                KeepBytes = TranscriptBytes,
            },
            cancellationToken);
        if (!TryRead(result, patches.Count, out PatchMerge? merge, out long size))
            throw EvaluationFault.Of("merge", result);
        if (size > MaxDiffBytes)
            throw new SandboxException(SandboxFault.TooLarge,
                $"The merged difference has {size} bytes; at most {MaxDiffBytes} are taken.");
        if (merge.UnionConflict == true)
            return merge;
        byte[] diff = await sandbox.GetFileAsync(work + "/merged.patch", MaxDiffBytes, cancellationToken)
            ?? throw EvaluationFault.Of("merge", result);
        GradedPatch tested = PatchFilter.Grade(diff, tests);
        if (tested.Dropped.Count > 0)
            await sandbox.PutFilesAsync([new SandboxFile(TestRun.DiffPath(sandbox), tested.Content)], cancellationToken);
        return merge with { Diff = tested.Content, Escaped = tested.Dropped };
    }

    /// <summary>A merge that the patches themselves broke off: as patches that do not apply, and nothing is tested.</summary>
    /// <param name="baseCommit">HEAD of a fresh sandbox.</param>
    /// <param name="patches">Those that broke it off.</param>
    /// <param name="why">How it ended.</param>
    public static PatchMerge BrokenOff(string baseCommit, IReadOnlyList<AgentPatch> patches, string why) => new(
        baseCommit,
        [.. patches.Select(patch => patch.Content.IsEmpty ? Records.Runs.ApplyStatus.Skipped : Records.Runs.ApplyStatus.Failed)],
        NaiveConflict: null,
        UnionConflict: null,
        Transcript: $"The patches could not be applied and merged within the bounds of the sandbox. The same without them works. {why}\n",
        Diff: null);

    private static bool TryRead(ExecResult result, int patches, [NotNullWhen(true)] out PatchMerge? merge, out long size)
    {
        (merge, size) = (null, 0);
        if (!result.Succeeded)
            return false;
        string[][] facts = [.. result.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        string? Fact(string name) => facts.SingleOrDefault(fact => fact[0] == name) is [_, string value] ? value : null;
        if (Fact("base") is not string baseCommit || facts is not [.., ["done"]])
            return false;
        ApplyStatus[] applied = [.. facts.Where(fact => fact[0] == "patch").Select(fact => fact[1] switch
        {
            "skipped" => Records.Runs.ApplyStatus.Skipped,
            "applied" => Records.Runs.ApplyStatus.Applied,
            _ => Records.Runs.ApplyStatus.Failed,
        })];
        if (applied.Length != patches)
            return false;
        if (Fact("size") is string bytes)
            size = long.Parse(bytes, NumberStyles.None, CultureInfo.InvariantCulture);
        merge = new PatchMerge(
            baseCommit,
            applied,
            Fact("naive") is string naive ? naive == "conflict" : null,
            Fact("union") is string union ? union == "conflict" : null,
            result.Stderr.Text,
            null);
        return true;
    }
}
