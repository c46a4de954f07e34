using System.Text.RegularExpressions;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// Makes Debian's base images on this machine, for those whom no registry answers: debootstrap into a folder, then import. Needs root and
/// takes about a minute, once. The result goes by the published name, so that Dockerfiles build unchanged, and is labelled as made here.
/// </summary>
internal sealed partial class BaseImageMaker(EngineClient engine, TimeProvider time)
{
    private const string Packages = "git,ca-certificates,python3";
    private static readonly TimeSpan BootstrapLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan PackLimit = TimeSpan.FromMinutes(5);

    // As in the published slim image: nothing that is only read by people, and no package lists that are old tomorrow.
    private static readonly string[] LeftOut =
    [
        "./dev/*", "./proc/*", "./sys/*", "./tmp/*", "./var/cache/apt/*", "./var/lib/apt/lists/*", "./var/log/*",
        "./usr/share/doc/*", "./usr/share/man/*", "./usr/share/info/*", "./usr/share/locale/*",
    ];

    /// <summary>The Debian suite of an image that can be made here (<c>debian:bookworm-slim</c>), null for any other image.</summary>
    public static string? SuiteOf(string reference)
    {
        var name = ImageName.Parse(reference);
        return name.OfficialName == "debian" && Suite().Match(name.Tag) is { Success: true } match ? match.Groups["suite"].Value : null;
    }

    /// <summary>Whether this process is one that may make them.</summary>
    public static bool MayMake => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;

    /// <summary>Makes one; another process that is at it is waited for.</summary>
    /// <exception cref="SandboxException">It cannot be made here; the message says what to do.</exception>
    public async Task MakeAsync(string reference, string suite, CancellationToken cancellationToken)
    {
        if (!MayMake)
        {
            throw new SandboxException(
                SandboxFault.Image, $"The base image {reference} can be made locally by root on Linux only. Run as root once, or load the "
                    + $"image (`docker load`).");
        }
        using IDisposable? held = await HostLock.AcquireAsync("base-image", time, cancellationToken);
        if (await engine.FindImageAsync(reference, cancellationToken) is not null)
            return;

        await DebootstrapTool.RequireAsync(cancellationToken);
        DirectoryInfo work = Directory.CreateTempSubdirectory("tandem-base-");
        try
        {
            string root = Path.Combine(work.FullName, "root");
            string archive = Path.Combine(work.FullName, "root.tar");
            var bootstrap = new ChildCommand("debootstrap", "--variant=minbase", $"--include={Packages}", suite, root,
                DebootstrapTool.Mirror());
            await RunAsync(bootstrap, BootstrapLimit, cancellationToken);
            PrepareForContainers(root);
            var pack = new ChildCommand("tar",
                ["--numeric-owner", "--sort=name", .. LeftOut.Select(path => $"--exclude={path}"), "-C", root, "-cf", archive, "."]);
            await RunAsync(pack, PackLimit, cancellationToken);
            await ImportAsync(ImageName.Parse(reference), archive, cancellationToken);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private async Task ImportAsync(ImageName name, string archive, CancellationToken cancellationToken)
    {
        var file = new FileStream(archive, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, useAsync: true);
        await using (file)
        {
            string[] changes = ["CMD [\"bash\"]", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                $"LABEL {ImageLabels.Made}=1", $"LABEL {ImageLabels.Source}={ImageLabels.Debootstrap}"];
            await engine.ImportImageAsync(name.Name, name.Tag, file, changes, cancellationToken);
        }
    }

    /// <summary>The two settings of the published image that matter to builds: packages start no services, and dpkg does not sync each
    /// file.</summary>
    private static void PrepareForContainers(string root)
    {
        string policy = Path.Combine(root, "usr/sbin/policy-rc.d");
        File.WriteAllText(policy, "#!/bin/sh\nexit 101\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(policy, (UnixFileMode)0b111_101_101);
        File.WriteAllText(Path.Combine(root, "etc/dpkg/dpkg.cfg.d/docker-apt-speedup"), "force-unsafe-io\n");
    }

    private static async Task RunAsync(ChildCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        command = command with
        {
            Environment = ChildEnvironment.Usual("http_proxy", "https_proxy", "no_proxy"),
            TimeLimit = limit,
            KeepBytes = 16 * 1024
        };
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken);
        if (!result.Succeeded)
            throw new SandboxException(SandboxFault.Image, $"The base image cannot be made: {result.Describe()}");
    }

    [GeneratedRegex("^(?<suite>[a-z]+)(?:-slim)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Suite();
}
