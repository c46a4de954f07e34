using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>What becomes of patches, whatever the sandbox: git decides it.</summary>
[Slow]
public sealed class PatchMergeTests(ProcessSandboxFixture sandboxes, TinyTasks tiny)
    : EvaluatorTests(tiny), IClassFixture<ProcessSandboxFixture>, IClassFixture<TinyTasks>
{
    [Fact(Timeout = BackstopMs)]
    public async Task A_union_that_keeps_both_versions_of_a_line_can_fail_the_tests()
    {
        CodingTask task = Tiny.Task(
            TinyFeature.WithLine(1, "list.txt", "beta of one"),
            new TinyFeature(2, "check grep -qx 'beta of two' list.txt\ncheck test \"$(grep -c beta list.txt)\" = 1"));

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("list.txt", "beta", "beta of one"),
            await Tiny.PatchAsync("list.txt", "beta", "beta of two"));

        Verdicts(result).Should().Equal([true, false], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeUnion);
        result.Report.Tests[1].Should()
            .BeEquivalentTo(new { TestsPassed = 1, TestsFailed = 1, ExitCode = 1, Reason = (TestFailureReason?)null });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Patches_that_merge_cleanly_can_still_break_each_other()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "value.sh", "value=2"),
            new TinyFeature(2, ". ./value.sh\n. ./uses.sh\ncheck test \"$used\" = 1"));

        EvaluationResult result = await EvaluateAsync(
            task, await Tiny.PatchAsync("value.sh", "value=1", "value=2"),
                await Tiny.PatchAsync(repo => File.WriteAllText(Path.Combine(repo, "uses.sh"), "used=$value\n")));

        Verdicts(result).Should().Equal([true, false], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_change_against_a_removal_is_a_failure_of_both_and_no_error()
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("list.txt", "beta", "BETA"),
            await Tiny.PatchAsync(repo => File.Delete(Path.Combine(repo, "list.txt"))));

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
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("image.bin", "binary", "ONE"),
            await Tiny.PatchAsync("image.bin", "binary", "TWO"));

        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeFailed, Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied, ApplyStatus.Applied);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_that_does_not_apply_leaves_the_other_to_be_tested()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result =
            await EvaluateAsync(task, "I could not do it, sorry.\n"u8.ToArray(), await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Error.Should().BeNull();
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Failed, ApplyStatus.Applied);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeFailed);
        result.Report.MergeStatus.Should().Be(MergeStatus.MissingInput);
        result.Report.MergeStrategy.Should().Be(MergeStrategy.Naive);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task The_same_work_done_twice_merges_cleanly()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "ONE"));
        byte[] patch = await Tiny.PatchAsync("numbers.txt", "one", "ONE");

        EvaluationResult result = await EvaluateAsync(task, patch, patch);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Three_patches_are_folded_into_one()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "list.txt", "from one"), TinyFeature.WithLine(2, "numbers.txt", "TEN"),
            TinyFeature.WithLine(3, "list.txt", "from three"));

        EvaluationResult result = await EvaluateAsync(
            task,
            await Tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom one\n"),
            await Tiny.PatchAsync("numbers.txt", "ten", "TEN"),
            await Tiny.PatchAsync("list.txt", "gamma\n", "gamma\nfrom three\n"));

        Verdicts(result).Should().Equal([true, true, true], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeUnion);
        result.Report.ApplyStatus.Should().HaveCount(3).And.OnlyContain(status => status == ApplyStatus.Applied);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task One_patch_is_tested_without_a_merge()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("numbers.txt", "one", "ONE"));

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
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "ten"));
        byte[] patch = await Tiny.PatchAsync("numbers.txt", "one", "ONE");

        EvaluationResult result =
            await EvaluateAsync(task, System.Text.Encoding.UTF8.GetBytes(Text(patch).Replace("-one", "-won", StringComparison.Ordinal)));

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Failed);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.Report.MergeStatus.Should().BeNull();
        Text(result.TestOutputs[0]).Should().Contain("arguments: tests1.patch\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_empty_patch_is_skipped_and_the_other_tested()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, Empty, await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Skipped, ApplyStatus.Applied);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.Report.MergeStatus.Should().Be(MergeStatus.Clean);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Two_empty_patches_have_the_bare_base_tested_without_a_patch()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "ten"));

        EvaluationResult result = await EvaluateAsync(task, Empty, "\n  \n"u8.ToArray());

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Skipped, ApplyStatus.Skipped);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.MergedDiff!.Value.IsEmpty.Should().BeTrue();
        result.TestOutputs.Select(Text).Should().OnlyContain(text => !text.Contains("merged.patch"));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_of_test_files_alone_counts_as_empty()
    {
        CodingTask task = Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(
            task,
            await Tiny.PatchAsync(repo =>
            {
                Directory.CreateDirectory(Path.Combine(repo, "pkg", "tests"));
                File.WriteAllText(Path.Combine(repo, "pkg", "tests", "a.py"), "x\n");
                File.WriteAllText(Path.Combine(repo, "pkg", "test_b.py"), "x\n");
            }),
            await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        result.Report.ApplyStatus.Should().Equal([ApplyStatus.Skipped, ApplyStatus.Applied], Because(result));
        result.GradedPatches[0].IsEmpty.Should().BeTrue();
        Verdicts(result).Should().Equal(true, true);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_against_an_older_commit_applies_three_way()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "THREE"), TinyFeature.WithLine(2, "numbers.txt", "4"));

        // Its three lines of context reach the line that the base has changed since.
        byte[] patch = await Tiny.PatchAsync("numbers.txt", "two", "two\nTHREE", from: "main~");

        EvaluationResult result = await EvaluateAsync(task, patch);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_that_conflicts_with_the_base_leaves_no_trace()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "check grep -qx 4 numbers.txt\ncheck test \"$(wc -l < numbers.txt)\" = 10"),
            TinyFeature.Passing(2));

        byte[] patch = await Tiny.PatchAsync(repo =>
        {
            string numbers = Path.Combine(repo, "numbers.txt");
            File.WriteAllText(numbers, File.ReadAllText(numbers).Replace("four", "FOUR", StringComparison.Ordinal));
            File.WriteAllText(Path.Combine(repo, "added.txt"), "x\n");
        }, from: "main~");
        EvaluationResult result = await EvaluateAsync(task, patch, Empty);

        result.Report.ApplyStatus.Should().Equal([ApplyStatus.Failed, ApplyStatus.Skipped], Because(result));
        result.MergedDiff!.Value.IsEmpty.Should().BeTrue();
        Verdicts(result).Should().Equal(true, true);
    }

    protected override Task<SandboxSubject> SubjectAsync() => ProcessSubjectAsync(sandboxes);
}
