using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>What an agent does to its own sandbox is the agent's affair: no infrastructure error, its patch is taken all the same, and
/// nothing of it outlives the case.</summary>
[Long]
public sealed class FaultsInsideTests(TinyTasks tiny) : FaultTests(tiny)
{
    private const string ForkBomb = "bomb() { bomb | bomb & }; bomb";

    [Fact(Timeout = BackstopMs)]
    public async Task What_looks_for_leftovers_does_see_them()
    {
        List<string> seen = [];
        await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            await context.ExecAsync(ExecRequest.Shell(
                "env -i setsid sleep 600 > /dev/null 2>&1 & until grep -qx sleep /proc/$!/comm; do sleep 0.05; done"), token);
            seen = await Cases.FindOursAsync();
            return AgentEnd.Submitted;
        }));

        seen.Should().ContainSingle(line => line.StartsWith("container"));
        seen.Should().Contain(line => line.Contains("sleep 600"), "by its control group, for it has no environment").And
            .Contain(line => line.Contains("(cat )"));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_that_runs_out_of_memory_is_told_and_goes_on()
    {
        Cases.Configuration = WithLimits(memoryMb: 128);
        ExecResult? hungry = null;
        // Without a line's end, tail keeps all that it reads.
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            WorkThenTry("head -c 600000000 /dev/zero | tail | wc -c; exit 1", result => hungry = result));

        hungry!.Outcome.Should().Be(ExecOutcome.OutOfMemory);
        ShouldHavePassed(record);
        record.Sandboxes[0].OomKills.Should().Match(kills => kills == null || kills > 0);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_whose_hunger_takes_the_whole_sandbox_down_finds_its_files_again()
    {
        Cases.Configuration = WithLimits(memoryMb: 64);
        ExecResult? hungry = null;
        // Memory that no process holds, and the main process and its child as the kernel's first choice.
        const string Script = "for pid in 1 $(cat /proc/1/task/1/children); do echo 1000 > /proc/$pid/oom_score_adj; done; cat /dev/zero "
            + "> /dev/shm/full; sleep 30; exit 1";
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, WorkThenTry(Script, result => hungry = result));

        (hungry!.Outcome is ExecOutcome.OutOfMemory || hungry.ExitCode == 137).Should().BeTrue("{0}", hungry);
        ShouldHavePassed(record);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(ForkBomb + "; sleep 600", "waits for")]
    [InlineData("(" + ForkBomb + ") > /dev/null 2>&1 &", "leaves behind")]
    [InlineData("(while :; do setsid sleep 600 & done) > /dev/null 2>&1", "leaves behind at full strength")]
    public async Task An_agent_that_fills_its_sandbox_with_processes_still_hands_in_its_patch(string bomb, string what)
    {
        Cases.Configuration = WithLimits(pids: 64, commandSeconds: 3);
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun(bomb));

        ShouldHavePassed(record);
        record.Agents[0].PatchBytes.Should().BePositive("whatever bomb the agent {0}", what);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_that_kills_everything_in_its_sandbox_goes_on_in_it()
    {
        ExecResult? killed = null;
        RunRecord record = await Cases.RecordAsync(FaultCases.Coop, WorkThenTry("kill -9 -1; sleep 30", result => killed = result));

        (killed!.Outcome, killed.ExitCode).Should().Be((ExecOutcome.Exited, 137), "{0}", killed.Detail);
        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_that_kills_everything_while_its_patch_is_taken_still_hands_it_in()
    {
        // The copy of the index is the first thing that taking the patch makes.
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            FaultCases.WorkThenRun("(until [ -e /tandem/patch-index ]; do :; done; kill -9 -1) > /dev/null 2>&1 &"));

        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_background_child_that_keeps_the_output_open_delays_nothing_and_prints_into_nothing_else()
    {
        var seconds = new List<double>();
        ExecResult? next = null;
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            foreach (bool ownProcess in (bool[])[false, true])
            {
                await context.BeginStepAsync(token);
                ExecResult result = await context.ExecAsync(ExecRequest.Shell("while :; do echo noise; sleep 0.05; done & echo begun") with
                { OwnProcess = ownProcess }, token);
                (result.Outcome, result.ExitCode).Should().Be((ExecOutcome.Exited, 0), "{0}", result.Detail);
                seconds.Add(result.Duration.TotalSeconds);
            }
            next = await context.ExecAsync(ExecRequest.Shell("echo clean; sleep 0.5; echo clean"), token);
            return AgentEnd.Submitted;
        }));

        seconds.Should().OnlyContain(one => one < 30, "the child prints for ever");
        (next!.Stdout.Text, next.Stderr.Text).Should().Be(("clean\nclean\n", ""));
        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_process_that_survives_its_session_and_has_no_marker_dies_with_the_case()
    {
        int? alive = null;
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            await context.ExecAsync(
                ExecRequest.Shell("env -i setsid nohup sh -c 'while :; do date >> /tandem/survivor; sleep 0.05; done' > /dev/null 2>&1 & "
                + "until [ -s /tandem/survivor ]; do sleep 0.05; done"), token);
            ExecResult cut = await context.ExecAsync(ExecRequest.Shell("env -i setsid sleep 601 & sleep 600") with
            { TimeLimit = TimeSpan.FromSeconds(1) }, token);
            cut.Outcome.Should().Be(ExecOutcome.TimedOut);
            alive = (await context.ExecAsync(ExecRequest
                .Shell("size=$(wc -c < /tandem/survivor); sleep 1; [ $(wc -c < /tandem/survivor) -gt $size ]"), token)).ExitCode;
            return AgentEnd.Submitted;
        }));

        alive.Should().Be(0, "it is not the affair of another command's time limit");
        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_survivor_that_writes_in_the_repository_all_the_time_does_not_cost_the_patch()
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun(
            "setsid sh -c 'while :; do echo x >> busy.txt; : > .git/index.lock; rm -f a.tmp b.tmp; touch a.tmp b.tmp; done' > /dev/null "
                + "2>&1 & until [ -s busy.txt ]; do sleep 0.05; done"));

        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_command_whose_time_runs_out_in_the_middle_of_200_MB_of_output_is_cut_and_the_agent_goes_on()
    {
        Cases.Configuration = WithLimits(commandSeconds: 3);
        ExecResult? cut = null, next = null;
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            cut = await context.ExecAsync(ExecRequest.Shell("yes 'so much to say' | head -c 200000000; exec yes 'and more'"), token);
            next = await context.ExecAsync(ExecRequest.Shell("echo clean"), token);
            return AgentEnd.Submitted;
        }));

        cut!.Outcome.Should().Be(ExecOutcome.TimedOut);
        cut.Stdout.TotalBytes.Should().BeGreaterThan(1_000_000);
        (cut.Stdout.Head.Length + cut.Stdout.Tail.Length).Should().BeLessThanOrEqualTo(256 * 1024);
        next!.Stdout.Text.Should().Be("clean\n");
        ShouldHavePassed(record);
        new FileInfo(Path.Combine(Cases.Layout.AttemptFolder(FaultCases.Solo, 1), "trajectory.jsonl")).Length.Should().BeLessThan(2 << 20);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_whose_time_runs_out_in_the_middle_of_200_MB_of_output_has_exceeded_its_limit_and_its_patch_is_tested()
    {
        Cases.Configuration = Cases.Configuration with { Limits = Cases.Configuration.Limits with { AgentMinutes = 4 / 60.0 } };
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            FaultCases.WorkThenRun("yes 'so much to say' | head -c 200000000; exec yes 'and more'"));

        record.Should().BeEquivalentTo(
            new
            {
                AgentStatus = AgentStatus.LimitsExceeded,
                InfraError = false,
                Interrupted = false,
                BothPassed = false,
                Feature1Passed = true,
                Feature2Passed = true,
                Attempt = 1,
                Error = (RunError?)null
            });
        record.Agents[0].Limit.Should().Be("wall_clock");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_that_fills_what_disk_it_is_given_hands_in_its_patch()
    {
        ExecResult? full = null;
        // The one disk of a sandbox that has an end of its own.
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            WorkThenTry("df -P /dev/shm; cat /dev/zero > /dev/shm/full", result => full = result));

        full!.Stderr.Text.Should().Contain("No space left");
        full.ExitCode.Should().Be(1);
        ShouldHavePassed(record);
    }

    private static AgentKind WorkThenTry(string script, Action<ExecResult> take) => FaultCases.WorkThen(async (context, token) =>
    {
        await context.BeginStepAsync(token);
        take(await context.ExecAsync(ExecRequest.Shell(script), token));
        (await context.ExecAsync(ExecRequest.Shell("echo still here"), token)).Stdout.Text.Should().Be("still here\n");
        return AgentEnd.Submitted;
    });

    private ExperimentConfiguration WithLimits(int memoryMb = 2048, int pids = 512, double commandSeconds = 60) => Cases.Configuration with
    {
        Sandbox = Cases.Configuration.Sandbox with { MemoryMb = memoryMb, Pids = pids },
        Limits = Cases.Configuration.Limits with { CommandSeconds = commandSeconds },
    };
}
