using System.Globalization;

namespace Tandem.Harness.Sandboxes;

/// <summary>
/// Variables under which git is the same everywhere, whatever the image, the host or the repository configure: no configuration of host or
/// user, no hooks, no questions, one identity. They outweigh the repository's own configuration, and no file of it changes.
/// </summary>
public static class HermeticGit
{
    private static readonly (string Key, string Value)[] s_configuration =
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

    /// <summary>The variables.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = Make();

    private static Dictionary<string, string> Make()
    {
        var variables = new Dictionary<string, string>
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_PAGER"] = "cat",
            ["GIT_EDITOR"] = "true",
            ["GIT_AUTHOR_NAME"] = "Tandem",
            ["GIT_AUTHOR_EMAIL"] = "tandem@localhost",
            ["GIT_COMMITTER_NAME"] = "Tandem",
            ["GIT_COMMITTER_EMAIL"] = "tandem@localhost",
            ["LC_ALL"] = "C",
            ["GIT_CONFIG_COUNT"] = s_configuration.Length.ToString(CultureInfo.InvariantCulture),
        };
        for (int i = 0; i < s_configuration.Length; i++)
        {
            variables[$"GIT_CONFIG_KEY_{i}"] = s_configuration[i].Key;
            variables[$"GIT_CONFIG_VALUE_{i}"] = s_configuration[i].Value;
        }
        return variables;
    }
}
