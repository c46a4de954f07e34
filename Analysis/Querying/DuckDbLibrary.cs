using System.Runtime.InteropServices;
using Tandem.Analysis.Data;

namespace Tandem.Analysis.Querying;

/// <summary>Loads DuckDB's library; nothing of it is loaded before a query is asked for.</summary>
internal static class DuckDbLibrary
{
    /// <summary>The variable that names a library of the user's own, in place of what <see cref="DuckDbProject"/> fetches.</summary>
    public const string Variable = "TANDEM_DUCKDB";

    private static readonly Lock s_lock = new();
    private static nint s_library;

    /// <summary>Of the library on this system.</summary>
    public static string FileName =>
        OperatingSystem.IsWindows() ? "duckdb.dll" : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";

    /// <summary>The rest of a sentence: what to do where the library cannot be fetched.</summary>
    public static string Own =>
        $"set {Variable} to the path of a {FileName} of your own (https://duckdb.org/install, C/C++). "
        + "Without DuckDB, collect --format csv or parquet serves other tools.";

    /// <summary>Makes a library serve <see cref="DuckDbApi"/>. The first one serves for as long as the process lives.</summary>
    /// <param name="file">The library's path.</param>
    /// <param name="isNamed">Whether the user named it.</param>
    /// <exception cref="RefusedException">It is not there, or is none.</exception>
    public static void Load(string file, bool isNamed)
    {
        lock (s_lock)
        {
            nint library = Open(file, isNamed);
            if (s_library != 0)
                return;
            s_library = library;
            NativeLibrary.SetDllImportResolver(typeof(DuckDbLibrary).Assembly, (name, _, _) => name == DuckDbApi.Name ? s_library : 0);
        }
    }

    private static nint Open(string file, bool isNamed)
    {
        RefusedException Refused(string reason) => new(
            $"DuckDB answers queries, but its library {file}{(isNamed ? $", which {Variable} names," : "")} {reason}.",
            isNamed ? $"Name another, or unset {Variable}: then NuGet fetches the library."
            : $"Delete that file, so that the next query fetches it again, or {Own}");
        if (!File.Exists(file))
            throw Refused("is not there");
        try
        {
            nint library = NativeLibrary.Load(file);
            if (NativeLibrary.TryGetExport(library, "duckdb_fetch_chunk", out _))
                return library;
            NativeLibrary.Free(library);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw Refused($"cannot be loaded here: {exception.Message.Split('\n')[0].TrimEnd('.', '\r')}");
        }
        throw Refused("is no DuckDB, or an old one");
    }
}
