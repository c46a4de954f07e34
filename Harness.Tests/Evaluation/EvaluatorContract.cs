using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>What an evaluation promises, in whatever sandbox it runs. What only git decides is tested once, in
/// <see cref="PatchMergeTests"/>.</summary>
public abstract partial class EvaluatorContract(TinyTasks tiny) : EvaluatorTests(tiny)
{
    [Fact(Timeout = BackstopMs)]
    public async Task Patches_that_touch_different_places_merge_cleanly_and_pass()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("numbers.txt", "one", "ONE"),
            await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        result.Error.Should().BeNull(Because(result));
        result.BaseCommit.Should().Be(await Tiny.BaseCommitAsync());
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied, ApplyStatus.Applied);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.Report.MergeStatus.Should().Be(MergeStatus.Clean);
        result.Report.MergeStrategy.Should().Be(MergeStrategy.Naive);
        result.Report.NaiveConflict.Should().BeFalse();
        result.Report.EvalError.Should().BeNull();
        result.Report.Tests.Select(test =>
            (test.FeatureId, test.Passed, test.TestsPassed, test.TestsFailed, test.TestsSkipped, test.ExitCode, test.Reason))
            .Should().Equal((1, true, 1, 0, 0, 0, null), (2, true, 1, 0, 0, 0, null));
        Text(result.MergedDiff!.Value).Should().Contain("+ONE").And.Contain("+TEN").And.NotContain("dirt");
        Text(result.TestOutputs[0]).Should().Contain("arguments: tests1.patch merged.patch").And.Contain("0 failed, 1 passed");
        result.Sandbox!.Role.Should().Be("evaluation");
        result.MergeSeconds.Should().BePositive();
        result.TestsSeconds.Should().BePositive();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Lines_added_at_one_place_are_united_the_last_agents_first()
    {
        CodingTask task = Tiny.Task(
            TinyFeature.WithLine(1, "list.txt", "from one"),
            new TinyFeature(2, "check grep -qx 'from two' list.txt\ncheck test \"$(cat .git/info/attributes)\" = 'nothing.txt -diff'"));

        EvaluationResult result = await EvaluateAsync(
            task, await Tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom one\n"),
                await Tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom two\n"));

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeUnion);
        result.Report.MergeStatus.Should().Be(MergeStatus.Conflicts);
        result.Report.MergeStrategy.Should().Be(MergeStrategy.Union);
        result.Report.NaiveConflict.Should().BeTrue();
        result.Report.MergeOutput.Should().Contain("CONFLICT");
        Text(result.MergedDiff!.Value).Should().Contain("+from two\n+from one\n").And.NotContain(".gitattributes").And
            .NotContain("<<<<<<<");
    }
}
