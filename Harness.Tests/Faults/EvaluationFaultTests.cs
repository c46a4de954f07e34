using FluentAssertions;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>What an agent's code does to the tests that run it has failed, with the reason kept, and is no infrastructure error. The other
/// feature's tests have the verdict that is theirs.</summary>
[Long]
public sealed class EvaluationFaultTests(TinyTasks tiny) : FaultTests(tiny)
{
    [Theory(Timeout = BackstopMs)]
    [InlineData("bomb() { bomb | bomb & }; bomb; while :; do :; done", TestFailureReason.TimedOut)]
    [InlineData("while :; do setsid sleep 600 & done; while :; do :; done", TestFailureReason.TimedOut)]
    [InlineData("setsid sleep 600 & exit 0", TestFailureReason.TestsDidNotRun)]
    [InlineData("head -c 600000000 /dev/zero | tail | wc -c; exit 1", TestFailureReason.OutOfMemory)]
    [InlineData("exec yes 'and more'", TestFailureReason.TooMuchOutput)]
    [InlineData("kill -9 -1; sleep 600", TestFailureReason.TestsDidNotRun)]
    [InlineData("rm -rf /workspace /tandem /patches; exit 1", TestFailureReason.TestsDidNotRun)]
    public async Task Code_that_breaks_its_tests_has_failed_and_the_reason_is_kept(string code, TestFailureReason reason)
    {
        Cases.Configuration = Cases.Configuration with { Sandbox = Cases.Configuration.Sandbox with { MemoryMb = 64, Pids = 64 } };
        if (reason == TestFailureReason.TimedOut)
            Cases.LimitRunner(seconds: 5);
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkAndAppend(code));

        ShouldHaveFailed(record, reason);
        record.Artifacts.Select(artifact => artifact.Path).Should().Contain("tests_f1.log").And.Contain("tests_f2.log");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Code_that_leaves_its_tests_memory_full_has_failed()
    {
        Cases.Configuration = Cases.Configuration with { Sandbox = Cases.Configuration.Sandbox with { MemoryMb = 64 } };

        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkAndAppend("cat /dev/zero > /dev/shm/full; exit 1"));

        // While the memory is still full, the sandbox cannot always be asked how often the kernel killed for want of it.
        record.Tests[0].Reason.Should().BeOneOf(TestFailureReason.OutOfMemory, TestFailureReason.TestsDidNotRun);
        ShouldHaveFailed(record, record.Tests[0].Reason);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Code_that_fills_the_disk_of_its_tests_has_failed_by_what_they_say()
    {
        // The one disk of a sandbox that has an end of its own; the tests notice that they cannot write.
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            FaultCases.WorkAndAppend("cat /dev/zero > /dev/shm/full || true; check cp list.txt /dev/shm"));

        ShouldHaveFailed(record, reason: null);
        record.Tests[0].Should().BeEquivalentTo(new { TestsPassed = 1, TestsFailed = 1, ExitCode = 1 });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_background_child_of_the_tests_that_keeps_the_output_open_does_not_hold_up_their_verdict()
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            FaultCases.WorkAndAppend("sh -c 'while :; do echo noise; sleep 0.05; done' &"));

        ShouldHavePassed(record);
    }
}
