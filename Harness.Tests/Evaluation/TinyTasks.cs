using System.Globalization;
using System.Text;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>
/// Tasks about one tiny repository in which everything is set up that has broken evaluations: hooks that reject, signing, stale locks,
/// branches of the agents' names, dirt in the work tree, attribute files without a final line feed. Tests bring their own features, patches
/// and runners.
/// </summary>
public sealed class TinyTasks : IAsyncLifetime
{
    private readonly SemaphoreSlim _repoIsFree = new(1);
    private int _sets;

    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "tandem-tiny-" + Guid.NewGuid().ToString("N")[..12]);

    /// <summary>What all sandboxes start from, whatever the task: runners and features come from outside.</summary>
    public SandboxImageSource Image => Task(TinyFeature.Passing(1), TinyFeature.Passing(2)).Image;

    private string Repo => Path.Combine(Folder, "repo");

    /// <summary>The files from which the repository is made, by <c>setup.sh</c>.</summary>
    public IEnumerable<(string Path, byte[] Content)> ImageFiles()
    {
        string image = Path.Combine(Folder, "image");
        return Directory.EnumerateFiles(image, "*", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(image, file), File.ReadAllBytes(file)));
    }

    /// <summary>Applies the patches and sources <c>checks/*.sh</c>, which call <c>check COMMAND...</c>.</summary>
    public const string UsualRunner = """
        #!/usr/bin/env bash
        set -e
        echo "arguments: $*"
        cd "$TANDEM_REPO"
        trap 'git reset -q --hard HEAD || true; git clean -qfdx || true' EXIT
        if [ -n "${2:-}" ]; then
            git apply "$TANDEM_PATCHES/$2"
        fi
        git apply "$TANDEM_PATCHES/$1"
        passed=0
        failed=0
        check() {
            if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED $*"; fi
        }
        for tests in checks/*.sh; do . "./$tests"; done
        echo "===== $failed failed, $passed passed in 0.01s ====="
        [ "$failed" -eq 0 ]
        """;

    private const string Setup = """
        #!/usr/bin/env bash
        set -euo pipefail
        here=$(cd "$(dirname "$0")" && pwd)
        repo=${TANDEM_REPO:-/workspace/repo}
        export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
        export GIT_AUTHOR_NAME=tiny GIT_AUTHOR_EMAIL=tiny@example.invalid GIT_AUTHOR_DATE=2024-03-04T09:00:00+0000
        export GIT_COMMITTER_NAME=tiny GIT_COMMITTER_EMAIL=tiny@example.invalid GIT_COMMITTER_DATE=2024-03-04T09:00:00+0000
        mkdir -p "$repo"
        cp -R "$here/base/." "$repo"
        cd "$repo"
        git -c init.defaultBranch=main init -q --template=
        git add -A
        git commit -qm first
        sed -i 's/^four$/4/' numbers.txt
        git commit -qam second
        git branch agent1 HEAD~
        git branch agent2 HEAD~

        mkdir -p .git/hooks .git/info
        for hook in pre-commit commit-msg pre-merge-commit post-checkout post-merge; do
            printf '#!/bin/sh\necho rejected by a hook >&2\nexit 1\n' > ".git/hooks/$hook"
            chmod +x ".git/hooks/$hook"
        done
        git config core.hooksPath .git/hooks
        git config commit.gpgSign true
        git config merge.ff only
        git config merge.verifySignatures true
        git config diff.noprefix true
        git config diff.context 0
        printf 'nothing.txt -diff' > .git/info/attributes
        echo dirt >> dirty.txt
        echo dirt > untracked.txt
        touch .git/index.lock
        """;

    private static readonly Dictionary<string, string> Base = new()
    {
        ["numbers.txt"] = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n",
        ["list.txt"] = "alpha\nbeta\ngamma\n",
        ["windows.txt"] = "one\r\ntwo\r\nthree\r\n",
        ["open.txt"] = "first\nlast",
        ["value.sh"] = "value=1\n",
        ["dirty.txt"] = "clean\n",
        ["image.bin"] = "\0\u0001\u0002binary\0\u0003\n\u0004",
        ["a folder/naïve file.txt"] = "plain\n",
        [".gitattributes"] = "*.bin binary",
    };

    /// <summary>A task of its own folder.</summary>
    public CodingTask Task(params TinyFeature[] features) => Task(UsualRunner, features);

    /// <summary>A task with a runner of its own.</summary>
    public CodingTask Task(string runner, params TinyFeature[] features)
    {
        string set = Path.Combine(Folder, "set" + Interlocked.Increment(ref _sets).ToString(CultureInfo.InvariantCulture));
        string task = Path.Combine(set, "tiny_task", "task1");
        WriteImage(task);
        Write(Path.Combine(set, "taskset.json"),
            """{"name": "tiny", "image": "tandem-tests/{name}:task{id}", "allow_process_sandbox": true}""");
        Write(Path.Combine(task, "runner.sh"), runner);
        foreach (TinyFeature feature in features)
        {
            string folder = Path.Combine(task, "feature" + feature.Id.ToString(CultureInfo.InvariantCulture));
            Write(Path.Combine(folder, "feature.md"), "Build it.\n");
            Write(Path.Combine(folder, "tests.patch"), feature.TestsPatch);
            if (feature.Gold is byte[] gold)
                File.WriteAllBytes(Path.Combine(folder, "feature.patch"), gold);
        }
        return TaskSetLoader.Load(set).Tasks.Single();
    }

    /// <summary>The patch of an edit of the work tree, as an agent's would be taken.</summary>
    public async Task<byte[]> PatchAsync(Action<string> edit, string from = "main")
    {
        await _repoIsFree.WaitAsync();
        try
        {
            await GitAsync("checkout", "-q", "-f", "--detach", from);
            await GitAsync("clean", "-qfdx");
            edit(Repo);
            await GitAsync("add", "-A");
            return (await GitAsync("diff", "--cached", "--binary", "--full-index", "-U3", "--src-prefix=a/", "--dst-prefix=b/",
                "HEAD")).Head.ToArray();
        }
        finally
        {
            _repoIsFree.Release();
        }
    }

    /// <summary>The patch of replacing a text in a file.</summary>
    public Task<byte[]> PatchAsync(string file, string old, string @new, string from = "main") => PatchAsync(repo =>
    {
        string path = Path.Combine(repo, file);
        string text = File.ReadAllText(path);
        if (!text.Contains(old, StringComparison.Ordinal))
            throw new InvalidOperationException($"{file} does not hold '{old}'.");
        File.WriteAllText(path, text.Replace(old, @new, StringComparison.Ordinal));
    }, from);

    /// <summary>The commit that evaluations start from.</summary>
    public async Task<string> BaseCommitAsync() => (await GitAsync("rev-parse", "main")).Text.Trim();

    public async ValueTask InitializeAsync()
    {
        string image = Path.Combine(Folder, "image");
        WriteImage(image);
        var setup = new ChildCommand("bash", Path.Combine(image, "setup.sh"))
        { Environment = new Dictionary<string, string>(ChildEnvironment.ForGit()) { ["TANDEM_REPO"] = Repo } };
        (await ChildProcess.RunAsync(setup, TestContext.Current.CancellationToken)).ThrowOnFailure();
        File.Delete(Path.Combine(Repo, ".git", "index.lock"));
        await GitAsync("config", "--unset", "commit.gpgSign");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        _repoIsFree.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void WriteImage(string folder)
    {
        foreach ((string name, string content) in Base)
            Write(Path.Combine(folder, "base", name), content);
        Write(Path.Combine(folder, "setup.sh"), Setup);
        Write(Path.Combine(folder, "Dockerfile"), "FROM scratch\n");
    }

    private static void Write(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private async Task<CapturedOutput> GitAsync(params string[] arguments)
    {
        var git = new ChildCommand("git", ["-C", Repo, "-c", "core.hooksPath=/dev/null", .. arguments])
        { Environment = ChildEnvironment.ForGit(), KeepBytes = 64 << 20 };
        return (await ChildProcess.RunAsync(git, TestContext.Current.CancellationToken)).ThrowOnFailure().Stdout;
    }
}

/// <summary>A feature with its tests.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Checks">A script of <c>check COMMAND...</c> lines, which the usual runner sources.</param>
/// <param name="Gold">The gold patch, if there is one.</param>
public sealed record TinyFeature(int Id, string Checks, byte[]? Gold = null)
{
    /// <summary>A feature whose tests pass on anything.</summary>
    public static TinyFeature Passing(int id) => new(id, "check true");

    /// <summary>A feature whose tests look for a line.</summary>
    public static TinyFeature WithLine(int id, string file, string line) => new(id, $"check grep -qx '{line}' '{file}'");

    public string TestsPatch
    {
        get
        {
            string[] lines = Checks.Split('\n');
            string path = string.Create(CultureInfo.InvariantCulture, $"checks/feature{Id}.sh");
            return string.Create(CultureInfo.InvariantCulture,
                $"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{lines.Length} @@\n")
                + string.Concat(lines.Select(line => $"+{line}\n"));
        }
    }
}
