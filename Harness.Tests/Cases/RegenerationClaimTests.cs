using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Cases;
using Tandem.Harness.Tests.Victims;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>A regeneration holds the cases that it rebuilds, and leaves those that another process has.</summary>
[Slow]
public sealed class RegenerationClaimTests : IAsyncLifetime
{
    private DamagedStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await DamagedStore.CopyAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public void While_it_writes_its_records_the_store_counts_as_in_use_and_afterwards_no_longer()
    {
        StoreLayout layout = _store.Runs.Layout;
        _store.Damage("agent.json", FileFaultKind.Missing);
        var held = new List<string>();
        var clock = new StoppingClock(layout, () => (DamagedStore.Case, StopPoint.BeforeRecord),
            () => held.AddRange(ClaimFiles.Held(layout).Select(claim => $"{claim.CaseId} by {claim.Holder.Pid}")));
        using (var regenerator = new Regenerator(layout, "test", clock))
        {
            held.Clear();
            regenerator.Rebuild(regenerator.Examine([DamagedStore.Case])).Should().ContainSingle().Which.Kind.Should()
                .Be(RepairKind.Rebuilt);
        }

        held.Should().NotBeEmpty().And.AllBe($"{DamagedStore.Case} by {Environment.ProcessId}");
        ClaimFiles.Held(layout).Should().BeEmpty();
    }

    [Fact]
    public void A_case_that_is_claimed_elsewhere_is_left_and_named()
    {
        _store.Damage("agent.json", FileFaultKind.Missing);
        using IDisposable? held = new FileClaimStore(_store.Runs.Layout).TryClaim(DamagedStore.Case, out _);

        Repair repair = _store.Rebuild().Should().ContainSingle().Subject;

        repair.Should().Be(new Repair(DamagedStore.Case, null, RepairKind.Left,
            $"claimed elsewhere, by process {Environment.ProcessId} on {Environment.MachineName}"));
        held.Should().NotBeNull();
    }

    [Fact]
    public void A_case_that_a_worker_of_a_shared_matrix_has_is_left_though_it_holds_no_lock_file()
    {
        StoreLayout layout = _store.Runs.Layout;
        string plan = File.ReadAllText(layout.PlanFile);
        plan.Should().Contain("\"claims\": \"files\"");
        File.WriteAllText(layout.PlanFile, plan.Replace("\"claims\": \"files\"", "\"claims\": \"postgres\"", StringComparison.Ordinal));
        _store.Damage("agent.json", FileFaultKind.Missing);
        var worker = new ProcessIdentity("node7", "", "", 4711, 0);
        string holder = ClaimFiles.HolderOf(ClaimFiles.LockOf(layout, DamagedStore.Case));
        Directory.CreateDirectory(layout.ClaimsFolder);
        File.WriteAllText(holder, worker.ToString());

        _store.Rebuild().Should().ContainSingle().Which.What.Should().Be("claimed elsewhere, by process 4711 on node7");
        File.Delete(holder);
        _store.Rebuild().Should().ContainSingle().Which.Kind.Should().NotBe(RepairKind.Left);
    }
}
