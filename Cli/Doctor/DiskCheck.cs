namespace Tandem.Cli.Doctor;

/// <summary>Is there space where a run writes?</summary>
internal static class DiskCheck
{
    private const long Gib = 1L << 30;

    /// <summary>Looks at the store's, the temporary and the engine's disk; the last only if the engine keeps its data on this
    /// host.</summary>
    public static IEnumerable<Finding> Examine(string storeFolder, string? engineDataFolder)
    {
        yield return Examine("DISK-STORE", storeFolder, warnBelow: 2 * Gib, faultBelow: Gib / 4);
        yield return Examine("DISK-TEMP", Path.GetTempPath(), warnBelow: Gib, faultBelow: Gib / 4);
        if (engineDataFolder is not null && Directory.Exists(engineDataFolder))
            yield return Examine("DISK-ENGINE", engineDataFolder, warnBelow: 10 * Gib, faultBelow: 2 * Gib);
    }

    public static Finding Judge(string id, string folder, long freeBytes, long warnBelow, long faultBelow)
    {
        string evidence = $"{Finding.Gib(freeBytes)} free at {folder}";
        if (freeBytes >= warnBelow)
            return Finding.Ok(id, evidence);
        string remedy = id switch
        {
            "DISK-ENGINE" => "free some space: `docker image prune`, `docker builder prune`",
            "DISK-STORE" => "free some space, or name another store with --store",
            _ => "free some space, or name another folder in TMPDIR",
        };
        return new Finding(id, freeBytes < faultBelow ? Severity.Fault
            : Severity.Warning, $"{evidence}, less than {Finding.Gib(warnBelow)}", remedy);
    }

    /// <summary>The folder itself, or the nearest above it that exists.</summary>
    public static string NearestExisting(string folder)
    {
        string at = Path.GetFullPath(folder);
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } parent)
            at = parent;
        return at;
    }

    private static Finding Examine(string id, string folder, long warnBelow, long faultBelow) =>
        Judge(id, folder, new DriveInfo(NearestExisting(folder)).AvailableFreeSpace, warnBelow, faultBelow);
}
