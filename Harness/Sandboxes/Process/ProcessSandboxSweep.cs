using Tandem.Harness.Processes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>Removes what dead processes left: folders whose owner is proven dead, with the processes that still run in them.</summary>
internal static class ProcessSandboxSweep
{
    /// <summary>The store of folders in which a template was being made: they belong to no store and are swept for any.</summary>
    public const string NoStore = "";

    // An owner that writes no file within this time has died before it could.
    private static readonly TimeSpan s_withoutOwner = TimeSpan.FromHours(1);

    public static async Task<IReadOnlyList<SweptSandbox>> RunAsync(string sandboxes, string? store, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var lines = new List<SweptSandbox>();
        if (!Directory.Exists(sandboxes))
            return lines;
        foreach (string root in Directory.GetDirectories(sandboxes).Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            SandboxFolder folder = SandboxFolder.At(root);
            FolderOwner owner = folder.ReadOwner();
            if (store is null || owner.Store is null or NoStore || owner.Store == store)
                lines.Add(await LookAsync(folder, owner, now));
        }
        return lines;
    }

    private static async Task<SweptSandbox> LookAsync(SandboxFolder folder, FolderOwner owner, DateTimeOffset now)
    {
        (bool isLeft, string reason) = Judge(folder, owner, now);
        if (isLeft)
        {
            bool isQuiet = await MarkedProcesses.KillAllAsync(folder.Marker);
            bool isGone = await FolderRemoval.TryRemoveAsync(folder.Root);
            (isLeft, reason) = (isQuiet, isGone) switch
            {
                (true, true) => (true, reason),
                (false, true) => (true, reason + "; but processes of it outlive being killed"),
                (_, false) => (false, reason + "; but its folder cannot be removed: " + folder.Root),
            };
        }
        return new SweptSandbox(Path.GetFileName(folder.Root), owner.Text, isLeft, reason);
    }

    private static (bool IsLeft, string Reason) Judge(SandboxFolder folder, FolderOwner owner, DateTimeOffset now)
    {
        if (owner.Process is not { } process)
        {
            return now - Directory.GetCreationTimeUtc(folder.Root) > s_withoutOwner
                ? (true, "it never got an owner")
                : (false, "it is being made, or its owner cannot be read");
        }
        if (process.IsProvenDead)
            return (true, $"its owner, process {process.Pid}, is dead");
        if (process.IsOnThisHost())
            return (false, $"its owner, process {process.Pid}, lives");
        return owner.Expires < now
            ? (true, $"its time to live ended, and it is not known whether its owner lives on {process.Host}")
            : (false, $"it is not known whether its owner lives on {process.Host}");
    }

    /// <summary>Whether its number means the same process to us as to itself.</summary>
    private static bool IsOnThisHost(this ProcessIdentity process) =>
        process.Host == ProcessIdentity.Current.Host
            && process.PidNamespace == ProcessIdentity.Current.PidNamespace;
}
