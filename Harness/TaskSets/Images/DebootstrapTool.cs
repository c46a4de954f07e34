using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>The program that makes Debian's base system, and where it gets packages from.</summary>
internal static class DebootstrapTool
{
    private const string DefaultMirror = "http://deb.debian.org/debian";
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);

    /// <summary>Sees to it that it is installed.</summary>
    /// <exception cref="SandboxException">It is not, and cannot be; the message says what to do.</exception>
    public static async Task RequireAsync(CancellationToken cancellationToken)
    {
        if (await WorksAsync(cancellationToken))
            return;
        ChildResult? failure = null;
        if (File.Exists("/usr/bin/apt-get"))
        {
            foreach (string[] arguments in (string[][])[["update", "-q"],
                ["install", "-y", "-q", "--no-install-recommends", "debootstrap"]])
                failure = await AptGetAsync(arguments, cancellationToken) is { Succeeded: false } failed ? failed
                    : null;
            if (await WorksAsync(cancellationToken))
                return;
        }
        throw new SandboxException(
            SandboxFault.Image,
            "Making a Debian base image needs debootstrap, which is not installed here: install the package `debootstrap`, or load the "
                + $"image by `docker load`. {failure?.Describe()}".TrimEnd());
    }

    /// <summary>The mirror that this host itself uses if it is a Debian, else the general one.</summary>
    public static string Mirror()
    {
        string[] files = ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"];
        return files.Where(File.Exists).SelectMany(File.ReadLines).Select(MirrorIn).FirstOrDefault(mirror => mirror is not null)
            ?? DefaultMirror;
    }

    /// <summary>The archive that a line of apt's sources names, null if it names none, or one that is not Debian's main archive.</summary>
    internal static string? MirrorIn(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || words[0] is not ("URIs:" or "deb"))
            return null;
        return words.FirstOrDefault(word => word.StartsWith("http", StringComparison.Ordinal)
            && word.TrimEnd('/').EndsWith("/debian", StringComparison.Ordinal));
    }

    private static async Task<bool> WorksAsync(CancellationToken cancellationToken) =>
        (await ChildProcess.RunAsync(new ChildCommand("debootstrap", "--version") { Environment = ChildEnvironment.Usual() },
            cancellationToken)).Succeeded;

    private static Task<ChildResult> AptGetAsync(string[] arguments, CancellationToken cancellationToken)
    {
        Dictionary<string, string> environment = ChildEnvironment.Usual("http_proxy", "https_proxy", "no_proxy");
        environment["DEBIAN_FRONTEND"] = "noninteractive";
        return ChildProcess.RunAsync(new ChildCommand("apt-get", arguments)
        { Environment = environment, TimeLimit = InstallLimit }, cancellationToken);
    }
}
