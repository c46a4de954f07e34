using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>Moves files in and out of a sandbox's folder, and nowhere else: paths that lead out of it, by their text or by a link, are
/// refused or not found.</summary>
internal sealed class SandboxFiles(string root)
{
    private const UnixFileMode Text = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Program = Text | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <exception cref="SandboxException">The path lies outside, or what is there cannot be replaced.</exception>
    public async Task PutAsync(SandboxFile file, CancellationToken cancellationToken)
    {
        string path = Locate(file.Path);
        string folder = Path.GetDirectoryName(path)!;
        if (LeadsOutside(folder))
            throw new SandboxException(SandboxFault.Unsupported, $"{file.Path} leads out of the process sandbox through a link.");
        Directory.CreateDirectory(folder);
        // Written beside and renamed: a link or another name of the old file keeps what it has.
        string temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.new");
        try
        {
            await File.WriteAllBytesAsync(temporary, file.Content, cancellationToken);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, file.Executable ? Program : Text);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <exception cref="SandboxException">The path lies outside by its text, or the file is larger than allowed.</exception>
    public async Task<byte[]?> GetAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Locate(path));
        if (!file.Exists || file.LinkTarget is not null || LeadsOutside(file.DirectoryName!))
            return null;
        // A pipe or a device looks like an empty file here, and opening it could wait for ever.
        if (file.Length == 0)
            return await IsRegularAsync(file.FullName, cancellationToken) ? [] : null;
        try
        {
            FileStream stream = file.OpenRead();
            await using (stream)
            {
                if (stream.Length > maxBytes)
                    throw new SandboxException(SandboxFault.TooLarge, $"{path} has {stream.Length} bytes; at most {maxBytes} are taken.");
                byte[] content = new byte[stream.Length];
                int length = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken);
                return length == content.Length ? content : content[..length];
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string Locate(string path)
    {
        string full = Path.IsPathRooted(path) ? Path.GetFullPath(path) : "";
        return IsInside(full)
            ? full
            : throw new SandboxException(
                SandboxFault.Unsupported,
                    $"{path} is not below {root}: the process sandbox touches nothing else of the host. A task set that allows it takes "
                    + $"its paths from variables.");
    }

    private bool IsInside(string full) => full.StartsWith(root + "/", StringComparison.Ordinal) || full == root;

    private bool LeadsOutside(string folder)
    {
        for (string? part = folder; part is not null && part.Length > root.Length; part = Path.GetDirectoryName(part))
        {
            if (new DirectoryInfo(part) is { LinkTarget: not null } link
                && (link.ResolveLinkTarget(returnFinalTarget: true) is not { } target || !IsInside(target.FullName)))
                return true;
        }
        return false;
    }

    private static async Task<bool> IsRegularAsync(string path, CancellationToken cancellationToken) =>
        (await ChildProcess.RunAsync(new ChildCommand("test", "-f", path) { Environment = ChildEnvironment.Usual() }, cancellationToken))
            .Succeeded;
}
