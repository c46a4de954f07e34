using System.Diagnostics;
using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.Matrix;

/// <summary>What workers in one process agree on over a real PostgreSQL.</summary>
[Slow]
public sealed class PostgresMatrixTests : IClassFixture<MatrixWorkers>, IDisposable
{
    private readonly MatrixWorkers _workers;
    private readonly string _store = Directory.CreateTempSubdirectory("tandem-matrix-").FullName;
    private readonly string _experiment = $"e-{Guid.NewGuid():n}";

    public PostgresMatrixTests(MatrixWorkers workers)
    {
        PostgresHosts.Require();
        _workers = workers;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static CaseId Case => RunsFixture.Solo;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    private Task<PostgresMatrix> JoinAsync(bool isSilent = false, decimal? mostUsd = null, List<string>? notices = null) =>
        _workers.JoinAsync(_experiment, _store, mostUsd, isSilent: isSilent, notices: notices);

    private static async Task<ICaseClaim> ClaimAsync(PostgresMatrix worker)
    {
        while (true)
        {
            ClaimAnswer answer = await worker.TryClaimAsync(Case, Token);
            if (answer.Claim is not null)
                return answer.Claim;
            await Task.Delay(20, Token);
        }
    }

    [Fact]
    public async Task A_case_is_one_workers_until_it_lets_it_go()
    {
        await using PostgresMatrix first = await JoinAsync();
        await using PostgresMatrix second = await JoinAsync();
        ClaimAnswer mine = await first.TryClaimAsync(Case, Token);

        ClaimAnswer refused = await second.TryClaimAsync(Case, Token);
        refused.Claim.Should().BeNull();
        refused.Refusal.Should().Be($"claimed elsewhere, by process {Environment.ProcessId} on {Environment.MachineName}");
        (await first.TryClaimAsync(Case, Token)).Claim.Should().BeNull("a session would get its own lock twice");
        await mine.Claim!.DisposeAsync();

        await using ICaseClaim now = await ClaimAsync(second);
        await now.RequireAsync(Token);
    }

    [Fact]
    public async Task A_worker_that_ends_leaves_its_cases_at_once()
    {
        await using PostgresMatrix second = await JoinAsync();
        await using (PostgresMatrix first = await JoinAsync())
            (await first.TryClaimAsync(Case, Token)).Claim.Should().NotBeNull();

        long asked = Stopwatch.GetTimestamp();
        await using ICaseClaim claim = await ClaimAsync(second);
        Stopwatch.GetElapsedTime(asked).Should().BeLessThan(MatrixWorkers.Life, "it need not be silent first");
    }

    [Fact]
    public async Task A_worker_whose_connection_is_cut_keeps_its_case_and_goes_on()
    {
        var notices = new List<string>();
        await using PostgresMatrix first = await JoinAsync(notices: notices);
        await using PostgresMatrix second = await JoinAsync();
        await using ICaseClaim claim = await ClaimAsync(first);

        for (int i = 0; i < 3; i++)
        {
            await _workers.ScalarAsync("SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN tandem.workers w "
                + $"ON l.objid = (w.lock_key & 4294967295)::oid WHERE w.experiment = '{_experiment}'");
            (await second.TryClaimAsync(Case, Token)).Claim.Should().BeNull();
            await claim.RequireAsync(Token);
        }
        claim.Lost.IsCancellationRequested.Should().BeFalse();
        notices.Should().Contain(line => line.StartsWith("paused: PostgreSQL does not answer", StringComparison.Ordinal))
            .And.Contain(line => line.StartsWith("PostgreSQL answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_is_silent_for_too_long_loses_its_case_to_another_and_pays_no_more()
    {
        await using PostgresMatrix paused = await JoinAsync(isSilent: true);
        await using PostgresMatrix other = await JoinAsync();
        ICaseClaim lost = await ClaimAsync(paused);

        await using ICaseClaim taken = await ClaimAsync(other);

        Func<Task> pays = () => lost.RequireAsync(Token);
        await pays.Should().ThrowAsync<OperationCanceledException>();
        lost.Lost.IsCancellationRequested.Should().BeTrue();
        await lost.DisposeAsync();
        await taken.RequireAsync(Token);
    }

    [Fact]
    public async Task Attempts_get_numbers_of_their_own_wherever_they_are_made()
    {
        await using PostgresMatrix first = await JoinAsync();
        await using PostgresMatrix second = await _workers.JoinAsync(_experiment, Path.Combine(_store, "other"));

        (await first.NumberAsync(Case, "a", 1, Token)).Should().Be(1);
        (await first.NumberAsync(Case, "a", 1, Token)).Should().Be(1, "the answer of the first time may have been lost");
        (await second.NumberAsync(Case, "b", 1, Token)).Should().Be(2);
        (await first.NumberAsync(Case, "c", 7, Token)).Should().Be(7, "this store has attempts that nobody registered");
    }

    [Fact]
    public async Task All_workers_spend_from_one_budget()
    {
        await using PostgresMatrix first = await JoinAsync(mostUsd: 2.5m);
        await using PostgresMatrix second = await JoinAsync(mostUsd: 2.5m);
        IBudget mine = first.BudgetOf(new MatrixWorkers.Unbounded(), () => default);
        IBudget theirs = second.BudgetOf(new MatrixWorkers.Unbounded(), () => default);
        var price = new Price(1, "limits.case_cost_usd");

        (IDisposable? one, _) = await mine.ReserveAsync(price, "a", Token);
        (IDisposable? two, _) = await theirs.ReserveAsync(price, "b", Token);
        (IDisposable? none, string? refusal) = await new Func<Task<(IDisposable?, string?)>>(async () =>
        {
            await using PostgresMatrix third = await JoinAsync(mostUsd: 2.5m);
            return await third.BudgetOf(new MatrixWorkers.Unbounded(), () => default).ReserveAsync(price, "c", Token);
        })();
        none.Should().BeNull();
        refusal.Should().Be("the experiment's budget, which all workers share, does not cover it: 0.00 of 2.50 USD are spent, "
            + "2 open attempts may cost 2.00 USD, and this one may cost 1.00 USD (limits.max_cost_usd, limits.case_cost_usd)");

        Task<(IDisposable? Reservation, string? Refusal)> waiting = mine.ReserveAsync(price, "d", Token);
        await Task.Delay(50, Token);
        waiting.IsCompleted.Should().BeFalse("what is open here may cost less in the end");
        one!.Dispose();
        (await waiting).Reservation.Should().NotBeNull();
        two!.Dispose();
    }

    [Fact]
    public async Task A_matrix_is_of_one_configuration()
    {
        await using PostgresMatrix first = await JoinAsync();

        Func<Task> other = () => _workers.JoinAsync(_experiment, _store, hash: "another");
        (await other.Should().ThrowAsync<SettingsException>()).Which.Message.Should().Contain("another configuration, tasks or prompts");
    }

    [Fact]
    public async Task A_fault_that_all_meet_pauses_all_until_the_one_that_met_it_is_cured()
    {
        await using PostgresMatrix first = await JoinAsync();
        await using PostgresMatrix second = await JoinAsync();
        var notices = new List<string>();
        CircuitBreaker hit = BreakerOf(new List<string>());
        CircuitBreaker waits = BreakerOf(notices);
        first.Share(hit, null, null);
        second.Share(waits, null, null);

        for (int i = 0; i < 3; i++)
            hit.Report($"case {i}", Records.Runs.ErrorClass.ModelTransport, "the endpoint is gone", isTry: false);
        await UntilAsync(() => notices.Count == 1);
        notices[0].Should().StartWith("paused: another worker meets a fault that all would meet: model_transport: the endpoint is gone");
        Task<bool> entering = waits.EnterAsync(Token);
        entering.IsCompleted.Should().BeFalse();

        hit.Report("case 4", null, null, isTry: false);
        (await entering).Should().BeFalse("nothing is to be tried");
    }

    [Fact]
    public async Task Workers_share_the_rate_limit_of_a_model_and_the_pauses_it_asks_for()
    {
        await using PostgresMatrix first = await JoinAsync();
        await using PostgresMatrix second = await JoinAsync();
        using var mine = new RequestGate(16, TimeProvider.System);
        using var theirs = new RequestGate(16, TimeProvider.System);
        string endpoint = $"model at {_experiment}";
        first.Share(BreakerOf([]), endpoint, mine);
        second.Share(BreakerOf([]), endpoint, theirs);

        await UntilAsync(() => mine.Limit == 8 && theirs.Limit == 8);
        mine.Pause(TimeSpan.FromSeconds(30));
        await UntilAsync(() => theirs.EnterAsync(Token) is { IsCompleted: false });
    }

    private static CircuitBreaker BreakerOf(List<string> notices) => new(BreakerWords.OfCases, new RunSettings { PauseAfter = 3 },
        TimeProvider.System, notices.Add, _ => { });

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo())
            await Task.Delay(20, limit.Token);
    }
}
