namespace Tandem.Cli.Doctor;

/// <summary>Can records be written to the store, and do locks hold there? Claims of cases rest on them; some network file systems ignore
/// them.</summary>
internal static class StoreCheck
{
    private const string Id = "STORE";

    /// <summary>Writes and locks a file of its own in the store, or in the nearest folder above it that exists, and removes it.</summary>
    public static Finding Examine(string storeFolder)
    {
        string folder = DiskCheck.NearestExisting(storeFolder);
        for (string? at = Path.GetFullPath(storeFolder); at is not null && at != folder; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(at))
                return new Finding(Id, Severity.Fault, $"{storeFolder} cannot be made: {at} is a file", "name a folder with --store");
        }
        string where = folder == Path.GetFullPath(storeFolder) ? storeFolder : $"{storeFolder} (to be made in {folder})";
        string probe = Path.Combine(folder, $".tandem-probe-{Guid.NewGuid():n}");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose))
            {
                return CanOpen(probe)
                    ? new Finding(Id, Severity.Fault, $"locks do not hold in {where}: two processes would run the same case",
                    "name a store on a local disk with --store")
                    : Finding.Ok(Id, $"{where} can be written, and locks hold there");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Finding(Id, Severity.Fault, $"{where} cannot be written: {exception.Message}",
                "correct its permissions, or name another store with --store");
        }
    }

    private static bool CanOpen(string file)
    {
        try
        {
            using var second = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
