using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>One making of programs: the recipe's script with a network, its check without one in a sandbox that cannot write, then the
/// mark.</summary>
/// <param name="recipe">How they are made.</param>
/// <param name="volume">Where; it is there, empty or torn.</param>
/// <param name="image">The recipe's image, usable.</param>
/// <param name="create">Makes a sandbox.</param>
/// <param name="keepLog">See <see cref="IEngineImages.KeepLog"/>.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgramBuild(ProgramRecipe recipe, ProgramVolume volume, SandboxImage image,
    Func<SandboxSpec, CancellationToken, Task<ISandbox>> create, Func<string, string, string?> keepLog, TimeProvider time)
{
    private const int MarkBytes = 4096;

    // Afterwards: what runs in the sandbox may be any user, and the mark must not outlive what it stands for.
    private const string Finish = """
        chmod -R a+rX,go-w "$1" && sync -f "$1" && du -sk "$1" | cut -f1
        """;
    private const string Clear = """
        find "$1" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
        """;

    private static readonly TimeSpan ScriptLimit = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan StepLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(30);

    /// <summary>A sandbox of the image that can read a volume.</summary>
    public static SandboxSpec SpecOf(SandboxImage image, ProgramVolume volume, string name, string role) => new()
    {
        Image = image,
        Name = name,
        Owner = new SandboxOwner(ProgramStore.StoreName, "programs", volume.Name, volume.Digest[..12], role),
        TimeToLive = TimeToLive,
        Programs = volume,
    };

    /// <summary>The name of the sandbox in which the programs of a volume are made. It is the lock: an engine has no two containers of
    /// one name.</summary>
    public static string LockName(ProgramVolume volume) =>
        "programs-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(volume.Name)))[..16];

    /// <summary>Makes them.</summary>
    /// <exception cref="SandboxException">They cannot be made. The engine's status is 409 if another has begun.</exception>
    public async Task<ProgramMark> RunAsync(ProgramNews news, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        SandboxSpec spec = SpecOf(image, volume, LockName(volume), "make") with
        {
            MakesPrograms = true,
            Network = SandboxNetwork.Bridge,
            Limits = new SandboxLimits { MemoryBytes = 4L << 30, Pids = 1024 },
        };
        ISandbox sandbox = await create(spec, cancellationToken);
        await using (sandbox)
        {
            if (await ReadMarkAsync(sandbox, cancellationToken) is { } present)
                return present;
            string size = recipe.SizeMb == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"about {recipe.SizeMb} MB, ");
            news.Notice($"The programs of the agent '{recipe.Name}' are being prepared ({size}once for each engine).");
            var settings = DownloadSettings.OfHost();
            var log = new ProgramLog(settings, news.Output);
            try
            {
                return await MakeAsync(sandbox, settings, log, began, cancellationToken);
            }
            catch (SandboxException exception)
            {
                string? kept = keepLog(volume.Name, $"{volume.Name}\n\n{log.Whole}\n\n{exception.Message}\n");
                throw new SandboxException(exception.Fault,
                    $"The programs of the agent '{recipe.Name}' cannot be prepared: {exception.Message}\nIts output ended with the lines "
                    + $"below{(kept is null ? "" : $"; its whole output {kept}")}.\n{log.End}", exception)
                { MayPass = exception.MayPass };
            }
        }
    }

    private async Task<ProgramMark> MakeAsync(ISandbox sandbox, DownloadSettings settings, ProgramLog log, long began,
        CancellationToken cancellationToken)
    {
        _ = await RunOwnAsync(sandbox, Clear, cancellationToken);
        await sandbox.PutFilesAsync(settings.Files, cancellationToken);
        ExecResult result = await sandbox.ExecAsync(
            new ExecRequest
            {
                // One stream, so that a complaint stands where it arose: before the first trace, since of two the engine keeps no order.
                Command = ["/bin/sh", "-c", string.Join('\n', recipe.Run.Select(ProgramCheck.Fill).Prepend("exec 2>&1; set -ex"))],
                WorkingDirectory = "/",
                Environment = settings.Environment,
                TimeLimit = ScriptLimit,
                OwnProcess = true,
                OnOutput = (isError, piece) => log.Append(isError, piece.Span),
            },
            cancellationToken);
        if (!result.Succeeded)
            throw Failed(result, log);
        string kilobytes = await RunOwnAsync(sandbox, Finish, cancellationToken);
        // Not in the sandbox that made them: it has a network, and all that the script installed around them.
        ISandbox reader = await create(SpecOf(image, volume, "check-" + Guid.NewGuid().ToString("N"), "check"), cancellationToken);
        await using (reader)
            await ProgramCheck.RunAsync(reader, recipe, image.Reference, cancellationToken);
        var mark = new ProgramMark(volume.Digest, long.Parse(kilobytes.Trim(), CultureInfo.InvariantCulture) * 1024,
            Math.Round(time.GetElapsedTime(began).TotalSeconds, 1));
        _ = await RunOwnAsync(sandbox, $"printf '%s' '{mark.ToJson()}' >{ProgramMark.File}.new && mv {ProgramMark.File}.new "
            + $"{ProgramMark.File} && sync -f \"$1\"", cancellationToken);
        return mark;
    }

    private static async Task<string> RunOwnAsync(ISandbox sandbox, string script, CancellationToken cancellationToken)
    {
        ExecResult result = await sandbox.ExecAsync(
            new ExecRequest
            { Command = ["/bin/sh", "-c", script, "programs", ProgramVolume.Folder], WorkingDirectory = "/", TimeLimit = StepLimit },
            cancellationToken);
        return result.Succeeded ? result.Stdout.Text : throw new SandboxException(
            EngineErrors.ByCause(result.Stderr.Text) ?? SandboxFault.Engine,
            $"`{script}` ended as {result.Outcome} ({result.ExitCode}): {result.Detail}{result.Stderr.Text.Trim()}");
    }

    private SandboxException Failed(ExecResult result, ProgramLog log) => result.Outcome switch
    {
        ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken =>
            new SandboxException(SandboxFault.Engine, $"the container in which they are made was lost: {result.Detail}"),
        ExecOutcome.TimedOut => new SandboxException(SandboxFault.Image, string.Create(CultureInfo.InvariantCulture,
            $"its script did not end within {ScriptLimit.TotalMinutes:0} minutes."))
        { MayPass = true },
        ExecOutcome.OutOfMemory => new SandboxException(SandboxFault.Image, "its script needed more than 4 GiB of memory.")
        { MayPass = false },
        _ when EngineErrors.ByCause(log.End) is { } cause => new SandboxException(cause, string.Create(CultureInfo.InvariantCulture,
            $"its script ran out of room on the engine's host; the programs need about {recipe.SizeMb} MB.")),
        _ => new SandboxException(SandboxFault.Image, string.Create(CultureInfo.InvariantCulture,
            $"its script ended with exit code {result.ExitCode}.{(log.IsAboutNetwork ? " The network did not answer as it should: behind a "
            + "proxy or with a registry of your own, set HTTPS_PROXY, npm_config_registry and the like, which are passed on." : "")}"))
        { MayPass = log.IsAboutNetwork },
    };

    private async Task<ProgramMark?> ReadMarkAsync(ISandbox sandbox, CancellationToken cancellationToken) =>
        ProgramMark.TryRead(await sandbox.GetFileAsync(ProgramMark.File, MarkBytes, cancellationToken), volume.Digest);
}
