using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>A disk of its own that is easily full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _filler;

    private SmallDisk(string folder) => (Folder, _filler) = (folder, Path.Combine(folder, "filler"));

    public string Folder { get; }

    /// <summary>Mounts one; skips the test where that cannot be.</summary>
    /// <param name="folder">Where; it is made if it is not there.</param>
    /// <param name="size">As mount has it: <c>400k</c>.</param>
    public static async Task<SmallDisk> MountOrSkipAsync(string folder, string size)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux may mount a small disk.");
        Directory.CreateDirectory(folder);
        ChildResult mounted = await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder);
        Assert.SkipUnless(mounted.Succeeded, $"This machine does not let root mount a small disk: {mounted.Stderr.Text}");
        return new SmallDisk(folder);
    }

    /// <summary>Leaves no byte.</summary>
    public void Fill()
    {
        byte[] page = new byte[4096];
        using var filler = new FileStream(_filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                filler.Write(page);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(_filler);

    /// <summary>Makes it another size.</summary>
    public async Task ResizeAsync(string size) => (await RunAsync("mount", "-o", $"remount,size={size}", Folder)).ThrowOnFailure();

    public async ValueTask DisposeAsync() => (await RunAsync("umount", "--lazy", Folder)).ThrowOnFailure();

    private static Task<ChildResult> RunAsync(params string[] command) =>
        ChildProcess.RunAsync(new ChildCommand(command[0], command[1..]) { Environment = ChildEnvironment.Usual() },
            CancellationToken.None);
}
