using System.Runtime.InteropServices;

namespace Tandem.Analysis.Querying;

/// <summary>The part of DuckDB's C interface (duckdb.h) that is needed here; none of it is among what DuckDB calls deprecated.</summary>
internal static class DuckDbApi
{
    /// <summary>The library's name to the loader; <see cref="DuckDbLibrary"/> says where it is.</summary>
    public const string Name = "duckdb";

    /// <summary>A state: it worked.</summary>
    public const int Success = 0;

    [StructLayout(LayoutKind.Sequential)]
    public struct Result
    {
        public ulong Columns;
        public ulong Rows;
        public ulong Changed;
        public nint ColumnData;
        public nint Error;
        public nint Data;
    }

    [DllImport(Name, EntryPoint = "duckdb_create_config")]
    public static extern int CreateConfig(out nint config);

    [DllImport(Name, EntryPoint = "duckdb_set_config")]
    public static extern int SetConfig(nint config, [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string option);

    [DllImport(Name, EntryPoint = "duckdb_destroy_config")]
    public static extern void DestroyConfig(ref nint config);

    [DllImport(Name, EntryPoint = "duckdb_open_ext")]
    public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out nint database, nint config, out nint error);

    [DllImport(Name, EntryPoint = "duckdb_free")]
    public static extern void Free(nint pointer);

    [DllImport(Name, EntryPoint = "duckdb_connect")]
    public static extern int Connect(nint database, out nint connection);

    [DllImport(Name, EntryPoint = "duckdb_disconnect")]
    public static extern void Disconnect(ref nint connection);

    [DllImport(Name, EntryPoint = "duckdb_close")]
    public static extern void Close(ref nint database);

    [DllImport(Name, EntryPoint = "duckdb_query")]
    public static extern int Query(nint connection, [MarshalAs(UnmanagedType.LPUTF8Str)] string sql, out Result result);

    [DllImport(Name, EntryPoint = "duckdb_result_error")]
    public static extern nint ResultError(ref Result result);

    [DllImport(Name, EntryPoint = "duckdb_destroy_result")]
    public static extern void DestroyResult(ref Result result);

    [DllImport(Name, EntryPoint = "duckdb_column_count")]
    public static extern ulong ColumnCount(ref Result result);

    [DllImport(Name, EntryPoint = "duckdb_column_name")]
    public static extern nint ColumnName(ref Result result, ulong column);

    [DllImport(Name, EntryPoint = "duckdb_column_type")]
    public static extern int ColumnType(ref Result result, ulong column);

    [DllImport(Name, EntryPoint = "duckdb_fetch_chunk")]
    public static extern nint FetchChunk(Result result);

    [DllImport(Name, EntryPoint = "duckdb_data_chunk_get_size")]
    public static extern ulong ChunkSize(nint chunk);

    [DllImport(Name, EntryPoint = "duckdb_data_chunk_get_vector")]
    public static extern nint ChunkVector(nint chunk, ulong column);

    [DllImport(Name, EntryPoint = "duckdb_vector_get_data")]
    public static extern nint VectorData(nint vector);

    [DllImport(Name, EntryPoint = "duckdb_vector_get_validity")]
    public static extern nint VectorValidity(nint vector);

    [DllImport(Name, EntryPoint = "duckdb_destroy_data_chunk")]
    public static extern void DestroyChunk(ref nint chunk);

    [DllImport(Name, EntryPoint = "duckdb_extract_statements")]
    public static extern ulong ExtractStatements(nint connection, [MarshalAs(UnmanagedType.LPUTF8Str)] string sql, out nint statements);

    [DllImport(Name, EntryPoint = "duckdb_extract_statements_error")]
    public static extern nint ExtractStatementsError(nint statements);

    [DllImport(Name, EntryPoint = "duckdb_destroy_extracted")]
    public static extern void DestroyExtracted(ref nint statements);
}
