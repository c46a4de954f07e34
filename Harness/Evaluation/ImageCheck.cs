using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Evaluation;

/// <summary>Whether an image is one of a task: looked at in a fresh sandbox, before any agent is paid.</summary>
internal static class ImageCheck
{
    /// <summary><c>check SCRATCH</c>: one word and what belongs to it.</summary>
    private const string Script = """
        for program in git bash; do
            command -v "$program" > /dev/null || { echo "lacks $program"; exit 0; }
        done
        commit=$(git rev-parse --verify 'HEAD^{commit}') || { echo "bare $?"; exit 0; }
        user=$(id -u)
        # A file of its own the user can open; a link may lead anywhere.
        may_write() {
            if [ -e "$1" ] && [ ! -L "$1" ] && [ ! -w "$1" ] && { [ ! -f "$1" ] || [ ! -O "$1" ]; }; then echo "closed $user $1"; exit 0; fi
        }
        if [ "$user" != 0 ]; then
            git_dir=$(git rev-parse --absolute-git-dir)
            for folder in "$PWD" "$git_dir" "$git_dir/objects" "$git_dir/refs" "$git_dir/index" "$1"; do may_write "$folder"; done
            closed=$(git ls-tree -r -t -z --name-only "$commit" | tr '\0' '\n' | while IFS= read -r path; do may_write "$path"; done)
            if [ -n "$closed" ]; then echo "$closed"; exit 0; fi
        fi
        echo "commit $commit"
        """;

    /// <summary>Reads the commit that patches are taken against: where the repository stands before an agent works.</summary>
    /// <exception cref="SandboxException">The sandbox is lost, or its image lacks what an agent or the evaluation needs.</exception>
    public static async Task<string> ReadBaseCommitAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        var request = new ExecRequest
        {
            Command = ["/bin/sh", "-c", Script, "check", sandbox.Paths.Scratch],
            Environment = HermeticGit.Environment,
            RunsNoAgentCode = true,
        };
        ExecResult result = await sandbox.ExecAsync(request, cancellationToken);
        string detail = (result.Detail ?? result.Stderr.Text).Trim();
        if (result.Outcome == ExecOutcome.SandboxLost)
            throw new SandboxException(SandboxFault.Lost, $"The sandbox was lost before an agent could begin: {detail}");
        string[] said = result.Stdout.Text.Trim().Split(' ', 3);
        if (result.Succeeded && said is ["commit", string commit] && commit.Length is 40 or 64)
            return commit;
        throw new SandboxException(SandboxFault.Image, said switch
        {
            ["lacks", string program] => $"The image has no {program}, which {(program == "git" ? "takes and applies patches"
                : "runs runner.sh")}. Let the task's Dockerfile install it.",
            ["bare", ..] => $"The image has no git repository with a commit at {sandbox.Paths.Repo}: {detail}",
            ["closed", string user, string path] => $"The image's user ({user}) cannot write to {path}, where agents and tests must. Let "
                + $"the task's Dockerfile give it to that user (RUN chown -R {user} {sandbox.Paths.Repo}) or end with USER root.",
            _ when result.Outcome == ExecOutcome.NotStarted =>
                $"No program can be run in the image. It must have /bin/sh, timeout and cat, made for the engine's processor: "
                    + detail,
            _ => $"The image has no usable git repository at {sandbox.Paths.Repo} ({result.Outcome}, exit code {result.ExitCode}): "
                + detail,
        })
        { MayPass = said is ["lacks" or "bare" or "closed", ..] ? false : null };
    }
}
