using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>Removes sandboxes' folders, that commands have had their way with. What says whose a folder is goes last: of one that was left
/// in the middle of it, the next start still knows.</summary>
internal static class FolderRemoval
{
    /// <summary>Removes a folder and all in it, following no link. Does not throw.</summary>
    /// <returns>Whether it is gone.</returns>
    public static async Task<bool> TryRemoveAsync(string folder)
    {
        if (TryDelete(folder))
            return true;
        // Folders without the right to write, as package caches like to make them; or something was written meanwhile.
        await ChildProcess.RunAsync(
            new ChildCommand("chmod", "-R", "u+rwx", folder)
            { Environment = ChildEnvironment.Usual(), TimeLimit = TimeSpan.FromSeconds(30) }, CancellationToken.None);
        return TryDelete(folder);
    }

    private static bool TryDelete(string folder)
    {
        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos()
                .Where(entry => entry.Name != SandboxFolder.OwnerFile))
            {
                if (entry is DirectoryInfo { LinkTarget: null } inside)
                    inside.Delete(recursive: true);
                else
                    entry.Delete();
            }
            Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return !Directory.Exists(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
