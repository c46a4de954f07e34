using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>The folder of all process sandboxes of a user. It lies where every user may write, so that another one could have made it
/// first, and would then write into sandboxes and templates.</summary>
internal sealed class PrivateFolder(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private volatile bool _isOurs;

    public string Path { get; } = path;

    /// <summary>Makes the folder where there is none, for this user alone, and looks once whether it is this user's own.</summary>
    /// <exception cref="SandboxException">It is a link, no folder, another user's, or cannot be made.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        if (_isOurs && Directory.Exists(Path))
            return;
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(Path);
            else
                await RequireOwnAsync(cancellationToken);
            _isOurs = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw HostFaults.ToSandboxException("The folder of sandboxes cannot be made", Path, exception);
        }
    }

    private async Task RequireOwnAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path, OwnerOnly);
        // The shell's own tests: .NET does not say who owns a file.
        ChildResult looked = await ChildProcess.RunAsync(
            new ChildCommand("/bin/sh", "-c", "test ! -L \"$1\" && test -d \"$1\" && test -O \"$1\"", "sh", Path)
            { Environment = ChildEnvironment.Usual() }, cancellationToken);
        if (!looked.Succeeded)
            throw new SandboxException(SandboxFault.Engine,
                $"The folder of sandboxes {Path} is a link or belongs to another user, who could change what runs in it. Remove it, or set "
                + "TMPDIR to a folder of your own.");
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(Path) != OwnerOnly)
            File.SetUnixFileMode(Path, OwnerOnly);
    }
}
