namespace Tandem.Harness.Processes;

/// <summary>Environments made from nothing, so that a child sees what it is meant to see and no key of the host.</summary>
public static class ChildEnvironment
{
    /// <summary>The host's PATH and HOME, and LANG=C.UTF-8 so that output is the same everywhere.</summary>
    /// <param name="alsoFromHost">Names of further host variables to pass on, where they are set.</param>
    public static Dictionary<string, string> Usual(params IReadOnlyList<string> alsoFromHost)
    {
        ArgumentNullException.ThrowIfNull(alsoFromHost);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LANG"] = "C.UTF-8" };
        // Windows programs do not start without the last two.
        foreach (string name in (string[])["PATH", "HOME", .. alsoFromHost, .. OperatingSystem.IsWindows()
            ? (string[])["SystemRoot", "TEMP"] : []])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                environment[name] = value;
        }
        return environment;
    }

    /// <summary>As <see cref="Usual"/>, and git reads no configuration of the host or the user and never asks.</summary>
    public static Dictionary<string, string> ForGit()
    {
        Dictionary<string, string> environment = Usual();
        foreach ((string name, string value) in HermeticGit)
            environment[name] = value;
        return environment;
    }

    /// <summary>The variables that keep configuration of the host and the user out of git.</summary>
    public static IReadOnlyDictionary<string, string> HermeticGit { get; } = new Dictionary<string, string>
    {
        ["GIT_CONFIG_GLOBAL"] = OperatingSystem.IsWindows() ? "NUL" : "/dev/null",
        ["GIT_CONFIG_NOSYSTEM"] = "1",
        ["GIT_TERMINAL_PROMPT"] = "0",
    };
}
