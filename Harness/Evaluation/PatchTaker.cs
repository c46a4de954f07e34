using System.Globalization;
using System.Text;
using Tandem.Harness.Evaluation.Patches;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>An agent's work as a patch against the base commit, bytes unchanged.</summary>
/// <param name="Content">The patch; empty if nothing was changed.</param>
/// <param name="Source">Where it came from.</param>
internal sealed record TakenPatch(byte[] Content, PatchSource Source)
{
    /// <summary>What the agent did and the patch does not hold.</summary>
    public IReadOnlyList<PatchOmission> LeftOut { get; init; } = [];

    /// <summary>What is to be said of the submission file; null if there was none.</summary>
    public SubmissionState? Submission { get; init; }

    /// <summary>The submission file where it is not the patch; null if it is, or holds nothing.</summary>
    public byte[]? RefusedSubmission { get; init; }
}

/// <summary>Takes an agent's patch from its sandbox, whatever state the agent left it in.</summary>
internal static class PatchTaker
{
    /// <summary>A patch above this size is refused: no reviewer and no merge could use it.</summary>
    public const long MaxPatchBytes = 64L << 20;

    /// <summary>A patch of more sections is refused: each takes memory of the harness, which is all cases'.</summary>
    public const int MaxSections = 100_000;

    private const long MaxLeftOutBytes = 1L << 20;

    /// <summary>Takes the patch: the submission file if the agent left one that applies, else the difference of the work tree against the
    /// base commit. A submission that does not apply is taken all the same where the work tree has nothing.</summary>
    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    /// <exception cref="InvalidDataException">There is no patch to be had: the agent destroyed the repository, or it is larger than
    /// <see cref="MaxPatchBytes"/> or has more than <see cref="MaxSections"/>.</exception>
    public static async Task<TakenPatch> TakeAsync(ISandbox sandbox, string baseCommit, CancellationToken cancellationToken)
    {
        TakenPatch taken = await TakeAnyAsync(sandbox, baseCommit, cancellationToken);
        return PatchSection.Count(taken.Content) <= MaxSections ? taken
            : throw new InvalidDataException($"The patch changes more than {MaxSections} files.");
    }

    private static async Task<TakenPatch> TakeAnyAsync(ISandbox sandbox, string baseCommit, CancellationToken cancellationToken)
    {
        (byte[]? submitted, SubmissionState? state) = await ReadSubmissionAsync(sandbox, baseCommit, cancellationToken);
        if (state is SubmissionState.Applies or SubmissionState.NotChecked)
            return new TakenPatch(submitted!, PatchSource.Submission) { Submission = state };
        try
        {
            TakenPatch taken = await TakeWorkTreeAsync(sandbox, baseCommit, cancellationToken);
            if (submitted is null || taken.Content.Length > 0)
                return taken with { Submission = state, RefusedSubmission = submitted };
        }
        catch (InvalidDataException) when (submitted is not null)
        {
            // The submission is all there is.
        }
        return new TakenPatch(submitted, PatchSource.Submission) { Submission = state };
    }

    private static async Task<(byte[]? Content, SubmissionState? State)> ReadSubmissionAsync(ISandbox sandbox, string baseCommit,
        CancellationToken cancellationToken)
    {
        byte[]? submitted;
        try
        {
            submitted = await sandbox.GetFileAsync(sandbox.Paths.SubmissionFile, MaxPatchBytes, cancellationToken);
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.Broken)
        {
            // Its folder is none any more. If all of the sandbox is lost, what comes next says so.
            return (null, null);
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.TooLarge)
        {
            return (null, SubmissionState.TooLarge);
        }
        if (submitted is null or { Length: 0 })
            return (null, null);
        if (PatchFilter.IsBlank(submitted))
            return (null, SubmissionState.Blank);
        if (PatchSection.Count(submitted) > MaxSections)
            return (null, SubmissionState.TooLarge);
        int? code = await CheckAsync(sandbox, sandbox.Paths.SubmissionFile, baseCommit, cancellationToken);
        if (code == DoesNotApply)
        {
            // What is graded decides: without sections that are dropped anyway, and with an end of its last line.
            string graded = sandbox.Paths.Scratch + "/submission-as-graded.patch";
            ReadOnlyMemory<byte> content = PatchFilter.Grade(submitted, DroppedPaths.None).Content;
            try
            {
                await sandbox.PutFilesAsync([new SandboxFile(graded, content)], cancellationToken);
                code = content.IsEmpty ? 0 : await CheckAsync(sandbox, graded, baseCommit, cancellationToken);
            }
            catch (SandboxException exception) when (exception.Fault == SandboxFault.Broken)
            {
                code = null;
            }
        }
        return (submitted, code switch
        {
            0 => SubmissionState.Applies,
            DoesNotApply => SubmissionState.DoesNotApply,
            _ => SubmissionState.NotChecked,
        });
    }

    private const int DoesNotApply = 1;

