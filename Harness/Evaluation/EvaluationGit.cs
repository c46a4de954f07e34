using System.Globalization;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Evaluation;

/// <summary>
/// Git as the evaluation uses it: the same everywhere, whatever the image, the host or the repository configure. All of it travels in the environment, so that no file of the repository changes,
/// and it outweighs the repository's own configuration.
/// </summary>
internal static class EvaluationGit
{
    private static readonly (string Key, string Value)[] Configuration =
    [
        ("safe.directory", "*"),
        ("core.hooksPath", "/dev/null"),
        ("core.attributesFile", "/dev/null"),
        ("core.excludesFile", "/dev/null"),
        ("core.autocrlf", "false"),
        ("core.safecrlf", "false"),
        ("core.fsmonitor", "false"),
        ("commit.gpgSign", "false"),
        ("merge.verifySignatures", "false"),
        ("rerere.enabled", "false"),
        ("submodule.recurse", "false"),
        ("apply.ignoreWhitespace", "no"),
        ("advice.detachedHead", "false"),
        // Nothing in the background that holds a lock when the next command comes.
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
    ];

    /// <summary>The variables for the evaluation's own git commands.</summary>
    public static IReadOnlyDictionary<string, string> Environment(SandboxPaths paths)
    {
        var environment = new Dictionary<string, string>(ForRunner(paths))
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_EDITOR"] = "true",
            ["GIT_AUTHOR_NAME"] = "eval",
            ["GIT_AUTHOR_EMAIL"] = "eval@tandem.invalid",
            ["GIT_COMMITTER_NAME"] = "eval",
            ["GIT_COMMITTER_EMAIL"] = "eval@tandem.invalid",
            ["LC_ALL"] = "C",
            ["GIT_CONFIG_COUNT"] = Configuration.Length.ToString(CultureInfo.InvariantCulture),
        };
        for (int i = 0; i < Configuration.Length; i++)
        {
            environment[$"GIT_CONFIG_KEY_{i}"] = Configuration[i].Key;
            environment[$"GIT_CONFIG_VALUE_{i}"] = Configuration[i].Value;
        }
        return environment;
    }

    /// <summary>The variables for a task's runner, which otherwise finds its image's environment. Git may not look for a repository above the task's own: the runner resets and cleans the one it finds.</summary>
    public static IReadOnlyDictionary<string, string> ForRunner(SandboxPaths paths) => new Dictionary<string, string>
    {
        ["TANDEM_REPO"] = paths.Repo,
        ["TANDEM_PATCHES"] = paths.Patches,
        ["GIT_CEILING_DIRECTORIES"] = paths.Repo[..Math.Max(1, paths.Repo.LastIndexOf('/'))],
    };
}
