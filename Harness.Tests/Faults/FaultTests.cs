using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>Tests in which a fault strikes a whole case on the real engine. Each must end in the right row of the outcome table; after each
/// nothing of it may be left.</summary>
[Slow]
public abstract class FaultTests(TinyTasks tiny) : IClassFixture<TinyTasks>, IAsyncLifetime
{
    protected const int BackstopMs = 600_000;

    private protected FaultCases Cases { get; private set; } = null!;

    private protected EngineClient Engine { get; private set; } = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (ISandboxProvider provider, SandboxImage image, Engine) = await OpenEngineAsync();
        Cases = await FaultCases.MakeAsync(tiny, provider, image, Engine);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Cases is null)
            return;
        await Cases.DisposeAsync();
        await CloseEngineAsync();
        await Cases.NothingOfOursIsLeftAsync();
    }

    /// <summary>The engine, an image of it, and a client to look with; by default the one that all tests share.</summary>
    private protected virtual async Task<(ISandboxProvider Provider, SandboxImage Image, EngineClient Look)> OpenEngineAsync()
    {
        SandboxSubject subject = await DockerEngine.SubjectAsync();
        return (subject.Provider, subject.Image, (await DockerEngine.RequireOrSkip()).Engine);
    }

    /// <summary>Ends what was opened, but for the client.</summary>
    private protected virtual Task CloseEngineAsync() => Task.CompletedTask;

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

    /// <summary>The row of a case whose first feature's tests went down with the agent's code.</summary>
    protected static void ShouldHaveFailed(RunRecord record, TestFailureReason? reason)
    {
        record.Should().BeEquivalentTo(
            new
            {
                AgentStatus = AgentStatus.Submitted,
                InfraError = false,
                Interrupted = false,
                BothPassed = false,
                Feature1Passed = false,
                Feature2Passed = true,
                MergeOutcome = MergeOutcome.MergeClean,
                Error = (RunError?)null,
                EvalError = (string?)null,
                Attempt = 1,
            },
            "{0}", record.Error);
        record.Tests[0].Reason.Should().Be(reason);
    }

    /// <summary>The row of a case that an agent has made fail by its own error.</summary>
    protected static void ShouldBeTheAgents(RunRecord record, string reason)
    {
        record.Should().BeEquivalentTo(
            new { AgentStatus = AgentStatus.Error, InfraError = false, Interrupted = false, BothPassed = false, Attempt = 1 },
            "{0}", record.Error);
        (record.Error!.Class, record.Error.Phase).Should().Be((ErrorClass.Agent, CasePhase.Agent), record.Error.Message);
        record.Error.Message.Should().Contain(reason);
    }

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
        : Meddling.DoAsync(Engine, id, how, Token);

    /// <summary>Has a command run for a minute at most, and does something while it runs.</summary>
    private protected static async Task WorkWhileAsync(AgentContext context, Func<Task> act, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<ExecResult> running =
            context.ExecAsync(ExecRequest.Shell("echo started; sleep 60") with
            { OnOutput = (_, _) => started.TrySetResult() }, cancellationToken);
        await Task.WhenAny(started.Task, running);
        await act();
        await running;
    }

    /// <summary>Waits until a sandbox holds a file.</summary>
    private protected async Task WaitForFileAsync(string id, string path)
    {
        while (await Engine.GetFileAsync(id, path, 100, Token) is null)
            await Task.Delay(50, Token);
    }
}
