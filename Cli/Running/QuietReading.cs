using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>Reads a store that other processes may write to. Where the run files are read several times (collect, then validate), a record
/// that is added in between makes the results contradict each other; then all of it is read again.</summary>
internal static class QuietReading
{
    public const int MostTries = 5;

    /// <summary>Reads until nothing was added to the experiment's run files meanwhile.</summary>
    /// <returns>The last reading, and whether the run files were the same before and after it.</returns>
    public static async Task<(T Result, bool WasQuiet)> ReadAsync<T>(StoreLayout layout, Func<Task<T>> read)
    {
        for (int left = MostTries - 1; ; left--)
        {
            string before = StateOf(layout);
            T result = await read();
            bool wasQuiet = StateOf(layout) == before;
            if (wasQuiet || left == 0)
                return (result, wasQuiet);
        }
    }

    /// <summary>Run files only grow, so their lengths show any change.</summary>
    private static string StateOf(StoreLayout layout) =>
        string.Join('\n', layout.RunFiles().Select(file => $"{file}:{new FileInfo(file).Length}"));
}
