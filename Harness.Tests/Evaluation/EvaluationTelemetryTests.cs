using System.Diagnostics;
using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Telemetry;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>The spans of merges and tests, for each way in which a merge can end.</summary>
[Slow]
public sealed class EvaluationTelemetryTests(ProcessSandboxFixture sandboxes, TinyTasks tiny)
    : EvaluatorTests(tiny), IClassFixture<ProcessSandboxFixture>, IClassFixture<TinyTasks>
{
    private CodingTask Task { get; } = tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

    [Fact(Timeout = BackstopMs)]
    public async Task A_clean_merge_says_that_git_did_it_alone()
    {
        using var ear = new TelemetryEar();

        await EvaluateAsync(Task, await Tiny.PatchAsync("numbers.txt", "one", "ONE"), await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        Tags(ear, "merge").Should().BeEquivalentTo(
            new Dictionary<string, object?> { ["tandem.merge_outcome"] = "merge_clean", ["tandem.merge_strategy"] = "naive" });
        Tags(ear, "tests").Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_union_is_another_strategy()
    {
        using var ear = new TelemetryEar();

        await EvaluateAsync(
            Task,
            await Tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom one\n"),
            await Tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom two\n"));

        Tags(ear, "merge").Should().BeEquivalentTo(
            new Dictionary<string, object?> { ["tandem.merge_outcome"] = "merge_union", ["tandem.merge_strategy"] = "union" });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_merge_that_fails_is_a_result_without_a_strategy_and_nothing_is_tested()
    {
        using var ear = new TelemetryEar();

        await EvaluateAsync(
            Task,
            await Tiny.PatchAsync("list.txt", "beta", "BETA"),
            await Tiny.PatchAsync(repo => File.Delete(Path.Combine(repo, "list.txt"))));

        Tags(ear, "merge").Should().BeEquivalentTo(new Dictionary<string, object?> { ["tandem.merge_outcome"] = "merge_failed" });
        ear.Named("merge")[0].Status.Should().Be(ActivityStatusCode.Unset);
        ear.Named("tests").Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_merge_without_a_sandbox_is_an_error_without_an_outcome()
    {
        using var ear = new TelemetryEar();
        EvaluationRequest request = await RequestAsync(Task, Empty, Empty);
        var provider = WatchedProvider.Failing(sandboxes.Provider, (_, _) => new SandboxException(SandboxFault.Disk, "no room"));

        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(request, Token);

        result.Error.Should().Be(new RunError(ErrorClass.Disk, CasePhase.Merge, "no room"));
        Tags(ear, "merge").Should().BeEquivalentTo(new Dictionary<string, object?> { ["error.type"] = "disk" });
        ear.Named("merge")[0].Status.Should().Be(ActivityStatusCode.Error);
        ear.Named("tests").Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Tests_that_lose_their_sandbox_are_an_error_behind_a_merge_with_its_outcome()
    {
        using var ear = new TelemetryEar();
        var provider = new WatchedProvider(sandboxes.Provider)
        { AfterRunner = result => result with { Outcome = ExecOutcome.SandboxLost } };

        EvaluationRequest request = await RequestAsync(Task, Empty, Empty);
        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(request, Token);

        result.Error.Should().BeEquivalentTo(new { Class = ErrorClass.SandboxLost, Phase = CasePhase.Tests });
        Tags(ear, "merge").Should().Contain("tandem.merge_outcome", "merge_clean");
        Tags(ear, "tests").Should().BeEquivalentTo(new Dictionary<string, object?> { ["error.type"] = "sandbox_lost" });
        ear.Named("tests")[0].Status.Should().Be(ActivityStatusCode.Error);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_merge_that_is_interrupted_has_neither_an_outcome_nor_an_error()
    {
        using var ear = new TelemetryEar();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var provider = new WatchedProvider(sandboxes.Provider) { BeforeCreate = (_, _) => stop.CancelAsync() };
        EvaluationRequest request = await RequestAsync(Task, Empty, Empty);

        await FluentActions.Awaiting(() => new Evaluator(provider, TimeProvider.System).EvaluateAsync(request, stop.Token))
            .Should().ThrowAsync<OperationCanceledException>();

        Tags(ear, "merge").Should().BeEmpty();
        ear.Named("merge")[0].Status.Should().Be(ActivityStatusCode.Unset);
    }

    protected override Task<SandboxSubject> SubjectAsync() => ProcessSubjectAsync(sandboxes);

    private static Dictionary<string, object?> Tags(TelemetryEar ear, string phase) =>
        ear.Named(phase).Should().ContainSingle().Subject.TagObjects.ToDictionary();
}
