using System.Collections.Concurrent;
using FluentAssertions;
using Tandem.Harness.Cases;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>Cases of tasks whose image cannot be had.</summary>
[Slow]
public sealed class MissingImageTests : IAsyncDisposable
{
    private static readonly CaseId s_other = CaseId.Parse("solo/timespan_task/27/f1_f2/seed0");

    private readonly RunsFixture _runs = new();
    private readonly ConcurrentQueue<string> _prepared = [];
    private SandboxException? _fault;

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task They_are_skipped_without_an_attempt_and_the_others_run()
    {
        _fault = new SandboxException(SandboxFault.Image, "the task's Dockerfile builds on nothing.") { MayPass = false };
        _runs.Configuration = _runs.Configuration with { Run = _runs.Configuration.Run with { PauseAfter = 1 } };
        CaseRunner runner = _runs.Runner(RunsFixture.Oracle, real => new Lacking(this, real));

        for (int i = 0; i < 2; i++)
        {
            (await RunAsync(runner, RunsFixture.Solo)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
                .Be("no image for timespan_task/14: the task's Dockerfile builds on nothing");
        }
        (await RunAsync(runner, RunsFixture.Coop)).Should().BeOfType<CaseResult.Skipped>();
        (await RunAsync(runner, s_other)).Should().BeOfType<CaseResult.Ran>().Which.Record.BothPassed.Should().BeTrue();

        _prepared.Should().ContainSingle("it is tried once for all cases of the task");
        _runs.Notices.Should().ContainSingle().Which.Should().StartWith("no image for timespan_task/14: ");
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Missing);
        Directory.Exists(_runs.Layout.AttemptFolder(RunsFixture.Solo, 1)).Should().BeFalse();
    }

    [Fact]
    public async Task The_next_run_tries_again()
    {
        _fault = new SandboxException(SandboxFault.Image, "nothing") { MayPass = false };
        (await RunAsync(_runs.Runner(RunsFixture.Oracle, real => new Lacking(this, real)), RunsFixture.Solo)).Should()
            .BeOfType<CaseResult.Skipped>();

        _fault = null;
        (await RunAsync(_runs.Runner(RunsFixture.Oracle, real => new Lacking(this, real)), RunsFixture.Solo)).Should()
            .BeOfType<CaseResult.Ran>().Which.Record.Attempt.Should().Be(1);
    }

    [Fact, Long]
    public async Task What_has_a_verdict_needs_no_image()
    {
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        _fault = new SandboxException(SandboxFault.Image, "nothing") { MayPass = false };
        RunEnvironment environment = _runs.Open(RunsFixture.Oracle, real => new Lacking(this, real));

        IReadOnlyList<string> lines = await environment.LookForImagesAsync([RunsFixture.Solo, RunsFixture.Coop, s_other],
            TestContext.Current.CancellationToken);

        lines.Should().Equal("1 of 2 tasks have no image, and none can be pulled or built now. Their 2 cases are skipped, without an "
            + "attempt; the others run.", "  no image for timespan_task/14: nothing");
        (await RunAsync(new CaseRunner(environment), RunsFixture.Solo)).Should().BeOfType<CaseResult.Stored>();
    }

    private static Task<CaseResult> RunAsync(CaseRunner runner, CaseId caseId) =>
        runner.RunAsync(caseId, AttemptReason.Due, TimeSpan.Zero, TestContext.Current.CancellationToken);

    /// <summary>Has no image for the first task.</summary>
    private sealed class Lacking(MissingImageTests test, ISandboxProvider real) : ISandboxProvider
    {
        public string Kind => real.Kind;

        public SandboxAbilities Abilities => real.Abilities;

        public string Description => real.Description;

        public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken)
        {
            if (!Lacks(source))
                return real.PrepareImageAsync(source, cancellationToken);
            test._prepared.Enqueue(source.Name);
            throw test._fault!;
        }

        public Task<SandboxException?> ForeseeImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
            Task.FromResult(Lacks(source) ? test._fault : null);

        public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
            real.PrepareProgramsAsync(recipe, cancellationToken);

        public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken) =>
            real.CreateAsync(spec, cancellationToken);

        public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
            real.SweepAsync(store, cancellationToken);

        public ValueTask DisposeAsync() => real.DisposeAsync();

        private bool Lacks(SandboxImageSource source) =>
            test._fault is not null && source.Name.EndsWith("task14", StringComparison.Ordinal);
    }
}
