using System.Diagnostics;
using FluentAssertions;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Harness.Tests.Faults;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>What the next start removes, and what it leaves alone.</summary>
[Slow]
public sealed class ProcessSandboxSweepTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "tandem-tests-" + Guid.NewGuid().ToString("N")[..12]);
    private readonly ProcessSandboxProvider _provider;

    public ProcessSandboxSweepTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        _provider = new ProcessSandboxProvider(_folder);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_a_dead_process_left_is_removed_and_what_it_had_started_is_killed()
    {
        ISandbox sandbox = await CreateAsync("left");
        await sandbox.ExecAsync(ExecRequest.Shell("setsid sleep 300 > /dev/null 2>&1 & sleep 0.1"), Token);
        string root = Path.GetDirectoryName(sandbox.Paths.Repo)!;
        MarkedProcesses.Find($"TANDEM_SANDBOX={root}").Should().NotBeEmpty();
        Disown("left", await DeadAsync());

        SweptSandbox line = (await _provider.SweepAsync(null, Token)).Should().ContainSingle().Which;
        line.Should().BeEquivalentTo(new { Id = "left", Owner = "solo/a/1/f1_f2/seed0 agent1", Removed = true });
        line.Reason.Should().Contain("dead");
        Directory.Exists(root).Should().BeFalse();
        MarkedProcesses.Find($"TANDEM_SANDBOX={root}").Should().BeEmpty();
        (await sandbox.ExecAsync(new ExecRequest { Command = ["true"] }, Token)).Outcome.Should().Be(ExecOutcome.SandboxLost);
    }

    [Fact]
    public async Task Only_the_asked_store_is_swept()
    {
        await CreateAsync("ours", "store-a");
        await CreateAsync("theirs", "store-b");
        ProcessIdentity dead = await DeadAsync();
        Disown("ours", dead);
        Disown("theirs", dead);
        (await _provider.SweepAsync("store-a", Token)).Should().ContainSingle().Which.Id.Should().Be("ours");
        Directory.Exists(Path.Combine(_folder, "sandboxes", "theirs")).Should().BeTrue();
        (await _provider.SweepAsync(null, Token)).Should().ContainSingle().Which.Id.Should().Be("theirs");
    }

    [Fact]
    public async Task Another_boot_proves_the_owner_dead()
    {
        await CreateAsync("before-boot");
        Disown("before-boot", ProcessIdentity.Current with { BootId = "another" });
        (await _provider.SweepAsync(null, Token)).Should().ContainSingle().Which.Removed.Should().BeTrue();
    }

    [Fact]
    public async Task The_living_keep_theirs_beyond_every_time_to_live()
    {
        await CreateAsync("mine");
        var later = new ProcessSandboxProvider(_folder, new Later(TimeSpan.FromDays(30)));
        SweptSandbox line = (await later.SweepAsync(null, Token)).Should().ContainSingle().Which;
        line.Removed.Should().BeFalse();
        line.Reason.Should().Contain("lives");
    }

    [Fact]
    public async Task What_nobody_can_tell_is_left_until_its_time_to_live_ends()
    {
        await CreateAsync("far");
        Disown("far", ProcessIdentity.Current with { Host = "elsewhere" });
        (await _provider.SweepAsync(null, Token)).Should().ContainSingle().Which.Removed.Should().BeFalse();
        var later = new ProcessSandboxProvider(_folder, new Later(TimeSpan.FromHours(2)));
        (await later.SweepAsync(null, Token)).Should().ContainSingle().Which.Removed.Should().BeTrue();
    }

    [Fact]
    public async Task A_folder_without_an_owner_is_left_for_an_hour()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sandboxes", "half-made"));
        (await _provider.SweepAsync("any", Token)).Should().ContainSingle().Which.Removed.Should().BeFalse();
        var later = new ProcessSandboxProvider(_folder, new Later(TimeSpan.FromHours(2)));
        (await later.SweepAsync("any", Token)).Should().ContainSingle().Which.Removed.Should().BeTrue();
    }

    [Fact]
    public async Task A_folder_whose_removal_was_broken_off_is_still_known_for_its_owner_s()
    {
        ISandbox sandbox = await CreateAsync("half");
        Disown("half", await DeadAsync());
        await using (SmallDisk busy = await SmallDisk.MountOrSkipAsync(sandbox.Paths.Repo + "/busy", "64k"))
        {
            SweptSandbox stuck = (await _provider.SweepAsync(null, Token)).Should().ContainSingle().Which;
            stuck.Should().BeEquivalentTo(new { Owner = "solo/a/1/f1_f2/seed0 agent1", Removed = false });
        }

        SweptSandbox again = (await _provider.SweepAsync(null, Token)).Should().ContainSingle().Which;

        again.Should().BeEquivalentTo(new { Owner = "solo/a/1/f1_f2/seed0 agent1", Removed = true });
    }

    [Fact]
    public async Task Where_nothing_was_ever_made_there_is_nothing_to_sweep() =>
        (await _provider.SweepAsync(null, Token)).Should().BeEmpty();

    private Task<ISandbox> CreateAsync(string name, string store = "store") => _provider.CreateAsync(
        new SandboxSpec
        {
            Image = ProcessSandboxProvider.EmptyImage,
            Name = name,
            Owner = new SandboxOwner(store, "tests", "solo/a/1/f1_f2/seed0", "attempt1", "agent1")
        }, Token);

    /// <summary>Lets the sandbox look as if another process had made it.</summary>
    private void Disown(string name, ProcessIdentity owner)
    {
        string file = Path.Combine(_folder, "sandboxes", name, "owner");
        string[] lines = File.ReadAllLines(file);
        lines.Should().Contain($"process={ProcessIdentity.Current}");
        File.WriteAllLines(file, lines.Select(line => line.StartsWith("process=", StringComparison.Ordinal) ? $"process={owner}" : line));
    }

    /// <summary>The identity of a process that did live and has ended.</summary>
    private static async Task<ProcessIdentity> DeadAsync()
    {
        using Process process = Process.Start("true");
        int pid = process.Id;
        await process.WaitForExitAsync(Token);
        return ProcessIdentity.Current with { Pid = pid, StartTime = 1 };
    }

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
