using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

public abstract partial class SandboxContract
{
    [Fact(Timeout = BackstopMs)]
    public async Task A_reset_kills_all_processes_and_keeps_the_files()
    {
        await using ISandbox sandbox = await CreateAsync();
        string marker = sandbox.Paths.Scratch + "/marker";
        await sandbox.ExecAsync(new ExecRequest { Command = ["/bin/sh", "-c", "echo kept > kept; " + GrowForEver, marker] }, Token);
        Task<ExecResult> running = sandbox.ExecAsync(ExecRequest.Shell("sleep 50"), Token);
        await WaitForFileAsync(sandbox, marker);

        await sandbox.ResetProcessesAsync(Token);
        (await running.WaitAsync(TimeSpan.FromSeconds(50), Token)).Succeeded.Should().BeFalse("it was killed");
        (await IsGrowingAsync(sandbox, marker)).Should().BeFalse("the background process was killed");
        (await PrintAsync(sandbox, "cat kept")).Should().Be("kept\n");
        (await sandbox.ExecAsync(new ExecRequest { Command = ["cat"], Stdin = Utf8("own"), OwnProcess = true }, Token)).Stdout.Text
            .Should().Be("own");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_reset_of_an_idle_sandbox_changes_nothing()
    {
        await using ISandbox sandbox = await CreateAsync();
        await sandbox.PutFilesAsync([new SandboxFile(sandbox.Paths.Scratch + "/file", Utf8("kept"))], Token);
        await sandbox.ResetProcessesAsync(Token);
        await sandbox.ResetProcessesAsync(Token);
        (await sandbox.GetFileAsync(sandbox.Paths.Scratch + "/file", 10, Token)).Should().Equal(Utf8("kept"));
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task Twenty_resets_are_each_followed_at_once_by_a_command_that_works()
    {
        await using ISandbox sandbox = await CreateAsync();
        for (int round = 1; round <= 20; round++)
        {
            await sandbox.ResetProcessesAsync(Token);
            var request = new ExecRequest { Command = ["/bin/sh", "-c", "echo works"], OwnProcess = round % 2 == 0 };
            ExecResult result = await sandbox.ExecAsync(request, Token);
            (result.Outcome, result.ExitCode, result.Stdout.Text).Should()
                .Be((ExecOutcome.Exited, 0, "works\n"), "round {0}: {1}", round, result.Detail);
        }
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Usage_is_told_as_far_as_it_is_known()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
        SandboxUsage usage = await sandbox.ReadUsageAsync(Token);
        usage.PeakMemoryBytes.Should().Match(value => value == null || value > 0);
        usage.CpuSeconds.Should().Match(value => value == null || value > 0);
        usage.ThrottledSeconds.Should().Match(value => value == null || value >= 0);
        usage.OomKills.Should().Match(value => value == null || value == 0);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task After_its_removal_a_sandbox_is_lost()
    {
        ISandbox sandbox = await CreateAsync();
        await sandbox.DisposeAsync();
        await sandbox.DisposeAsync();

        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("echo ghost"), Token);
        result.Outcome.Should().Be(ExecOutcome.SandboxLost);
        result.ExitCode.Should().BeNull();
        result.Detail.Should().NotBeNullOrWhiteSpace();
        Func<Task>[] uses =
        [
            () => sandbox.PutFilesAsync([new SandboxFile(sandbox.Paths.Scratch + "/x", default)], Token),
            () => sandbox.GetFileAsync(sandbox.Paths.Scratch + "/x", 10, Token),
            () => sandbox.ResetProcessesAsync(Token),
        ];
        foreach (Func<Task> use in uses)
            (await FluentActions.Awaiting(use).Should().ThrowAsync<SandboxException>()).Which.Fault.Should().Be(SandboxFault.Lost);
        (await sandbox.ReadUsageAsync(Token)).Should().Be(SandboxUsage.Unknown);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task A_command_whose_sandbox_is_removed_ends_as_lost(bool ownProcess)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ISandbox sandbox = await CreateAsync();
        Task<ExecResult> running =
            sandbox.ExecAsync(ExecRequest.Shell("echo started; sleep 50") with
            { OwnProcess = ownProcess, OnOutput = (_, _) => started.TrySetResult() }, Token);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        await sandbox.DisposeAsync();
        ExecResult result = await running.WaitAsync(TimeSpan.FromSeconds(50), Token);
        result.Outcome.Should().Be(ExecOutcome.SandboxLost);
        result.Stdout.Text.Should().Be("started\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Two_sandboxes_of_one_image_do_not_see_each_other()
    {
        ISandbox[] pair = await Task.WhenAll(CreateAsync(), CreateAsync());
        await using ISandbox one = pair[0];
        await using ISandbox two = pair[1];
        one.Id.Should().NotBe(two.Id);
        foreach (string name in new[] { "repo", "patches", "scratch" })
        {
            string Folder(ISandbox sandbox) =>
                name switch { "repo" => sandbox.Paths.Repo, "patches" => sandbox.Paths.Patches, _ => sandbox.Paths.Scratch };
            await one.PutFilesAsync([new SandboxFile(Folder(one) + "/private", Utf8("secret"))], Token);
            (await two.GetFileAsync(Folder(two) + "/private", 10, Token)).Should().BeNull(name);
        }
        await two.ResetProcessesAsync(Token);
        await two.DisposeAsync();
        (await PrintAsync(one, "cat private")).Should().Be("secret", "one does not notice what happens to the other");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_sandbox_starts_as_its_image_says_whatever_earlier_ones_did()
    {
        string before;
        await using (ISandbox first = await CreateAsync())
        {
            before = await PrintAsync(first, "ls -a");
            await PrintAsync(first, "echo changed > changed");
        }
        await using ISandbox second = await CreateAsync();
        (await PrintAsync(second, "ls -a")).Should().Be(before);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_sweep_leaves_the_sandbox_of_a_living_owner_alone()
    {
        SandboxSubject subject = await SubjectAsync();
        await using ISandbox sandbox = await CreateAsync();
        IReadOnlyList<SweptSandbox> swept = await subject.Provider.SweepAsync(_store, Token);
        swept.Where(line => line.Removed).Should().BeEmpty();
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("../up")]
    [InlineData("-dash")]
    [InlineData("a123456789b123456789c123456789d123456789e123456789f123456789g")]
    public async Task A_name_that_is_not_safe_is_refused(string name) =>
        await FluentActions.Awaiting(() => CreateAsync(spec => spec with { Name = name })).Should().ThrowAsync<ArgumentException>();

    [Fact(Timeout = BackstopMs)]
    public async Task An_unknown_image_gives_no_sandbox_and_says_so() =>
        (await FluentActions.Awaiting(() =>
            CreateAsync(spec => spec with { Image = new SandboxImage("tandem-no-such-image:none", "none") })).Should()
            .ThrowAsync<SandboxException>())
            .Which.Fault.Should().Be(SandboxFault.Image);
}
