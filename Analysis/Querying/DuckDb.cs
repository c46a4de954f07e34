using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Analysis.Data;

namespace Tandem.Analysis.Querying;

/// <summary>What a statement gave, as texts.</summary>
/// <param name="Names">Of the columns.</param>
/// <param name="AreNumbers">Whether each column holds numbers.</param>
/// <param name="Rows">In their order; null is SQL's.</param>
internal sealed record QueryResult(IReadOnlyList<string> Names, IReadOnlyList<bool> AreNumbers, IReadOnlyList<IReadOnlyList<string?>> Rows);

/// <summary>An empty database in memory.</summary>
internal sealed class DuckDb : IDisposable
{
    private const int Inlined = 12;
    private const int StringBytes = 16;
    private const int VarChar = 17;

    // One thread, so that rows without an order and sums of floating point numbers come out the same each time; and no file may be put
    // beside the working directory.
    private static readonly (string Name, string Value)[] s_settings =
        [("threads", "1"), ("temp_directory", ""), ("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false")];

    // TINYINT to DOUBLE, HUGEINT, DECIMAL, UHUGEINT.
    private static readonly HashSet<int> s_numbers = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 19, 32];

    private nint _database;
    private nint _connection;

    /// <exception cref="RefusedException">DuckDB does not open it.</exception>
    public DuckDb()
    {
        _ = DuckDbApi.CreateConfig(out nint config);
        try
        {
            foreach ((string name, string value) in s_settings)
                _ = DuckDbApi.SetConfig(config, name, value);
            if (DuckDbApi.Open(":memory:", out _database, config, out nint error) != DuckDbApi.Success
                || DuckDbApi.Connect(_database, out _connection) != DuckDbApi.Success)
            {
                string? what = Marshal.PtrToStringUTF8(error);
                DuckDbApi.Free(error);
                throw new RefusedException($"DuckDB opens no database: {what ?? "no reason given"}", "Try another version of its library.");
            }
        }
        finally
        {
            DuckDbApi.DestroyConfig(ref config);
        }
    }

    /// <exception cref="RefusedException">It is no SQL.</exception>
    public int CountStatements(string sql)
    {
        ulong count = DuckDbApi.ExtractStatements(_connection, sql, out nint statements);
        try
        {
            if (count == 0 && Marshal.PtrToStringUTF8(DuckDbApi.ExtractStatementsError(statements)) is { Length: > 0 } error)
                throw Refused(error);
            return (int)count;
        }
        finally
        {
            DuckDbApi.DestroyExtracted(ref statements);
        }
    }

    /// <summary>Does what a statement says, and passes over what it gives.</summary>
    /// <exception cref="RefusedException">DuckDB refuses it.</exception>
    public void Run(string sql)
    {
        DuckDbApi.Result result = Query(sql);
        DuckDbApi.DestroyResult(ref result);
    }

    /// <summary>Whether DuckDB does what a statement says.</summary>
    public bool TryRun(string sql)
    {
        int state = DuckDbApi.Query(_connection, sql, out DuckDbApi.Result result);
        DuckDbApi.DestroyResult(ref result);
        return state == DuckDbApi.Success;
    }

    /// <summary>Reads a statement's rows. Columns that are no texts must be cast to VARCHAR.</summary>
    /// <exception cref="RefusedException">DuckDB refuses it.</exception>
    public QueryResult Read(string sql)
    {
        DuckDbApi.Result result = Query(sql);
        try
        {
            int columns = (int)DuckDbApi.ColumnCount(ref result);
            string[] names = new string[columns];
            int[] types = new int[columns];
            for (int i = 0; i < columns; i++)
            {
                names[i] = Marshal.PtrToStringUTF8(DuckDbApi.ColumnName(ref result, (ulong)i)) ?? "";
                types[i] = DuckDbApi.ColumnType(ref result, (ulong)i);
            }
            return new QueryResult(names, [.. types.Select(s_numbers.Contains)], types.All(type => type == VarChar)
                ? ReadRows(result, columns) : []);
        }
        finally
        {
            DuckDbApi.DestroyResult(ref result);
        }
    }

    public void Dispose()
    {
        DuckDbApi.Disconnect(ref _connection);
        DuckDbApi.Close(ref _database);
    }

    private DuckDbApi.Result Query(string sql)
    {
        if (DuckDbApi.Query(_connection, sql, out DuckDbApi.Result result) == DuckDbApi.Success)
            return result;
        string error = Marshal.PtrToStringUTF8(DuckDbApi.ResultError(ref result)) ?? "no reason given";
        DuckDbApi.DestroyResult(ref result);
        throw Refused(error);
    }

    private static RefusedException Refused(string error) =>
        new(string.Create(CultureInfo.InvariantCulture, $"DuckDB: {error.TrimEnd()}"),
        "The table is called records; `query \"describe records\"` names its columns.");

    private static List<IReadOnlyList<string?>> ReadRows(DuckDbApi.Result result, int columns)
    {
        var rows = new List<IReadOnlyList<string?>>();
        while (DuckDbApi.FetchChunk(result) is var chunk && chunk != 0)
        {
            int size = (int)DuckDbApi.ChunkSize(chunk);
            string?[][] read = [.. Enumerable.Range(0, size).Select(_ => new string?[columns])];
            for (int column = 0; column < columns; column++)
            {
                nint vector = DuckDbApi.ChunkVector(chunk, (ulong)column);
                nint data = DuckDbApi.VectorData(vector);
                nint validity = DuckDbApi.VectorValidity(vector);
                for (int row = 0; row < size; row++)
                    read[row][column] = IsThere(validity, row) ? Text(data + (row * StringBytes)) : null;
            }
            rows.AddRange(read);
            DuckDbApi.DestroyChunk(ref chunk);
        }
        return rows;
    }

    // A bit per row; no bits at all if every row has a value.
    private static bool IsThere(nint validity, int row) => validity == 0
        || (Marshal.ReadInt64(validity, row / 64 * sizeof(long)) >> (row % 64) & 1) == 1;

    // Length, then either the text itself or its first four bytes and where it is.
    private static string Text(nint at)
    {
        int length = Marshal.ReadInt32(at);
        return Marshal.PtrToStringUTF8(length <= Inlined ? at + sizeof(int) : Marshal.ReadIntPtr(at + (2 * sizeof(int))), length);
    }
}
