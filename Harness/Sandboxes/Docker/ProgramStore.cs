using System.Collections.Concurrent;
using System.Net;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>
/// The programs of agents on one engine, a named volume for each recipe. A volume counts once it holds a mark, which is written last. Who
/// makes one holds the name of a container, so that of all processes and hosts that share the engine one makes it; what a dead one left is
/// made anew. Safe for concurrent use.
/// </summary>
/// <param name="engine">The door to the engine.</param>
/// <param name="images">Makes the image usable in which programs are made.</param>
/// <param name="create">Makes a sandbox.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgramStore(EngineClient engine, IEngineImages images,
    Func<SandboxSpec, CancellationToken, Task<ISandbox>> create, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The name of the agent whose programs a volume holds; whatever has it is ours.</summary>
    public const string NameLabel = "tandem.programs";

    /// <summary>The digest of their recipe.</summary>
    public const string DigestLabel = "tandem.programs.digest";

    /// <summary>The store that the sandboxes of the making say they are of.</summary>
    public const string StoreName = "programs";

    private const int MarkBytes = 4096;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Lazy<Task<MadePrograms>>> _made = new();
    private readonly CancellationTokenSource _lifetime = new();

    /// <summary>What the volume of a recipe is called.</summary>
    public static string VolumeName(ProgramRecipe recipe) => $"tandem-agent-{recipe.Name}-{recipe.Digest[..12]}";

    /// <summary>Makes programs usable; once in a process, however many ask. A failure goes to all who wait, and the next who asks tries
    /// anew.</summary>
    /// <param name="recipe">How they are made.</param>
    /// <param name="news">Where the first who asks reads how it goes.</param>
    /// <param name="cancellationToken">Ends the waiting; the making goes on for others.</param>
    public async Task<MadePrograms> MakeAsync(ProgramRecipe recipe, ProgramNews news, CancellationToken cancellationToken)
    {
        string key = VolumeName(recipe);
        Lazy<Task<MadePrograms>> work = _made.GetOrAdd(key,
            _ => new Lazy<Task<MadePrograms>>(() => Task.Run(() => MakeOnceAsync(recipe, news, _lifetime.Token))));
        try
        {
            return await work.Value.WaitAsync(cancellationToken);
        }
        catch when (work.Value.IsCompleted && !work.Value.IsCompletedSuccessfully)
        {
            _made.TryRemove(KeyValuePair.Create(key, work));
            throw;
        }
    }

    /// <summary>Sees to it that a volume is still there: of one that has gone the engine would make an empty one.</summary>
    /// <exception cref="SandboxException">It is not.</exception>
    public async Task RequireAsync(ProgramVolume volume, CancellationToken cancellationToken)
    {
        if (await engine.FindVolumeAsync(volume.Name, cancellationToken) is { } found && DigestOf(found) == volume.Digest)
            return;
        _made.TryRemove(volume.Name, out _);
        throw new SandboxException(SandboxFault.Image,
            $"The programs in the volume {volume.Name} have been removed since they were prepared. The next start makes them again.")
        { MayPass = true };
    }

    /// <summary>All volumes with programs that were made here, by their names.</summary>
    public async Task<IReadOnlyList<OwnPrograms>> ListAsync(CancellationToken cancellationToken)
    {
        var own = new List<OwnPrograms>();
        foreach (VolumeResponse volume in (await engine.ListVolumesAsync(NameLabel, cancellationToken))
            .OrderBy(volume => volume.Name, StringComparer.Ordinal))
        {
            var programs = new ProgramVolume(volume.Name, DigestOf(volume) ?? "");
            ProgramMark? mark = programs.Digest.Length == 0 ? null : await ReadMarkAsync(programs, cancellationToken);
            own.Add(new OwnPrograms(programs, volume.Labels![NameLabel], mark));
        }
        return own;
    }

    /// <summary>Removes one that no container has.</summary>
    /// <returns>False if one has it.</returns>
    public async Task<bool> TryRemoveAsync(ProgramVolume volume, CancellationToken cancellationToken)
    {
        await SweepAsync(cancellationToken);
        _made.TryRemove(volume.Name, out _);
        return await engine.TryRemoveVolumeAsync(volume.Name, cancellationToken);
    }

    /// <summary>Ends what is being made, and waits until its containers are removed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _lifetime.CancelAsync();
        foreach (Lazy<Task<MadePrograms>> work in _made.Values.Where(work => work.IsValueCreated))
            await ((Task)work.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _lifetime.Dispose();
    }

    private async Task<MadePrograms> MakeOnceAsync(ProgramRecipe recipe, ProgramNews news, CancellationToken cancellationToken)
    {
        var volume = new ProgramVolume(VolumeName(recipe), recipe.Digest);
        for (bool hasWaited = false; ; hasWaited = true)
        {
            if (await FindAsync(volume, cancellationToken) is { } mark)
                return new MadePrograms(volume, mark, WasPresent: true);
            SandboxImage image = await images.PrepareAsync(
                new SandboxImageSource(recipe.Image, BuildFolder: null, BuildDigest: null, AllowsProcessSandbox: false), cancellationToken);
            await RequireLabelsAsync(recipe, volume, cancellationToken);
            try
            {
                var build = new ProgramBuild(recipe, volume, image, create, images.KeepLog, time);
                return new MadePrograms(volume, await build.RunAsync(news, cancellationToken), WasPresent: false);
            }
            catch (SandboxException taken) when (EngineErrors.StatusOf(taken) == HttpStatusCode.Conflict)
            {
                // Somebody else is at it, or a dead one has left its container.
                await SweepAsync(cancellationToken);
            }
            catch
            {
                // Half of the programs serve nobody, and may fill the disk.
                await TryRemoveLeftAsync(volume);
                throw;
            }
            if (!hasWaited)
                news.Notice($"Another process is preparing the programs of '{recipe.Name}'; this one waits.");
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <returns>What the volume's mark says; null if there is no whole one.</returns>
    private async Task<ProgramMark?> FindAsync(ProgramVolume volume, CancellationToken cancellationToken) =>
        await engine.FindVolumeAsync(volume.Name, cancellationToken) is { } found && DigestOf(found) == volume.Digest
            ? await ReadMarkAsync(volume, cancellationToken) : null;

    /// <summary>A volume that somebody else made under our name, such as an engine that missed it, is not ours.</summary>
    private async Task RequireLabelsAsync(ProgramRecipe recipe, ProgramVolume volume, CancellationToken cancellationToken)
    {
        if (await engine.FindVolumeAsync(volume.Name, cancellationToken) is { } found && DigestOf(found) != volume.Digest
            && !await engine.TryRemoveVolumeAsync(volume.Name, cancellationToken))
            throw new SandboxException(SandboxFault.Engine,
                $"The volume {volume.Name} was not made by Tandem, and a container has it. Remove both, or rename the agent.");
        await engine.CreateVolumeAsync(volume.Name,
            new Dictionary<string, string> { [NameLabel] = recipe.Name, [DigestLabel] = recipe.Digest }, cancellationToken);
    }

    private async Task<ProgramMark?> ReadMarkAsync(ProgramVolume volume, CancellationToken cancellationToken)
    {
        SandboxImage image = await images.PrepareAsync(new SandboxImageSource(new ProgramRecipe("", [], [], "").Image, BuildFolder: null,
            BuildDigest: null, AllowsProcessSandbox: false), cancellationToken);
        ISandbox sandbox = await create(ProgramBuild.SpecOf(image, volume, "look-" + Guid.NewGuid().ToString("N"), "look"),
            cancellationToken);
        await using (sandbox)
            return ProgramMark.TryRead(await sandbox.GetFileAsync(ProgramMark.File, MarkBytes, cancellationToken), volume.Digest);
    }

    private async Task SweepAsync(CancellationToken cancellationToken) =>
        _ = await new SandboxSweep(engine, time).RunAsync(StoreName, cancellationToken);

    private async Task TryRemoveLeftAsync(ProgramVolume volume)
    {
        try
        {
            await engine.TryRemoveVolumeAsync(volume.Name, CancellationToken.None);
        }
        catch (SandboxException)
        {
            // It has no mark, so the next who asks makes it anew.
        }
    }

    private static string? DigestOf(VolumeResponse volume) =>
        volume.Labels is { } labels && labels.TryGetValue(DigestLabel, out string? digest) ? digest : null;
}
