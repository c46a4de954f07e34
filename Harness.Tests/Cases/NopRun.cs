using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Recordings;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>One real case of an agent that does nothing, for tests that only need its record: it is run once for a class.</summary>
public sealed class NopRun : IAsyncLifetime
{
    internal RunRecord Record { get; private set; } = null!;

    internal Recording Recording { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await using var runs = new RunsFixture();
        Record = await runs.RecordAsync(RunsFixture.Solo, AgentCatalog.Find("nop")!);
        Recording = Recording.TryRead(Path.Combine(runs.Layout.AttemptFolder(Record.CaseId, 1), StoreLayout.TrajectoryFile))!;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
