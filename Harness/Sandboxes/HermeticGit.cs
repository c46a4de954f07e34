namespace Tandem.Harness.Sandboxes;

/// <summary>Variables under which git reads no configuration but the repository's own, runs no hook, asks nothing, and has one fixed identity.</summary>
public static class HermeticGit
{
    /// <summary>The variables.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = Make(
        ("core.hooksPath", "/dev/null"), ("core.autocrlf", "false"), ("core.fsmonitor", "false"), ("commit.gpgSign", "false"), ("safe.directory", "*"), ("merge.conflictStyle", "merge"), ("diff.noprefix", "false"), ("advice.detachedHead", "false"));

    private static Dictionary<string, string> Make(params (string Key, string Value)[] configuration)
    {
        var variables = new Dictionary<string, string>
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_PAGER"] = "cat",
            ["GIT_AUTHOR_NAME"] = "Tandem",
            ["GIT_AUTHOR_EMAIL"] = "tandem@localhost",
            ["GIT_COMMITTER_NAME"] = "Tandem",
            ["GIT_COMMITTER_EMAIL"] = "tandem@localhost",
            ["GIT_CONFIG_COUNT"] = configuration.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        for (int i = 0; i < configuration.Length; i++)
        {
            variables[$"GIT_CONFIG_KEY_{i}"] = configuration[i].Key;
            variables[$"GIT_CONFIG_VALUE_{i}"] = configuration[i].Value;
        }
        return variables;
    }
}
