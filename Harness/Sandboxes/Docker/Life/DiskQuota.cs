using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>Whether the engine can limit what a sandbox writes to its disk: asked once. It depends on the engine's storage driver and on
/// the file system below it. Safe for concurrent use.</summary>
/// <param name="engine">The engine.</param>
internal sealed class DiskQuota(EngineClient engine)
{
    private readonly Lock _lock = new();
    private Task<bool>? _canLimit;

    /// <summary>The specification without a bound that the engine cannot keep.</summary>
    public async Task<SandboxSpec> FitAsync(SandboxSpec spec) =>
        spec.Limits.DiskBytes is null || await CanLimitAsync() ? spec : Unlimited(spec);

    /// <summary>The specification without a bound on the disk.</summary>
    public static SandboxSpec Unlimited(SandboxSpec spec) => spec with { Limits = spec.Limits with { DiskBytes = null } };

    /// <summary>Remembers whether it can, which only a creation shows for certain: over xfs it takes a mount option that no engine
    /// names.</summary>
    public void Remember(bool canLimit)
    {
        lock (_lock)
            _canLimit = Task.FromResult(canLimit);
    }

    /// <summary>Whether a storage driver may be able to.</summary>
    /// <param name="driver">As the engine names it.</param>
    /// <param name="fileSystem">What is below it; null if the engine does not say.</param>
    public static bool MayLimit(string? driver, string? fileSystem) =>
        driver is "btrfs" or "zfs" or "devicemapper" || (driver == "overlay2" && fileSystem == "xfs");

    private Task<bool> CanLimitAsync()
    {
        lock (_lock)
            return _canLimit ??= AskAsync();
    }

    private async Task<bool> AskAsync()
    {
        try
        {
            SystemInfoResponse info = await engine.GetInfoAsync(CancellationToken.None);
            string? fileSystem = info.DriverStatus?.FirstOrDefault(line => line is ["Backing Filesystem", _])?[1];
            return MayLimit(info.Driver, fileSystem);
        }
        catch (SandboxException)
        {
            return false;
        }
    }
}
