using FluentAssertions;
using Tandem.Harness.Cases;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>Patches that finished agents left are evaluated, by an attempt of its own, and no agent is started.</summary>
[Slow]
public sealed class EvaluationAgainTests : IAsyncLifetime
{
    private DamagedStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await DamagedStore.CopyAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Agents_that_a_crash_left_without_their_report_and_their_record_are_evaluated_and_never_started()
    {
        RunRecord was = _store.Records[0];
        byte[] report = _store.Damage("agent.json", FileFaultKind.Missing);
        Directory.Delete(_store.Runs.Layout.RunsFolder, recursive: true);
        _store.Runs.Status(DamagedStore.Case).Should().Be(RunStatus.Partial);

        _store.Rebuild().Should().ContainSingle().Which.What.Should().Be("agent.json from the trajectory and the patches");
        _store.Runs.Status(DamagedStore.Case).Should().Be(RunStatus.Results);
        Repair repair = (await _store.EvaluateAsync()).Should().ContainSingle().Subject;

        repair.ToString().Should().StartWith($"{DamagedStore.Case}  attempt 2  rebuilt: evaluation and record: passed");
        _store.Records.Select(record => (record.Attempt, record.AttemptKind, record.Interrupted)).Should()
            .Equal((1, AttemptKind.Run, true), (2, AttemptKind.Regrade, false));
        RunRecord now = _store.Records[1];
        OutcomeDifference.Of(was, now).Should().BeEmpty();
        (now.TotalCost, now.TotalSteps, now.Tokens, now.MessagesCount).Should()
            .Be((was.TotalCost, was.TotalSteps, was.Tokens, was.MessagesCount));
        AgentsReport made = StoreJson.Read<AgentsReport>(File.ReadAllBytes(Path.Combine(_store.Attempt, "agent.json")));
        made.Agents.Select(agent => (agent.AgentId, agent.Status, agent.Steps, agent.Cost, agent.PatchBytes)).Should()
            .Equal(StoreJson.Read<AgentsReport>(report).Agents
                .Select(agent => (agent.AgentId, agent.Status, agent.Steps, agent.Cost, agent.PatchBytes)));
        _store.Runs.Status(DamagedStore.Case).Should().Be(RunStatus.Completed);
    }

    [Fact]
    public async Task A_regrade_prepares_its_image_anew_and_one_that_is_stopped_changes_nothing()
    {
        using var stop = new CancellationTokenSource();
        var runner = new CaseRunner(_store.Runs.Open(RunsFixture.Forbidden, provider => WatchedProvider.Failing(provider, (_, _) =>
        {
            stop.Cancel();
            return null;
        })));
        Func<Task> stopped = () => runner.EvaluateAsync(DamagedStore.Case, AttemptReason.Regrade, TimeSpan.Zero, stop.Token);
        await stopped.Should().ThrowAsync<OperationCanceledException>();

        _store.Records.Select(record => (record.Attempt, record.Interrupted, record.AttemptReason)).Should()
            .Equal((1, false, AttemptReason.Due), (2, true, AttemptReason.Regrade));
        Counting.Of(_store.Records)!.Attempt.Should().Be(1);

        var image = new SandboxImage(_store.Records[0].Provenance.Image!, "corrected");
        runner = new CaseRunner(_store.Runs.Open(RunsFixture.Forbidden, provider => new WatchedProvider(provider) { Image = image }));
        CaseResult result = await runner.EvaluateAsync(DamagedStore.Case, AttemptReason.Regrade, TimeSpan.Zero,
            TestContext.Current.CancellationToken);

        RunRecord after = result.Should().BeOfType<CaseResult.Ran>().Which.Record;
        after.Should().BeEquivalentTo(new { Attempt = 3, AttemptKind = AttemptKind.Regrade, BothPassed = true });
        after.Provenance.ImageId.Should().Be("corrected");
        Counting.Of(_store.Records)!.Attempt.Should().Be(3);
        _store.Examine().Should().BeEmpty();
    }
}
