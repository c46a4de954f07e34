using System.Data.Common;
using Npgsql;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>Statements with named values.</summary>
internal static class Queries
{
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row; null if there is none, or it is null.</summary>
    public static async Task<object?> ScalarAsync(this NpgsqlConnection connection, string sql,
        params (string Name, object? Value)[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value : null;
    }

    public static async Task<List<T>> RowsAsync<T>(this NpgsqlConnection connection, string sql, Func<DbDataReader, T> read,
        params (string Name, object? Value)[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, (string Name, object? Value)[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach ((string name, object? value) in values)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
