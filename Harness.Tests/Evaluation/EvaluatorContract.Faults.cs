using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Faults that are not the agents'.</summary>
public abstract partial class EvaluatorContract
{
    [Fact(Timeout = BackstopMs)]
    public async Task A_missing_tests_patch_is_told_before_any_sandbox_is_made()
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));
        File.Delete(task.Feature(2).TestsPatchFile);

        EvaluationResult result = await EvaluateAsync(task, Empty, Empty);

        result.Error!.Class.Should().Be(ErrorClass.TestsUnrunnable);
        result.Error.Message.Should().Be("tiny_task/task1/feature2/tests.patch is missing.");
        result.Sandbox.Should().BeNull();
        result.Report.Tests.Should().BeEmpty();
        result.Report.ApplyStatus.Should().BeEmpty();
        result.Report.MergeOutcome.Should().BeNull();
        result.Report.MergeStatus.Should().Be(MergeStatus.Error);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_image_without_a_repository_is_named_as_such()
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));
        SandboxSubject subject = await SubjectAsync();
        var provider = new WatchedProvider(subject.Provider)
        { OnCreated = sandbox => sandbox.ExecAsync(ExecRequest.Shell("rm -rf .git"), Token) };

        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(await RequestAsync(task, Empty), Token);

        result.Error!.Class.Should().Be(ErrorClass.Image);
        result.Error.Phase.Should().Be(CasePhase.Merge);
        result.Error.Message.Should().Contain("not a git repository");
        result.Sandbox.Should().NotBeNull();
        provider.Alive.Should().Be(0);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(SandboxFault.Engine, ErrorClass.Engine)]
    [InlineData(SandboxFault.Image, ErrorClass.Image)]
    [InlineData(SandboxFault.Disk, ErrorClass.Disk)]
    [InlineData(SandboxFault.HostMemory, ErrorClass.HostMemory)]
    [InlineData(SandboxFault.Lost, ErrorClass.SandboxLost)]
    [InlineData(SandboxFault.Unsupported, ErrorClass.Harness)]
    public async Task A_sandbox_that_cannot_be_made_gives_an_error_of_its_class(SandboxFault fault, ErrorClass expected)
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));
        SandboxSubject subject = await SubjectAsync();
        var provider = new WatchedProvider(subject.Provider) { BeforeCreate = (_, _) => throw new SandboxException(fault, "no room") };

        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(await RequestAsync(task, Empty), Token);

        result.Error.Should().Be(new RunError(expected, CasePhase.Merge, "no room"));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_sandbox_that_is_lost_under_the_runner_gives_no_verdict()
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));
        SandboxSubject subject = await SubjectAsync();
        var provider = new WatchedProvider(subject.Provider)
        { BeforeRunner = async (sandbox, number) => await (number == 2 ? sandbox.DisposeAsync() : ValueTask.CompletedTask) };

        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(await RequestAsync(task, Empty), Token);

        result.Error!.Class.Should().Be(ErrorClass.SandboxLost);
        result.Error.Phase.Should().Be(CasePhase.Tests);
        Verdicts(result).Should().Equal([null], "the first feature's run is kept as a fact, not as a verdict");
        result.Report.Tests[0].TestsPassed.Should().Be(1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_ran_out_of_memory_fails_its_feature_though_tests_had_passed()
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));
        SandboxSubject subject = await SubjectAsync();
        var provider = new WatchedProvider(subject.Provider)
        { AfterRunner = result => result with { Outcome = ExecOutcome.OutOfMemory, ExitCode = 137 } };

        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(await RequestAsync(task, Empty), Token);

        result.Error.Should().BeNull();
        Verdicts(result).Should().Equal(false, false);
        result.Report.Tests[0].Should()
            .BeEquivalentTo(new { TestsPassed = 1, ExitCode = (int?)null, Reason = TestFailureReason.OutOfMemory });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_cancelled_evaluation_throws_and_leaves_no_sandbox()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "sleep 600"), TinyFeature.Passing(2));
        SandboxSubject subject = await SubjectAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var provider = new WatchedProvider(subject.Provider)
        { BeforeRunner = (_, _) => { cancel.CancelAfter(TimeSpan.FromMilliseconds(300)); return Task.CompletedTask; } };

        EvaluationRequest request = await RequestAsync(task, Empty);
        Func<Task> evaluation = () => new Evaluator(provider, TimeProvider.System).EvaluateAsync(request, cancel.Token);

        await evaluation.Should().ThrowAsync<OperationCanceledException>();
        provider.Ids.Should().ContainSingle();
        provider.Alive.Should().Be(0);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task One_sandbox_lives_at_a_time_and_all_have_the_journalled_name()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "rm -rf .git; exit 3", await Tiny.PatchAsync("numbers.txt", "one", "ONE")),
            TinyFeature.Passing(2));
        SandboxSubject subject = await SubjectAsync();
        var provider = new WatchedProvider(subject.Provider);
        EvaluationRequest request = await RequestAsync(task, Empty);

        await new Evaluator(provider, TimeProvider.System).EvaluateAsync(request, Token);

        provider.Ids.Should().HaveCount(3, "the first is spoiled, the second is used, the third runs the gold patch");
        provider.MostAlive.Should().Be(1);
        provider.Alive.Should().Be(0);
        provider.Names.Should().OnlyContain(name => name == request.Sandbox.Name);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Patches_that_are_neither_one_nor_one_per_feature_are_refused()
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2), TinyFeature.Passing(3));
        EvaluationRequest request = await RequestAsync(task, Empty, Empty);

        Func<Task> evaluation = () => EvaluateAsync(request);

        await evaluation.Should().ThrowAsync<ArgumentException>().WithMessage("*3 features but 2 patches*");
    }
}
