using System.Runtime.InteropServices;
using Tandem.Analysis.Data;

namespace Tandem.Analysis.Querying;

/// <summary>Finds DuckDB's library on this machine; nothing of it is loaded before a query is asked for.</summary>
internal static class DuckDbLibrary
{
    /// <summary>The variable that names the library's file.</summary>
    public const string Variable = "TANDEM_DUCKDB";

    private static readonly Lock s_lock = new();
    private static nint s_library;

    /// <summary>Where the library was looked for, in this order.</summary>
    private static readonly string[] s_names = OperatingSystem.IsWindows() ? ["duckdb.dll"]
        : OperatingSystem.IsMacOS() ? ["libduckdb.dylib", "/opt/homebrew/lib/libduckdb.dylib", "/usr/local/lib/libduckdb.dylib"]
        : ["libduckdb.so", "/usr/local/lib/libduckdb.so"];

    /// <summary>Loads it, once.</summary>
    /// <param name="named">What <see cref="Variable"/> says; null for nothing.</param>
    /// <exception cref="RefusedException">It is not there, or is none.</exception>
    public static void Load(string? named)
    {
        lock (s_lock)
        {
            if (s_library != 0)
                return;
            string[] places = string.IsNullOrEmpty(named) ? s_names : [named];
            string[] tried = [.. places.Select(Try).TakeWhile(fault => fault is not null).OfType<string>()];
            if (s_library == 0)
                throw Missing(named, tried);
            NativeLibrary.SetDllImportResolver(typeof(DuckDbLibrary).Assembly, (name, _, _) => name == DuckDbApi.Name ? s_library : 0);
        }
    }

    /// <returns>Why it cannot be loaded; null if it was.</returns>
    private static string? Try(string place)
    {
        try
        {
            // A plain name is looked for beside this program first, then where the system's loader looks.
            nint library = NativeLibrary.Load(place, typeof(DuckDbLibrary).Assembly, null);
            if (NativeLibrary.TryGetExport(library, "duckdb_fetch_chunk", out _))
            {
                s_library = library;
                return null;
            }
            NativeLibrary.Free(library);
            return $"{place} (is no DuckDB, or an old one)";
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            return $"{place} ({(File.Exists(place) ? "cannot be loaded here" : "not found")})";
        }
    }

    private static RefusedException Missing(string? named, string[] tried) => new(
        $"Queries are answered by DuckDB, whose library could not be loaded: {string.Join(", ", tried)}{(string.IsNullOrEmpty(named) ? "" : $", which {Variable} names")}.",
        $"Get {s_names[0]} from https://duckdb.org/install (C/C++), and set {Variable} to its path. Without it: collect --format csv or parquet, and any other tool.");
}
