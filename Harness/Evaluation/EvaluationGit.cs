using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Evaluation;

/// <summary>Git as the evaluation uses it.</summary>
internal static class EvaluationGit
{
    /// <summary>The variables for the evaluation's own git commands.</summary>
    public static IReadOnlyDictionary<string, string> Environment(SandboxPaths paths) =>
        new Dictionary<string, string>([.. HermeticGit.Environment, .. ForRunner(paths)]);

    /// <summary>The variables for a task's runner, which otherwise finds its image's environment. Git may not look for a repository above
    /// the task's own: the runner resets and cleans the one it finds.</summary>
    public static IReadOnlyDictionary<string, string> ForRunner(SandboxPaths paths) => new Dictionary<string, string>
    {
        ["TANDEM_REPO"] = paths.Repo,
        ["TANDEM_PATCHES"] = paths.Patches,
        ["GIT_CEILING_DIRECTORIES"] = paths.Repo[..Math.Max(1, paths.Repo.LastIndexOf('/'))],
    };
}