    private static async Task<int?> CheckAsync(ISandbox sandbox, string file, string baseCommit, CancellationToken cancellationToken) =>
        (await ExecAsync(sandbox, PatchScripts.Check, [baseCommit, file, sandbox.Paths.Scratch + "/submission-index"], keepBytes: 4096,
            cancellationToken)).ExitCode;

    private static async Task<TakenPatch> TakeWorkTreeAsync(ISandbox sandbox, string baseCommit, CancellationToken cancellationToken)
    {
        try
        {
            (byte[]? taken, ExecResult result) = await TryTakeAsync(sandbox, baseCommit, cancellationToken);
            // A full disk is first: a sandbox whose disk is full may not come back from a reset.
            if (result.Outcome != ExecOutcome.TimedOut)
                taken ??= await TryTakeInMemoryAsync(sandbox, baseCommit, cancellationToken);
            if (taken is null)
            {
                // What the agent left running may kill git, leave it neither process nor memory, or write where it reads.
                await sandbox.ResetProcessesAsync(cancellationToken);
                (taken, result) = await TryTakeAsync(sandbox, baseCommit, cancellationToken);
                // The memory that it had filled is empty again.
                if (result.Outcome != ExecOutcome.TimedOut)
                    taken ??= await TryTakeInMemoryAsync(sandbox, baseCommit, cancellationToken);
            }
            return taken is not null ? Read(taken) : throw new InvalidDataException(
                $"git could not say what the agent changed ({result.Outcome}, exit code {result.ExitCode}): {Tail(result.Stderr.Text)}");
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.TooLarge)
        {
            throw new InvalidDataException($"The patch is larger than {MaxPatchBytes >> 20} MiB.", exception);
        }
    }

    /// <summary>Splits what the script leaves: <c>word path NUL</c> for each thing left out, a NUL, the patch.</summary>
    private static TakenPatch Read(byte[] taken)
    {
        var leftOut = new List<PatchOmission>();
        int at = 0;
        while (at < taken.Length)
        {
            int length = taken.AsSpan(at).IndexOf((byte)0);
            if (length <= 0)
            {
                at++;
                break;
            }
            string[] entry = Encoding.UTF8.GetString(taken, at, length).Split(' ', 2);
            leftOut.Add(new PatchOmission(entry[^1], EnumNames.TryParse(entry[0], out OmissionReason reason) ? reason
                : OmissionReason.NotReadable));
            at += length + 1;
        }
        return new TakenPatch(taken[at..], PatchSource.WorkTree) { LeftOut = PatchOmission.Bounded(leftOut) };
    }

    private static async Task<(byte[]? Patch, ExecResult Result)> TryTakeAsync(ISandbox sandbox, string baseCommit,
        CancellationToken cancellationToken)
    {
        ExecResult result = await ExecAsync(sandbox, PatchScripts.Take, Arguments(sandbox, baseCommit), keepBytes: 64 * 1024,
            cancellationToken);
        string patch = sandbox.Paths.Scratch + "/work_tree.patch";
        return (result.Succeeded ? await sandbox.GetFileAsync(patch, MaxPatchBytes + MaxLeftOutBytes, cancellationToken) : null, result);
    }

    private static async Task<byte[]?> TryTakeInMemoryAsync(ISandbox sandbox, string baseCommit, CancellationToken cancellationToken)
    {
        ExecResult result = await ExecAsync(sandbox, PatchScripts.TakeInMemory, Arguments(sandbox, baseCommit),
            (int)(MaxPatchBytes + MaxLeftOutBytes), cancellationToken);
        return result.Succeeded && result.Stdout.OmittedBytes == 0 ? [.. result.Stdout.Head.Span, .. result.Stdout.Tail.Span] : null;
    }

    private static string[] Arguments(ISandbox sandbox, string baseCommit) =>
        [baseCommit, sandbox.Paths.Scratch, MaxPatchBytes.ToString(CultureInfo.InvariantCulture), .. CacheFolders.Pathspecs];

    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    private static async Task<ExecResult> ExecAsync(ISandbox sandbox, string script, IReadOnlyList<string> arguments, int keepBytes,
        CancellationToken cancellationToken)
    {
        var request = new ExecRequest
        {
            Command = ["/bin/sh", "-c", script, "take-patch", .. arguments],
            Environment = EvaluationGit.Environment(sandbox.Paths),
            TimeLimit = TimeSpan.FromMinutes(2),
            KeepBytes = keepBytes,
        };
        ExecResult result = await sandbox.ExecAsync(request, cancellationToken);
        return result.Outcome switch
        {
            ExecOutcome.SandboxLost => throw new SandboxException(SandboxFault.Lost,
                $"The sandbox was lost before the patch could be taken: {result.Detail}"),
            ExecOutcome.SandboxBroken => throw new SandboxException(SandboxFault.Broken,
                $"What the agent ran has made its sandbox unusable before the patch could be taken: {result.Detail}"),
            _ => result,
        };
    }

    private static string Tail(string text) => text.Length <= 500 ? text.Trim() : text[^500..].Trim();
}
