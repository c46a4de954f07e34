using System.Net.Sockets;
using Npgsql;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>A look at the database before anything is started. Writes nothing.</summary>
internal static class PostgresCheck
{
    private const int ConnectSeconds = 10;

    /// <summary>Why workers of an experiment cannot use it now; null if they can.</summary>
    /// <param name="connectionString">How it is reached.</param>
    /// <param name="plan">The experiment's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SettingsException">The server refuses the connection, is too old, or has another experiment of that
    /// name.</exception>
    public static async Task<string?> WhyNotAsync(string connectionString, ExperimentPlan plan, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = ConnectSeconds };
        try
        {
            await using var connection = new NpgsqlConnection(builder.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            PostgresSchema.RequireServer(connection);
            PostgresMatrix.RequireSame(plan, !await PostgresSchema.HasTablesAsync(connection) ? null
                : (string?)await connection.ScalarAsync(
                    "SELECT settings_hash FROM tandem.experiments WHERE name = @name", ("name", plan.Experiment)));
            return null;
        }
        catch (Exception exception) when (PostgresSession.IsRefusal(exception))
        {
            throw PostgresMatrix.Refused(exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException)
        {
            return $"PostgreSQL at {builder.Host} ({PostgresMatrix.ConnectionVariable}) cannot be reached: "
                + $"{exception.Message.Split('\n', 2)[0].Trim().TrimEnd('.')}. Start it, or correct the variable.";
        }
    }
}
