using System.Text.Json;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>The division of an experiment into shards as its store has it. It is written once and never changed, since what shards have
/// done rests on it.</summary>
public static class ShardFile
{
    /// <summary>Reads the division.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="fault">Why the file that is there cannot be read; null if it was read, or there is none.</param>
    /// <returns>Null if there is none that can be read.</returns>
    public static ShardDivision? TryRead(StoreLayout layout, out StoreFault? fault)
    {
        ArgumentNullException.ThrowIfNull(layout);
        fault = null;
        string name = Path.GetFileName(layout.ShardsFile);
        try
        {
            return StoreJson.Read<ShardDivision>(RegularFile.ReadOwn(layout.ShardsFile));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            fault = new StoreFault(name, (int?)exception.LineNumber + 1, exception.Message);
            return null;
        }
    }

    /// <summary>Writes a division where there is none. Of processes that do so at once, one writes.</summary>
    /// <returns>Whether this call wrote it; false if one was there.</returns>
    public static bool TryFreeze(StoreLayout layout, ShardDivision division)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return DurableFile.TryCreate(layout.ShardsFile, StoreJson.ToFile(division));
    }
}
