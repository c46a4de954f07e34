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

/// <summary>Four workers drain a matrix while a seeded plan kills, pauses and cuts off workers and the server. Whatever happens, each case
/// is completed once, nothing that was recorded is asked for again, and the ledger is the sum of the records.</summary>
public abstract class DrainTests
{
    protected const int BackstopMs = 600_000;
    private const int Cases = 200;
    private const int AtOnce = 4;
    private const int Disturbances = 6;
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(4);

    protected static async Task DrainAsync(int seed)
    {
        PostgresHosts.Require();
        var random = new Random(seed);
        await using PostgresServer server = await PostgresServer.StartAsync(isDurable: true, TestContext.Current.CancellationToken);
        await using DrainedMatrix matrix = await DrainedMatrix.StartAsync(Cases, server.ConnectionString, s_life,
            _ => TimeSpan.FromMilliseconds(40));
        var workers = new List<Dummy>();
        for (int i = 0; i < AtOnce; i++)
            workers.Add(matrix.StartWorker());
        var happened = new List<string>();

        await DisturbAsync(server, matrix, workers, random, happened);
        foreach (Dummy worker in workers)
            await worker.WaitForEndAsync();

        await ShouldBeDrainedAsync(server, matrix, string.Join(", ", happened));
    }

    private static async Task DisturbAsync(PostgresServer server, DrainedMatrix matrix, List<Dummy> workers, Random random,
        List<string> happened)
    {
        for (int i = 0; i < Disturbances && workers.Any(worker => !worker.HasEnded); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1500)), TestContext.Current.CancellationToken);
            int which = random.Next(workers.Count);
            switch (random.Next(6))
            {
                case 0:
                    happened.Add($"killed {which}");
                    await workers[which].KillAsync();
                    workers[which] = matrix.StartWorker();
                    break;
                case 1:
                case 2:
                    TimeSpan pause = s_life * (0.5 + (random.NextDouble() * 1.5));
                    happened.Add(string.Create(CultureInfo.InvariantCulture, $"paused {which} for {pause.TotalSeconds:0.0} s"));
                    PostgresServer.Send(workers[which].Pid, PostgresServer.Stop);
                    await Task.Delay(pause, TestContext.Current.CancellationToken);
                    PostgresServer.Send(workers[which].Pid, PostgresServer.Continue);
                    break;
                case 3:
                    happened.Add("cut off");
                    await CutOffAsync(server);
                    break;
                case 4:
                    happened.Add("server crashed");
                    await server.CrashAsync();
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 1500)), TestContext.Current.CancellationToken);
                    await server.StartAgainAsync(TestContext.Current.CancellationToken);
                    break;
                default:
                    happened.Add("server paused");
                    await server.PauseAsync(s_life * (0.3 + random.NextDouble()));
                    break;
            }
        }
    }

    /// <summary>Ends the sessions of all workers, as a network does that is away for a moment.</summary>
    private static async Task CutOffAsync(PostgresServer server)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'tandem %'", connection);
        await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private static async Task ShouldBeDrainedAsync(PostgresServer server, DrainedMatrix matrix, string happened)
    {
        var reader = new StoreReader(matrix.Layout);
        Dictionary<CaseId, CaseHistory> histories = CaseHistory.Group(reader.ReadRuns());
        // A killed worker may leave a line half written; nothing else is a fault.
        reader.Faults.Where(fault => !fault.IsTornEnd).Should().BeEmpty(happened);
        histories.Keys.Should().BeEquivalentTo(matrix.Cases, happened);
        decimal recorded = 0;
        foreach ((CaseId caseId, CaseHistory history) in histories)
        {
            string story = $"{caseId} after {happened}: " + string.Join("; ", history.Records.Select(record =>
                $"{record.Attempt}.{record.Revision} {record.AttemptKind} {(record.Interrupted ? "interrupted" : record.AgentStatus)}"
                + $" {record.TotalCost} {record.Error?.Message}"));
            history.Records.Where(record => !record.IsMissingData).Should().ContainSingle("a case is completed once: {0}", story)
                .Which.BothPassed.Should().BeTrue(story);
            history.Records.Should().OnlyHaveUniqueItems(record => new { record.Attempt, record.Revision }, story);
            history.Records.Where(record => record.IsMissingData && !record.Interrupted).Should().BeEmpty(story);
            // What is on disk is never asked for again. A call under way when its worker is killed or loses the case is.
            int interrupted = history.Records.Where(record => record.Interrupted).Select(record => record.Attempt).Distinct().Count();
            int asked = matrix.Asked.Where(one => one.Key.Seed == caseId.Seed).Sum(one => one.Value);
            asked.Should().BeInRange(DrainedMatrix.Turns, DrainedMatrix.Turns + interrupted, story);
            // Each answer is booked, but for those that came to nobody.
            history.Spending.Usd.Should().BeInRange(DrainedMatrix.Turns * DrainedMatrix.AnswerUsd, asked * DrainedMatrix.AnswerUsd, story);
            recorded += history.Spending.Usd;
        }

        ChildResult validated = await Programs.ValidateAsync(matrix.Layout.StoreFolder, "drain", "--partial", "--deep");
        validated.Stdout.Text.Should().NotContain("FAIL ", happened);

        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        (await Scalar("SELECT sum(usd) FROM tandem.spending")).Should().Be(recorded, "the ledger is the sum of the records: {0}", happened);
        (await Scalar("SELECT count(*) FROM tandem.reservations")).Should().Be(0L, happened);
        (await Scalar("SELECT count(*) FROM tandem.cases WHERE completed_attempt IS NULL")).Should().Be(0L, happened);

        async Task<object?> Scalar(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>Much of their time they wait: two classes, so that two plans go on at once.</summary>
[Slow]
[Long]
public sealed class Drain1Tests : DrainTests
{
    [Theory(Timeout = BackstopMs)]
    [InlineData(8), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    [InlineData(6), InlineData(7), InlineData(1), InlineData(9), InlineData(10)]
    public Task A_matrix_is_drained_once_whatever_happens(int seed) => DrainAsync(seed);
}

/// <inheritdoc cref="Drain1Tests"/>
[Slow]
[Long]
public sealed class Drain2Tests : DrainTests
{
    [Theory(Timeout = BackstopMs)]
    [InlineData(11), InlineData(12), InlineData(13), InlineData(14), InlineData(15)]
    [InlineData(16), InlineData(17), InlineData(18), InlineData(19), InlineData(20)]
    public Task A_matrix_is_drained_once_whatever_happens(int seed) => DrainAsync(seed);
}

/// <summary>Where tests with a PostgreSQL run.</summary>
internal static class PostgresHosts
{
    /// <summary>Skips a test where no server can be started, unless it is required.</summary>
    public static void Require()
    {
        Tier.RequireSlow("starts a server");
        if (PostgresServer.WhyNot is not string why)
            return;
        Assert.False(Environment.GetEnvironmentVariable("TANDEM_REQUIRE_POSTGRES") == "1", $"A PostgreSQL is required: {why}.");
        Assert.Skip($"This host runs no PostgreSQL: {why}.");
    }
}
