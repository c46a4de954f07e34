using FluentAssertions;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>Tests in which a fault strikes a whole case on the real engine. Each must end in the right row of the outcome table; after each nothing of it may be left.</summary>
public abstract class FaultTests(TinyTasks tiny) : IClassFixture<TinyTasks>, IAsyncLifetime
{
    protected const int BackstopMs = 180_000;

    private protected FaultCases Cases { get; private set; } = null!;

    private protected EngineClient Engine { get; private set; } = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        SandboxSubject subject = await DockerEngine.SubjectAsync();
        Engine = (await DockerEngine.RequireOrSkip()).Engine;
        Cases = await FaultCases.MakeAsync(tiny, await DockerEngine.RequireOrSkip(), subject.Image);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Cases is null)
            return;
        await Cases.DisposeAsync();
        await Cases.NothingOfOursIsLeftAsync();
    }

    /// <summary>The row of a case that the fault did not harm.</summary>
    protected static void ShouldHavePassed(RunRecord record, int attempt = 1) =>
        record.Should().BeEquivalentTo(
            new
            {
                AgentStatus = AgentStatus.Submitted,
                InfraError = false,
                Interrupted = false,
                BothPassed = true,
                Feature1Passed = true,
                Feature2Passed = true,
                MergeOutcome = MergeOutcome.MergeClean,
                Error = (RunError?)null,
                EvalError = (string?)null,
                Attempt = attempt,
            },
            "{0} {1}", record.Error, record.Agents.Count > 0 ? record.Agents[0].Error : "");

    /// <summary>The row of an attempt without a verdict.</summary>
    protected static void ShouldBeInfraError(RunRecord record, AgentStatus agent, ErrorClass errorClass, CasePhase phase, int attempt)
    {
        record.Should().BeEquivalentTo(
            new
            {
                AgentStatus = agent,
                InfraError = true,
                Interrupted = false,
                BothPassed = (bool?)null,
                Feature1Passed = (bool?)null,
                Feature2Passed = (bool?)null,
                Attempt = attempt,
            },
            "{0}", record.Error);
        (record.Error!.Class, record.Error.Phase).Should().Be((errorClass, phase), record.Error.Message);
    }

    /// <summary>What somebody with access to the engine does to a sandbox.</summary>
    private protected Task MeddleAsync(string id, string how) => how == "remove"
        ? Engine.RemoveContainerAsync(id, Token)
        : Engine.SendAsync(new EngineCall(HttpMethod.Post, $"/containers/{id}/{how}", "meddling"), Token);

    /// <summary>Waits until a sandbox holds a file.</summary>
    private protected async Task WaitForFileAsync(string id, string path)
    {
        while (await Engine.GetFileAsync(id, path, 100, Token) is null)
            await Task.Delay(50, Token);
    }
}
