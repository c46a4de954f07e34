using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>What runners, and the agents' code in them, do to an evaluation.</summary>
public abstract partial class EvaluatorContract
{
    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_hangs_fails_its_feature_after_the_time_limit()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "echo waiting; sleep 600"), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(await RequestAsync(task, Empty) with { RunnerTimeLimit = TimeSpan.FromSeconds(2) });

        result.Error.Should().BeNull(Because(result));
        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.Tests[0].Reason.Should().Be(TestFailureReason.TimedOut);
        result.Report.Tests[0].ExitCode.Should().BeNull();
        result.Report.Tests[0].Seconds.Should().BeInRange(1.5, 15);
        Text(result.TestOutputs[0]).Should().Contain("waiting");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_prints_without_end_fails_its_feature()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "yes 'this is too much' | head -c 200000000; check true"), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.Tests[0].Reason.Should().Be(TestFailureReason.TooMuchOutput);
        result.TestOutputs[0].Length.Should().BeLessThan(4 << 20);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_long_output_is_kept_at_both_ends()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "echo the first line; yes filler | head -c 9000000; echo; check true"),
            TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.TestOutputs[0].Length.Should().BeLessThan(4 << 20);
        Text(result.TestOutputs[0]).Should().Contain("the first line").And.Contain("bytes left out").And.Contain("1 passed in");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Output_that_is_not_UTF8_hides_no_summary()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "printf '\\377\\376 \\200\\n'; check true"), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.TestOutputs[0].ToArray().Should().Contain(0xff);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Both_streams_are_kept_in_their_order()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "echo a; echo b >&2; echo c; check true"), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Text(result.TestOutputs[0]).Should().Contain("a\nb\nc\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_second_feature_starts_afresh_whatever_the_first_left()
    {
        const string Mess = """
            check true
            trap - EXIT
            touch .git/index.lock .git/HEAD.lock .git/refs/heads/.lock .git/refs/heads/work.lock
            echo mess > mess.txt
            echo mess > list.txt
            echo '#!/bin/sh' > "$TANDEM_PATCHES/tests2.patch"
            echo mess > "$TANDEM_PATCHES/merged.patch"
            echo 'exit 9' > "$0"
            """;
        CodingTask task = Tiny.Task(
            new TinyFeature(1, Mess),
            new TinyFeature(2, "check test ! -e mess.txt\ncheck grep -qx alpha list.txt\ncheck grep -qx ONE numbers.txt\ncheck test ! -e "
                + "checks/feature1.sh\ncheck git branch work"));

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("numbers.txt", "one", "ONE"));

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.Tests[1].TestsPassed.Should().Be(5);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_first_runner_left_outside_the_repository_is_there_for_the_second_unless_each_has_a_sandbox(bool each)
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "touch \"${TMPDIR:-/tmp}/left\"; check true"),
            new TinyFeature(2, "check true; check test -e \"${TMPDIR:-/tmp}/left\""));

        EvaluationResult result = await EvaluateAsync(await RequestAsync(task, Empty) with { SandboxPerFeature = each });

        Verdicts(result).Should().Equal([true, !each], Because(result));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Processes_that_the_first_runner_left_are_gone_before_the_second()
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "(while :; do touch intruder; sleep 0.05; done) < /dev/null > /dev/null 2>&1 &\ncheck true"),
            new TinyFeature(2, "rm -f intruder; sleep 0.3\ncheck test ! -e intruder"));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Verdicts(result).Should().Equal([true, true], Because(result));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_destroys_the_repository_fails_its_own_feature_only()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "rm -rf .git\ncheck false"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        result.Error.Should().BeNull(Because(result));
        Verdicts(result).Should().Equal(false, true);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_repositorys_dirt_is_cleared_and_no_part_of_what_is_tested()
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "check test ! -e untracked.txt\ncheck grep -qx clean dirty.txt\ncheck test \"$(wc -l < dirty.txt)\" = 1"),
            TinyFeature.WithLine(2, "dirty.txt", "edited"));

        EvaluationResult result = await EvaluateAsync(task, Empty, await Tiny.PatchAsync("dirty.txt", "clean\n", "clean\nedited\n"));

        result.Report.ApplyStatus.Should().Equal([ApplyStatus.Skipped, ApplyStatus.Applied], Because(result));
        result.Report.Tests[0].TestsPassed.Should().Be(2);
        result.Report.Tests[1].Passed.Should().BeTrue();
    }
}
