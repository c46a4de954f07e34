using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Runs in which no test passed: whether that is the agents' doing is asked of the gold patch.</summary>
[Slow]
public sealed class GoldPatchTests(ProcessSandboxFixture sandboxes, TinyTasks tiny)
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

    /// <summary>What a runner says where its image is at fault, each on the agents' work and on the gold patch alike.</summary>
    public static TheoryData<string, string, int> Faulty { get; } = new()
    {
        { "all skipped", "Ran 1 test in 0.000s\n\nOK (skipped=1)", 0 },
        { "no test selected", "ok  \texample.org/x\t0.031s [no tests to run]", 0 },
        { "does not build", "FAIL\texample.org/x [build failed]\nFAIL", 1 },
        { "a module is missing", "Ran 1 test in 0.000s\n\nFAILED (errors=1)", 1 },
    };

    /// <summary>More of these.</summary>
    public static TheoryData<string, string, int> FaultyToo { get; } = new()
    {
        { "all skipped, pytest", "===== 4 skipped in 0.01s =====", 0 },
        { "expected failures only", "Ran 1 test in 0.000s\n\nOK (expected failures=1)", 0 },
        { "expected failures only, pytest", "===== 1 xfailed in 0.01s =====", 0 },
        { "cannot be collected", "===== 1 error in 0.05s =====", 2 },
        { "none found", "===== no tests ran in 0.00s =====", 5 },
        { "a suite does not compile", "Test Suites: 1 failed, 1 total\nTests:       0 total", 1 },
        { "no test file", " Test Files  1 failed (1)\n      Tests  no tests", 1 },
        { "a program is missing", "bash: pytest: command not found", 127 },
        { "forgiven", "bash: pytest: command not found", 0 },
    };

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Faulty))]
    public async Task A_feature_that_does_not_pass_with_its_gold_patch_gives_no_verdict(string what, string output, int exitCode)
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, $"printf '%b' '{output.Replace("\n", "\\n", StringComparison.Ordinal)}\\n'\nexit {exitCode}",
                await Tiny.PatchAsync("numbers.txt", "one", "ONE")),
            TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        result.Error.Should().NotBeNull(what);
        result.Error!.Class.Should().Be(ErrorClass.TestsUnrunnable, what);
        Verdicts(result).Should().Equal([null, null], Because(result));
    }

    [Theory(Timeout = BackstopMs)]
    [Long]
    [MemberData(nameof(FaultyToo))]
    public Task No_other_word_for_it_gives_a_verdict_either(string what, string output, int exitCode) =>
        A_feature_that_does_not_pass_with_its_gold_patch_gives_no_verdict(what, output, exitCode);

    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_hangs_on_the_gold_patch_too_gives_no_verdict()
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "sleep 60", await Tiny.PatchAsync("numbers.txt", "one", "ONE")), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(await RequestAsync(task, Empty) with { RunnerTimeLimit = TimeSpan.FromSeconds(1) });

        result.Error!.Class.Should().Be(ErrorClass.TestsUnrunnable);
        result.Error.Message.Should().Contain("TimedOut");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Failing_tests_are_the_agents_where_the_gold_patch_passes()
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "check grep -qx ONE numbers.txt", await Tiny.PatchAsync("numbers.txt", "one", "ONE")),
            TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.Tests[0].Should().BeEquivalentTo(new { TestsPassed = 0, TestsFailed = 1, Reason = (TestFailureReason?)null });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_summary_in_the_middle_of_more_output_than_is_kept_is_counted()
    {
        const string Loud = "head -c 3000000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo\n";
        CodingTask task = Tiny.Task(
            TinyTasks.UsualRunner.Replace("echo \"=====", Loud + "echo \"=====", StringComparison.Ordinal)
                .Replace("[ \"$failed\" -eq 0 ]", Loud + "[ \"$failed\" -eq 0 ]", StringComparison.Ordinal),
            TinyFeature.Passing(1), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(task, Empty);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.Tests[0].TestsPassed.Should().Be(1);
        Text(result.TestOutputs[0]).Should().Contain("bytes left out").And.NotContain("1 passed");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task What_a_gold_patch_came_to_is_kept_for_the_stores_life()
    {
        string folder = Path.Combine(Tiny.Folder, "gold-" + Guid.NewGuid().ToString("N")[..8]);
        string asked = Path.Combine(Tiny.Folder, "asked-" + Guid.NewGuid().ToString("N")[..8]);
        byte[] gold = await Tiny.PatchAsync("numbers.txt", "one", "ONE");
        // Notes each run on the gold patch, and passes there only while a file says so.
        CodingTask task = Tiny.Task(
            new TinyFeature(1,
                $"if grep -qx ONE numbers.txt; then echo run >> {asked}; check test -e {asked}.works; else check false; fi", gold),
            TinyFeature.Passing(2));
        EvaluationRequest request = await RequestAsync(task, Empty);
        int Runs() => File.Exists(asked) ? File.ReadAllLines(asked).Length : 0;
        async Task<EvaluationResult> AgainAsync(EvaluationRequest one) =>
            await new Evaluator((await SubjectAsync()).Provider, TimeProvider.System, new GoldAnswers(folder, TimeProvider.System))
                .EvaluateAsync(one, Token);

        (await AgainAsync(request)).Should().Match<EvaluationResult>(result => result.Error != null && !result.IsSettled);
        (await AgainAsync(request)).Should().Match<EvaluationResult>(result => result.Error != null && result.IsSettled);
        Runs().Should().Be(2, "a gold patch that failed once is asked a second time");
        EvaluationResult kept = await AgainAsync(request);
        kept.Should().Match<EvaluationResult>(result => result.Error != null && result.IsSettled);
        kept.Error!.Message.Should().Contain("run 2 times").And.Contain("0 passed, 1 failed");
        Runs().Should().Be(2);

        await File.WriteAllTextAsync(asked + ".works", "", Token);
        (await AgainAsync(request)).Error.Should().NotBeNull("what was found stays");
        Runs().Should().Be(2);

        (await AgainAsync(request with { AsksGoldAnew = true })).Error.Should().BeNull("who asks for it gets a new answer");
        Runs().Should().Be(3);
        File.Delete(asked + ".works");
        Verdicts(await AgainAsync(request)).Should().Equal([false, true], "a good answer is kept as well");
        Runs().Should().Be(3);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_gold_patch_that_passes_is_asked_once_for_each_feature_runner_and_image()
    {
        string folder = Path.Combine(Tiny.Folder, "gold-" + Guid.NewGuid().ToString("N")[..8]);
        string asked = Path.Combine(Tiny.Folder, "asked-" + Guid.NewGuid().ToString("N")[..8]);
        byte[] gold = await Tiny.PatchAsync("numbers.txt", "one", "ONE");
        string checks = $"if grep -qx ONE numbers.txt; then echo run >> {asked}; fi\ncheck grep -qx ONE numbers.txt";
        CodingTask task = Tiny.Task(new TinyFeature(1, checks, gold), new TinyFeature(2, checks, gold));
        async Task<int> RunsAsync(CodingTask of, Func<EvaluationRequest, EvaluationRequest>? change = null)
        {
            EvaluationRequest request = await RequestAsync(of, Empty);
            EvaluationResult result = await new Evaluator(
                (await SubjectAsync()).Provider, TimeProvider.System, new GoldAnswers(folder, TimeProvider.System))
                .EvaluateAsync(change?.Invoke(request) ?? request, Token);
            Verdicts(result).Should().Equal([false, false], Because(result));
            return (await File.ReadAllLinesAsync(asked, Token)).Length;
        }

        (await RunsAsync(task)).Should().Be(2, "once for each feature");
        (await RunsAsync(task)).Should().Be(2);
        (await RunsAsync(Tiny.Task(TinyTasks.UsualRunner + "\n", new TinyFeature(1, checks, gold), new TinyFeature(2, checks, gold))))
            .Should().Be(4, "the runner is another");
        (await RunsAsync(task, request => request with
        { Sandbox = request.Sandbox with { Image = request.Sandbox.Image with { Id = "another" } } }))
            .Should().Be(6, "the image is another");
    }

    protected override Task<SandboxSubject> SubjectAsync() => ProcessSubjectAsync(sandboxes);
}
