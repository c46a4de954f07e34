using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>What sandboxes promise beside that if they have the abilities <see cref="SandboxAbilities.Isolation"/> and
/// <see cref="SandboxAbilities.Limits"/>.</summary>
public abstract class IsolatedSandboxContract : SandboxContract
{
    [Fact(Timeout = BackstopMs)]
    public async Task It_says_that_it_isolates_and_limits() =>
        (await SubjectAsync()).Provider.Abilities.Should().HaveFlag(SandboxAbilities.Isolation).And.HaveFlag(SandboxAbilities.Limits);

    [Fact(Timeout = BackstopMs)]
    public async Task A_command_that_kills_its_parent_does_not_take_the_sandbox_along()
    {
        await using ISandbox sandbox = await CreateAsync();
        await sandbox.ExecAsync(ExecRequest.Shell("[ $PPID -gt 1 ] && kill -9 $PPID; sleep 0.2") with
        { TimeLimit = TimeSpan.FromSeconds(10) }, Token);
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Memory_is_bounded_and_its_want_is_an_outcome()
    {
        await using ISandbox sandbox = await CreateAsync(spec => spec with { Limits = spec.Limits with { MemoryBytes = 64 << 20 } });
        // Without a line's end, tail keeps all that it reads.
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("head -c 400000000 /dev/zero | tail | wc -c; exit 1"), Token);
        result.Outcome.Should().Be(ExecOutcome.OutOfMemory);
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
        SandboxUsage usage = await sandbox.ReadUsageAsync(Token);
        usage.OomKills.Should().Match(kills => kills == null || kills > 0);
        usage.PeakMemoryBytes.Should().Match(peak => peak == null || peak <= 65 << 20);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_sandbox_full_of_processes_can_be_reset()
    {
        await using ISandbox sandbox = await CreateAsync(spec => spec with { Limits = spec.Limits with { Pids = 40 } });
        await sandbox.ExecAsync(ExecRequest.Shell("for i in $(seq 200); do sleep 600 & done; sleep 600") with
        { TimeLimit = TimeSpan.FromSeconds(3) }, Token);
        await sandbox.ExecAsync(ExecRequest.Shell("for i in $(seq 200); do setsid sleep 600 & done"), Token);
        await sandbox.ResetProcessesAsync(Token);
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }
}
