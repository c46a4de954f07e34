using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Runners that tell of no test: whether that is the agents' doing is asked of the gold patch.</summary>
[Slow]
public sealed class SilentRunnerTests(ProcessSandboxFixture sandboxes, TinyTasks tiny)
    : EvaluatorTests(tiny), IClassFixture<ProcessSandboxFixture>, IClassFixture<TinyTasks>
{
    [Fact(Timeout = BackstopMs)]
    public async Task A_silent_runner_fails_the_feature_if_it_speaks_on_the_gold_patch()
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "grep -qx ONE numbers.txt || exit 3\ncheck true", await Tiny.PatchAsync("numbers.txt", "one", "ONE")),
                TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        result.Error.Should().BeNull(Because(result));
        Verdicts(result).Should().Equal(false, true);
        result.Report.Tests[0].Should()
            .BeEquivalentTo(new
            {
                Reason = TestFailureReason.TestsDidNotRun,
                ExitCode = 3,
                TestsPassed = (int?)null,
                TestsFailed = (int?)null
            });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_ends_well_without_a_word_is_asked_about_the_gold_patch_too()
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "grep -qx ONE numbers.txt || exit 0\ncheck true", await Tiny.PatchAsync("numbers.txt", "one", "ONE")),
                TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.Tests[0].Reason.Should().Be(TestFailureReason.TestsDidNotRun);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_is_silent_on_the_gold_patch_as_well_gives_no_verdict()
    {
        CodingTask task = Tiny.Task(
            TinyFeature.Passing(1), new TinyFeature(2, "echo cannot reach the package index; exit 3",
                await Tiny.PatchAsync("numbers.txt", "one", "ONE")));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        result.Error!.Class.Should().Be(ErrorClass.TestsUnrunnable);
        result.Error.Phase.Should().Be(CasePhase.Tests);
        result.Error.Message.Should().Contain("cannot reach the package index").And.Contain("exit code 3");
        result.Report.EvalError.Should().Be(result.Error.Message);
        Verdicts(result).Should().Equal([null, null], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean, "that is known");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_silent_runner_without_a_gold_patch_gives_no_verdict()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "exit 3"), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        result.Error!.Class.Should().Be(ErrorClass.TestsUnrunnable);
        result.Error.Message.Should().Contain("unknown").And.Contain("feature1/feature.patch is missing").And.NotContain(Tiny.Folder);
    }

    protected override Task<SandboxSubject> SubjectAsync() => ProcessSubjectAsync(sandboxes);
}
