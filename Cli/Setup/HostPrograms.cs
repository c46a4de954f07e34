using Tandem.Harness.Processes;

namespace Tandem.Cli.Setup;

/// <summary>Programs of the host that set-up runs, and the environment they see.</summary>
internal static class HostPrograms
{
    /// <summary>Where Debian keeps programs of the system; the PATH of a service or a cron job often lacks the first three, and dpkg
    /// refuses to work without them.</summary>
    private const string SystemPath = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

    /// <summary>Packages and images may have to be fetched through a proxy.</summary>
    private static readonly string[] s_passedOn =
        ["http_proxy", "https_proxy", "no_proxy", "ftp_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
            "ALL_PROXY", "APT_CONFIG"];

    /// <summary>The usual variables, proxies, and a PATH that has the system's programs.</summary>
    public static Dictionary<string, string> Environment()
    {
        Dictionary<string, string> environment = ChildEnvironment.Usual(s_passedOn);
        environment["PATH"] = environment.TryGetValue("PATH", out string? path) ? path + ":" + SystemPath : SystemPath;
        return environment;
    }

    /// <summary>Whether a program is on the PATH or in the system's folders.</summary>
    public static bool Has(string program) =>
        Environment()["PATH"].Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));
}
