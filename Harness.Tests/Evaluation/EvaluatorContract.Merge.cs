using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>What becomes of several patches.</summary>
public abstract partial class EvaluatorContract
{
    [Fact(Timeout = BackstopMs)]
    public async Task Patches_that_touch_different_places_merge_cleanly_and_pass()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, await tiny.PatchAsync("numbers.txt", "one", "ONE"), await tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        result.Error.Should().BeNull(Because(result));
        result.BaseCommit.Should().Be(await tiny.BaseCommitAsync());
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied, ApplyStatus.Applied);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.Report.MergeStatus.Should().Be(MergeStatus.Clean);
        result.Report.MergeStrategy.Should().Be(MergeStrategy.Naive);
        result.Report.NaiveConflict.Should().BeFalse();
        result.Report.EvalError.Should().BeNull();
        result.Report.Tests.Select(test => (test.FeatureId, test.Passed, test.TestsPassed, test.TestsFailed, test.TestsSkipped, test.ExitCode, test.Reason))
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
        CodingTask task = tiny.Task(
            TinyFeature.WithLine(1, "list.txt", "from one"),
            new TinyFeature(2, "check grep -qx 'from two' list.txt\ncheck test \"$(cat .git/info/attributes)\" = 'nothing.txt -diff'"));

        EvaluationResult result = await EvaluateAsync(
            task, await tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom one\n"), await tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom two\n"));

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeUnion);
        result.Report.MergeStatus.Should().Be(MergeStatus.Conflicts);
        result.Report.MergeStrategy.Should().Be(MergeStrategy.Union);
        result.Report.NaiveConflict.Should().BeTrue();
        result.Report.MergeOutput.Should().Contain("CONFLICT");
        Text(result.MergedDiff!.Value).Should().Contain("+from two\n+from one\n").And.NotContain(".gitattributes").And.NotContain("<<<<<<<");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_union_that_keeps_both_versions_of_a_line_can_fail_the_tests()
    {
        CodingTask task = tiny.Task(
            TinyFeature.WithLine(1, "list.txt", "beta of one"),
            new TinyFeature(2, "check grep -qx 'beta of two' list.txt\ncheck test \"$(grep -c beta list.txt)\" = 1"));

        EvaluationResult result = await EvaluateAsync(task, await tiny.PatchAsync("list.txt", "beta", "beta of one"), await tiny.PatchAsync("list.txt", "beta", "beta of two"));

        Verdicts(result).Should().Equal([true, false], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeUnion);
        result.Report.Tests[1].Should().BeEquivalentTo(new { TestsPassed = 1, TestsFailed = 1, ExitCode = 1, Reason = (TestFailureReason?)null });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Patches_that_merge_cleanly_can_still_break_each_other()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "value.sh", "value=2"), new TinyFeature(2, ". ./value.sh\n. ./uses.sh\ncheck test \"$used\" = 1"));

        EvaluationResult result = await EvaluateAsync(
            task, await tiny.PatchAsync("value.sh", "value=1", "value=2"), await tiny.PatchAsync(repo => File.WriteAllText(Path.Combine(repo, "uses.sh"), "used=$value\n")));

        Verdicts(result).Should().Equal([true, false], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_change_against_a_removal_is_a_failure_of_both_and_no_error()
    {
        CodingTask task = tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, await tiny.PatchAsync("list.txt", "beta", "BETA"), await tiny.PatchAsync(repo => File.Delete(Path.Combine(repo, "list.txt"))));

        result.Error.Should().BeNull(Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeFailed);
        result.Report.MergeStatus.Should().Be(MergeStatus.Conflicts);
        result.Report.MergeStrategy.Should().BeNull();
        result.Report.NaiveConflict.Should().BeTrue();
        result.Report.EvalError.Should().BeNull();
        result.Report.Tests.Should().Equal(
            new FeatureTestReport(1, false, null, null, null, null, TestFailureReason.NotMerged, null),
            new FeatureTestReport(2, false, null, null, null, null, TestFailureReason.NotMerged, null));
        result.MergedDiff.Should().BeNull();
        result.TestOutputs.Should().BeEmpty();
        result.TestsSeconds.Should().BeNull();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Two_versions_of_a_binary_file_cannot_be_merged()
    {
        CodingTask task = tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, await tiny.PatchAsync("image.bin", "binary", "ONE"), await tiny.PatchAsync("image.bin", "binary", "TWO"));

        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeFailed, Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied, ApplyStatus.Applied);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_that_does_not_apply_leaves_the_other_to_be_tested()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, "I could not do it, sorry.\n"u8.ToArray(), await tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Error.Should().BeNull();
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Failed, ApplyStatus.Applied);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeFailed);
        result.Report.MergeStatus.Should().Be(MergeStatus.MissingInput);
        result.Report.MergeStrategy.Should().Be(MergeStrategy.Naive);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_same_work_done_twice_merges_cleanly()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "ONE"));
        byte[] patch = await tiny.PatchAsync("numbers.txt", "one", "ONE");

        EvaluationResult result = await EvaluateAsync(task, patch, patch);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Three_patches_are_folded_into_one()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "list.txt", "from one"), TinyFeature.WithLine(2, "numbers.txt", "TEN"), TinyFeature.WithLine(3, "list.txt", "from three"));

        EvaluationResult result = await EvaluateAsync(
            task,
            await tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom one\n"),
            await tiny.PatchAsync("numbers.txt", "ten", "TEN"),
            await tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom three\n"));

        Verdicts(result).Should().Equal([true, true, true], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeUnion);
        result.Report.ApplyStatus.Should().HaveCount(3).And.OnlyContain(status => status == ApplyStatus.Applied);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task One_patch_is_tested_without_a_merge()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, await tiny.PatchAsync("numbers.txt", "one", "ONE"));

        Verdicts(result).Should().Equal([true, false], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.Report.MergeStatus.Should().BeNull();
        result.Report.MergeStrategy.Should().BeNull();
        result.Report.NaiveConflict.Should().BeNull();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task One_patch_that_does_not_apply_leaves_the_bare_base_to_be_tested()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "ten"));
        byte[] patch = await tiny.PatchAsync("numbers.txt", "one", "ONE");

        EvaluationResult result = await EvaluateAsync(task, System.Text.Encoding.UTF8.GetBytes(Text(patch).Replace("-one", "-won", StringComparison.Ordinal)));

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Failed);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.Report.MergeStatus.Should().BeNull();
        Text(result.TestOutputs[0]).Should().Contain("arguments: tests1.patch\n");
    }
}
