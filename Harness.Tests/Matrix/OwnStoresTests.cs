using System.Globalization;
using FluentAssertions;
using Npgsql;
using Tandem.Bench.Postgres;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.FrontDoor;
using Tandem.Harness.Tests.Victims;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Matrix;

/// <summary>Workers that share a database and no folder: each has a store of its own, and the stores become one.</summary>
[Slow]
[Long]
public sealed class OwnStoresTests
{
    private const int Cases = 40;
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(4);

    [Fact(Timeout = 600_000)]
    public async Task Each_case_is_completed_in_one_store_and_all_stores_are_one_in_the_end()
    {
        PostgresHosts.Require();
        await using PostgresServer server = await PostgresServer.StartAsync(isDurable: true, TestContext.Current.CancellationToken);
        await using DrainedMatrix matrix = await DrainedMatrix.StartAsync(Cases, server.ConnectionString, s_life,
            _ => TimeSpan.FromMilliseconds(40));
        (Dummy killed, StoreLayout first) = matrix.StartWorkerAlone();
        (Dummy other, StoreLayout second) = matrix.StartWorkerAlone();
        await UntilAsync(() => Directory.Exists(first.RunsFolder) && new StoreReader(first).ReadRuns().Count() >= 3);
        await killed.KillAsync();
        await other.WaitForEndAsync();
        // The killed one's store is taken up again: what it had begun is booked, and nothing of it is made again.
        int asked = matrix.Asked.Values.Sum();
        await matrix.StartWorkerOn(first).WaitForEndAsync();
        matrix.Asked.Values.Sum().Should().Be(asked);

        string all = Path.Combine(Path.GetDirectoryName(first.StoreFolder)!, "all");
        ChildResult merged = await Programs.AnalysisAsync("store", "merge", first.StoreFolder, second.StoreFolder, all, "--partial");
        merged.ExitCode.Should().Be(0, merged.Stdout.Text + merged.Stderr.Text);
        Dictionary<CaseId, CaseHistory> histories = CaseHistory.Group(new StoreReader(new StoreLayout(all, "drain")).ReadRuns());
        histories.Keys.Should().BeEquivalentTo(matrix.Cases);
        histories.Values.Select(history => history.Records.Count(record => !record.IsMissingData)).Should()
            .OnlyContain(count => count == 1);
        (await LedgerAsync(server)).Should().Be(
            histories.Values.Sum(history => history.Spending.Usd).ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<string> LedgerAsync(PostgresServer server)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(
            "SELECT (SELECT sum(usd) FROM tandem.spending) + (SELECT coalesce(sum(usd), 0) FROM tandem.reservations)", connection);
        return ((decimal)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!).ToString(CultureInfo.InvariantCulture);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
            await Task.Delay(50, TestContext.Current.CancellationToken);
    }
}
