using System.Text;

namespace Tandem.Records.Store;

/// <summary>The file <c>store.id</c> in a store's folder. Workers that share a database know by it whether they share the folder,
/// too.</summary>
public static class StoreIdFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "store.id";

    /// <summary>The store's id; null if it has none yet.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string? TryRead(string storeFolder) =>
        File.Exists(Path.Combine(storeFolder, Name)) ? ReadOrMake(storeFolder) : null;

    /// <summary>The store's id, 32 hex digits; it is made if the store has none.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static string ReadOrMake(string storeFolder)
    {
        string path = Path.Combine(storeFolder, Name);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(storeFolder);
            // If another process is faster, its id is the store's.
            DurableFile.TryCreate(path, Encoding.ASCII.GetBytes($"{Guid.NewGuid():n}\n"));
        }
        string id = Encoding.ASCII.GetString(RegularFile.ReadOwn(path)).Trim();
        return id.Length == 32 && id.All(char.IsAsciiHexDigit) ? id
            : throw new IOException($"{path} does not hold a store's id (32 hex digits). Remove it if no worker uses the store; the next "
                + "run makes another.");
    }
}
