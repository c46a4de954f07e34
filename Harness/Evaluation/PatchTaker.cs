using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>An agent's work as a patch against the base commit, bytes unchanged.</summary>
/// <param name="Content">The patch; empty if nothing was changed.</param>
/// <param name="Source">Where it came from.</param>
internal sealed record TakenPatch(byte[] Content, PatchSource Source);

/// <summary>Takes an agent's patch from its sandbox, whatever state the agent left it in.</summary>
internal static class PatchTaker
{
    /// <summary>A patch above this size is refused: no reviewer and no merge could use it.</summary>
    public const long MaxPatchBytes = 64L << 20;

    // A copy of the index keeps what git knows of unchanged files; the agent's own index stays as it is. New files are added, ignored ones
    // are not.
    private const string Script = """
        set -e
        base=$1 work=$2
        index="$work/patch-index"
        rm -f "$index" "$index.lock" "$work/work_tree.patch"
        own=$(git rev-parse --git-path index)
        if [ -f "$own" ]; then cp "$own" "$index"; fi
        export GIT_INDEX_FILE="$index"
        git add -A . || { rm -f "$index"; git read-tree "$base"; git add -A .; }
        # As git diff, but deaf to what the repository configures for people's eyes (context, prefixes, colours).
        git diff-index --cached -p --binary --full-index --no-renames --no-ext-diff --no-textconv "$base" -- > "$work/work_tree.patch"
        """;

    // For a sandbox whose disk is full: what git must write goes into memory, beside the repository's own objects.
    private const string ScriptInMemory = """
        memory=$(mktemp -d /dev/shm/tandem-XXXXXX) || exit 1
        trap 'rm -rf "$memory"' EXIT
        export GIT_ALTERNATE_OBJECT_DIRECTORIES="$(cd "$(git rev-parse --git-path objects)" && pwd)" GIT_OBJECT_DIRECTORY="$memory"
        set -- "$1" "$memory"
        exec 3>&1 >&2

        """ + Script + """

        cat "$memory/work_tree.patch" >&3
        """;

    /// <summary>Takes the patch: the submission file if the agent left one, else the difference of the work tree against the base
    /// commit.</summary>
    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    /// <exception cref="InvalidDataException">There is no patch to be had: the agent destroyed the repository, or it is larger than
    /// <see cref="MaxPatchBytes"/>.</exception>
    public static async Task<TakenPatch> TakeAsync(ISandbox sandbox, string baseCommit, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? submitted = await sandbox.GetFileAsync(sandbox.Paths.SubmissionFile, MaxPatchBytes, cancellationToken);
            if (submitted is { Length: > 0 })
                return new TakenPatch(submitted, PatchSource.Submission);
            (byte[]? patch, ExecResult result) = await TryTakeAsync(sandbox, baseCommit, cancellationToken);
            // A full disk is first: a sandbox whose disk is full may not come back from a reset.
            patch ??= await TryTakeInMemoryAsync(sandbox, baseCommit, cancellationToken);
            if (patch is null)
            {
                // What the agent left running may kill git, leave it neither process nor memory, or write where it reads.
                await sandbox.ResetProcessesAsync(cancellationToken);
                (patch, result) = await TryTakeAsync(sandbox, baseCommit, cancellationToken);
                // The memory that it had filled is empty again.
                patch ??= await TryTakeInMemoryAsync(sandbox, baseCommit, cancellationToken);
            }
            return patch is not null
                ? new TakenPatch(patch, PatchSource.WorkTree)
                : throw new InvalidDataException(
                $"git could not say what the agent changed ({result.Outcome}, exit code {result.ExitCode}): {Tail(result.Stderr.Text)}");
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.TooLarge)
        {
            throw new InvalidDataException($"The patch is larger than {MaxPatchBytes >> 20} MiB.", exception);
        }
    }

    /// <summary>The commit that patches are taken against: where the repository stands before an agent works.</summary>
    /// <exception cref="SandboxException">The sandbox is lost, or its image has no repository.</exception>
    public static async Task<string> ReadBaseCommitAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        var request = new ExecRequest
        { Command = ["git", "rev-parse", "--verify", "HEAD"], Environment = HermeticGit.Environment, RunsNoAgentCode = true };
        ExecResult result = await sandbox.ExecAsync(request, cancellationToken);
        string commit = result.Stdout.Text.Trim();
        return result.Succeeded && commit.Length == 40
            ? commit
            : throw new SandboxException(
                result.Outcome == ExecOutcome.SandboxLost ? SandboxFault.Lost : SandboxFault.Image,
                $"The image has no git repository at {sandbox.Paths.Repo} ({result.Outcome}, exit code {result.ExitCode}): "
                    + $"{(result.Detail ?? result.Stderr.Text).Trim()}");
    }

    private static async Task<(byte[]? Patch, ExecResult Result)> TryTakeAsync(ISandbox sandbox, string baseCommit,
        CancellationToken cancellationToken)
    {
        ExecResult result = await ExecAsync(sandbox, Script, baseCommit, keepBytes: 64 * 1024, cancellationToken);
        string patch = sandbox.Paths.Scratch + "/work_tree.patch";
        return (result.Succeeded ? await sandbox.GetFileAsync(patch, MaxPatchBytes, cancellationToken) : null, result);
    }

    private static async Task<byte[]?> TryTakeInMemoryAsync(ISandbox sandbox, string baseCommit, CancellationToken cancellationToken)
    {
        ExecResult result = await ExecAsync(sandbox, ScriptInMemory, baseCommit, (int)MaxPatchBytes, cancellationToken);
        return result.Succeeded && result.Stdout.OmittedBytes == 0 ? [.. result.Stdout.Head.Span, .. result.Stdout.Tail.Span] : null;
    }

    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    private static async Task<ExecResult> ExecAsync(ISandbox sandbox, string script, string baseCommit, int keepBytes,
        CancellationToken cancellationToken)
    {
        var request = new ExecRequest
        {
            Command = ["/bin/sh", "-c", script, "take-patch", baseCommit, sandbox.Paths.Scratch],
            Environment = EvaluationGit.Environment(sandbox.Paths),
            TimeLimit = TimeSpan.FromMinutes(2),
            KeepBytes = keepBytes,
        };
        ExecResult result = await sandbox.ExecAsync(request, cancellationToken);
        return result.Outcome != ExecOutcome.SandboxLost
            ? result
            : throw new SandboxException(SandboxFault.Lost, $"The sandbox was lost before the patch could be taken: {result.Detail}");
    }

    private static string Tail(string text) => text.Length <= 500 ? text.Trim() : text[^500..].Trim();
}
