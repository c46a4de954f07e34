using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>
/// Reads a store that other processes may write to. What takes several looks at the run files (collect, then validate) contradicts itself
/// if a record is added between them; it is then done once more.
/// </summary>
internal static class QuietReading
{
    /// <summary>How often it is tried; then records come so fast that the others had better end first.</summary>
    public const int MostTries = 5;

    /// <summary>Reads until nothing was added to the experiment's run files meanwhile.</summary>
    /// <returns>The last reading, and whether the run files were the same before and after it.</returns>
    public static async Task<(T Result, bool WasQuiet)> ReadAsync<T>(StoreLayout layout, Func<Task<T>> read)
    {
        for (int left = MostTries - 1; ; left--)
        {
            string before = StateOf(layout);
            T result = await read().ConfigureAwait(false);
            bool wasQuiet = StateOf(layout) == before;
            if (wasQuiet || left == 0)
                return (result, wasQuiet);
        }
    }

    /// <summary>Run files are only ever appended to, so that their lengths tell of any change.</summary>
    private static string StateOf(StoreLayout layout) =>
        string.Join('\n', layout.RunFiles().Select(file => $"{file}:{new FileInfo(file).Length}"));
}
