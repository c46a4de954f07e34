using Tandem.Analysis.Data;
using Tandem.Analysis.Formats;

namespace Tandem.Analysis.Querying;

/// <summary>Answers a query over the table <c>records</c>, which holds what <c>collect</c> would write. The query sees nothing else: no
/// file, no network, no extension.</summary>
internal static class RecordQuery
{
    /// <param name="sql">A statement that gives rows.</param>
    /// <param name="datasets">The experiments.</param>
    /// <param name="asJson">Whether to give each row as one JSON text.</param>
    /// <exception cref="RefusedException">DuckDB refuses it.</exception>
    public static QueryResult Run(string sql, IReadOnlyList<Dataset> datasets, bool asJson)
    {
        using var database = new DuckDb();
        if (database.CountStatements(sql) is int count && count != 1)
            throw new RefusedException($"The query holds {count} statements; it must be one.",
                "Ask one thing at a time: query \"select ... from records\".");
        Load(database, datasets);
        // Rows keep their order in a table, which they need not in a subquery; what gives no rows fails there. On lines of its own, a query
        // may end with a comment, and errors show it alone.
        database.Run($"create temp table result as from (\n{sql.TrimEnd().TrimEnd(';')}\n)");
        if (asJson)
            return database.Read("select to_json(result)::varchar from result");
        QueryResult named = database.Read("from result limit 0");
        return named with { Rows = database.Read("select columns(*)::varchar from result").Rows };
    }

    private static void Load(DuckDb database, IReadOnlyList<Dataset> datasets)
    {
        string folder = Directory.CreateTempSubdirectory("tandem-query-").FullName;
        try
        {
            string file = Path.Combine(folder, "records.parquet");
            using (FileStream stream = File.Create(file))
                new Collector().Write(new ParquetWriter(stream), datasets);
            string from = $"read_parquet('{file.Replace("'", "''", StringComparison.Ordinal)}')";
            string nested = string.Join(", ", RecordColumn.All.Where(column => column.Type == ColumnType.Json)
                .Select(column => $"{column.Name}::json as {column.Name}"));
            // Some builds have no JSON; its columns then stay texts.
            if (!database.TryRun($"create table records as select * replace ({nested}) from {from}"))
                database.Run($"create table records as from {from}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        database.Run("set enable_external_access = false");
        database.Run("set lock_configuration = true");
    }
}
