using System.Text.Json;
using FluentAssertions;
using Npgsql;
using Tandem.Cli.Status;
using Tandem.Harness.Admission;
using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Matrix;
using Tandem.Records.Cases;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Workers;

/// <summary>What <c>status --workers</c> says by a real PostgreSQL.</summary>
[Slow]
public sealed class WorkersOfDatabaseTests : IClassFixture<MatrixWorkers>, IDisposable
{
    private readonly MatrixWorkers _server;
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-workers-").FullName;
    private readonly string _experiment = $"e-{Guid.NewGuid():n}";
    private readonly PlantedStore _planted;

    public WorkersOfDatabaseTests(MatrixWorkers server)
    {
        PostgresHosts.Require();
        _server = server;
        _planted = new PlantedStore(Path.Combine(_folder, "files")).Plan()
            .Complete(PlantedStore.Dead, Cases[0], DateTimeOffset.UnixEpoch, 60);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static IReadOnlyList<CaseId> Cases => PlantedStore.Cases;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Workers_at_work_silent_gone_and_ended_differ()
    {
        await using PostgresMatrix first = await JoinAsync("a", mostUsd: 20);
        await using PostgresMatrix dying = await JoinAsync("b", mostUsd: 20, isSilent: true);
        await using (PostgresMatrix ended = await JoinAsync("b", mostUsd: 20))
            await CompleteAsync(ended, "b", Cases[0], 1.5m);
        await using ICaseClaim running = (await first.TryClaimAsync(Cases[1], Token)).Claim!;
        await first.NumberAsync(Cases[1], "attempt-1", 1, Token);
        ICaseClaim abandoned = (await dying.TryClaimAsync(Cases[2], Token)).Claim!;
        await ReserveAsync(first, Cases[1]);
        await ReserveAsync(dying, Cases[2]);

        WorkersView before = await LookAsync(Database(["a"]));
        await Task.Delay(MatrixWorkers.Life * 1.5, Token);
        WorkersView after = await LookAsync(Database(["a"]));

        before.Workers.Select(worker => worker.State).Should().BeEquivalentTo(
            [WorkerState.AtWork, WorkerState.AtWork, WorkerState.Ended]);
        after.Workers.Select(worker => worker.State).Should().BeEquivalentTo([WorkerState.AtWork, WorkerState.Gone, WorkerState.Ended]);
        (before.Running, after.Running, after.Completed.Count, after.Failed).Should().Be((2, 1, 1, 0));
        (after.Spent.Usd, after.ReservedUsd, after.BudgetUsd).Should().Be((1.5m, 6m, 20m));
        Worker gone = after.Workers.Single(worker => worker.State == WorkerState.Gone);
        (gone.Abandoned.Single(), gone.ReservedUsd).Should().Be((Cases[2], 3m));
        Worker atWork = after.Workers.Single(worker => worker.State == WorkerState.AtWork);
        atWork.Store.Should().Be(Path.Combine(_folder, "a"), "that store is here");
        atWork.Running.Should().ContainSingle().Which.Should().Match<WorkerCase>(one => one.CaseId == Cases[1] && one.Attempt == 1);
        gone.Store.Should().MatchRegex("^[0-9a-f]{8}$", "that store is not here");
        after.Workers.Single(worker => worker.State == WorkerState.Ended).Completed.Should().Be(1);
        string text = WorkersText.Of(after, listsAll: false);
        text.Should().Contain("\ncost     1.50 USD so far, 6.00 USD reserved; budget 20.00 USD\n").And
            .Contain("1 case is due again; 3.00 USD stay reserved until a run with its store shows what that cost\n"
                + $"  {Cases[2]}\n").And
            .Contain("1 worker that has no case and no sign of life: 1 case completed; --list shows each\n");
        text.Split('\n').Should().OnlyContain(line => line.Length <= 120);
        await abandoned.DisposeAsync();
    }

    [Fact]
    public async Task A_worker_without_a_sign_of_life_that_still_has_its_cases_is_silent()
    {
        await using PostgresMatrix first = await JoinAsync("a", isSilent: true);
        await using ICaseClaim running = (await first.TryClaimAsync(Cases[1], Token)).Claim!;
        await _server.ScalarAsync($"UPDATE tandem.workers SET seen_at = now() - interval '14 s' WHERE experiment = '{_experiment}'");

        WorkersView view = await LookAsync(Database([], times: new SessionTimes(TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(1),
            TimeSpan.FromSeconds(1))));

        view.Workers.Should().ContainSingle().Which.State.Should().Be(WorkerState.Silent);
        view.Running.Should().Be(1);
    }

    [Fact]
    public async Task Faults_and_pauses_that_all_wait_out_are_shown()
    {
        await using PostgresMatrix first = await JoinAsync("a");
        await _server.ScalarAsync("INSERT INTO tandem.outages (experiment, worker, reason) SELECT experiment, id, 'the endpoint sleeps' "
            + $"FROM tandem.workers WHERE experiment = '{_experiment}'");
        await _server.ScalarAsync("INSERT INTO tandem.model_pauses VALUES ('http://models', now() + interval '40 s') "
            + "ON CONFLICT (endpoint) DO UPDATE SET until = excluded.until");

        string text = WorkersText.Of(await LookAsync(Database([])), listsAll: false);

        text.Should().MatchRegex($"\npaused since .* UTC: the endpoint sleeps, seen by {Environment.ProcessId} on ").And
            .MatchRegex("\nmodels are asked for a pause until .* UTC by http://models\n");
        JsonDocument.Parse(WorkersJson.Line([await LookAsync(Database([]))])).RootElement.GetProperty("experiments")[0]
            .GetProperty("pauses").GetArrayLength().Should().Be(2);
    }

    [Fact]
    public async Task Looking_makes_no_tables_and_no_worker()
    {
        string name = $"empty_{Guid.NewGuid():n}";
        await _server.ScalarAsync($"CREATE DATABASE {name}");
        string connection = new NpgsqlConnectionStringBuilder(_server.Connection) { Database = name }.ConnectionString;

        WorkersView view = await LookAsync(Database([], connection));

        view.IsOfDatabase.Should().BeFalse("what it says of this experiment is nothing, not that nothing is left");
        WorkersText.Of(view, listsAll: true).Should().Contain(": 1 completed, 0 failed, 0 running, 9 left\n").And
            .Contain("\nnote: no worker of this experiment has joined the database that TANDEM_POSTGRES names: this is what the files say");
        (await MatrixSnapshot.ReadAsync(connection, _experiment, Token)).Should().BeNull();
        await using var opened = new NpgsqlConnection(connection + ";Pooling=false");
        await opened.OpenAsync(Token);
        (await opened.ScalarAsync("SELECT count(*) FROM pg_namespace WHERE nspname = 'tandem'")).Should().Be(0L);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_one_clear_line_that_names_the_files()
    {
        Func<Task> looks = () => LookAsync(Database([], "Host=127.0.0.1;Port=1;Username=u;Database=d"));

        (await looks.Should().ThrowAsync<PostgresGoneException>()).WithMessage("The PostgreSQL that TANDEM_POSTGRES names does not answer: "
            + "*. See that it runs and can be reached. Without the variable, 'status --workers' shows what the files of the stores say.");
    }

    private WorkersOfDatabase Database(string[] stores, string? connection = null, SessionTimes? times = null) => new(
        connection ?? _server.Connection, _experiment, [.. stores.Select(LayoutOf)],
        new ExperimentConfiguration { Name = _experiment, Limits = new LimitSettings { MaxCostUsd = new CostLimit(20) } },
        times ?? new SessionTimes(MatrixWorkers.Life, MatrixWorkers.Life / 3, TimeSpan.FromSeconds(1)),
        new WorkersOfFiles([new StoreStatus(_planted.Layout)], new ExperimentConfiguration { Name = "x" }, TimeProvider.System),
        TimeProvider.System);

    private static async Task<WorkersView> LookAsync(WorkersOfDatabase database)
    {
        WorkersView view = await database.LookAsync(Token);
        TestContext.Current.TestOutputHelper?.WriteLine(WorkersText.Of(view, listsAll: true));
        return view;
    }

    private StoreLayout LayoutOf(string store) => new(Path.Combine(_folder, store), _experiment);

    private Task<PostgresMatrix> JoinAsync(string store, decimal? mostUsd = null, bool isSilent = false) =>
        _server.JoinAsync(_experiment, Path.Combine(_folder, store), mostUsd, isSilent: isSilent);

    private static async Task ReserveAsync(PostgresMatrix worker, CaseId caseId)
    {
        IBudget budget = worker.BudgetOf(new MatrixWorkers.Unbounded(), () => default);
        (await budget.ReserveAsync(new Price(3, "limits.case_cost_usd"), caseId.ToString(), Token)).Refusal.Should().BeNull();
    }

    private async Task CompleteAsync(PostgresMatrix worker, string store, CaseId caseId, decimal usd)
    {
        await using ICaseClaim claim = (await worker.TryClaimAsync(caseId, Token)).Claim!;
        string attempt = $"{PlantedStore.Far.Host}-{caseId}".Replace('/', '-');
        await worker.NumberAsync(caseId, attempt, 1, Token);
        var planted = new PlantedStore(Path.Combine(_folder, store)).Plan()
            .Complete(PlantedStore.Far, caseId, TimeProvider.System.GetUtcNow(), 1, usd);
        CaseHistory history = CaseHistory.Group(new StoreReader(planted.Layout).ReadRuns())[caseId];
        await worker.BookAsync(caseId, () => history, Token);
    }
}
