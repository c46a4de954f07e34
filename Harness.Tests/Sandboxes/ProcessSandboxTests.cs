using FluentAssertions;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Process;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>What is special about sandboxes that are folders of the host.</summary>
[Slow]
public sealed class ProcessSandboxTests : IClassFixture<ProcessSandboxFixture>
{
    private readonly ProcessSandboxFixture _fixture;

    public ProcessSandboxTests(ProcessSandboxFixture fixture)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        _fixture = fixture;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_variable_of_the_host_is_seen_inside()
    {
        string name = "TANDEM_TEST_API_KEY_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(name, "sk-planted");
        try
        {
            await using ISandbox sandbox = await CreateAsync();
            ExecResult result = await sandbox.ExecAsync(new ExecRequest { Command = ["env"] }, Token);
            result.Stdout.Text.Should().NotContain("sk-planted");
            result.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0])
                .Should().BeEquivalentTo(
                "PATH", "LANG", "HOME", "TMPDIR", "GIT_CONFIG_NOSYSTEM", "GIT_TERMINAL_PROMPT", "GIT_CEILING_DIRECTORIES", "TANDEM_REPO",
                    "TANDEM_PATCHES", "TANDEM_SCRATCH", "TANDEM_SANDBOX", "TANDEM_EXEC");
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public async Task Nothing_connects_to_a_process_in_it()
    {
        await using ISandbox sandbox = await CreateAsync();
        (await sandbox.Invoking(one => one.ConnectAsync(["cat"], Token)).Should().ThrowAsync<SandboxException>()
            .Where(exception => exception.Fault == SandboxFault.Unsupported)).WithMessage("*needs a Docker engine.");
    }

    [Fact]
    public async Task Variables_name_the_folders_and_temporary_files_stay_inside()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest
            .Shell("echo $TANDEM_REPO $TANDEM_PATCHES $TANDEM_SCRATCH; cd && pwd; mktemp"), Token);
        string[] lines = result.Stdout.Text.Split('\n');
        lines[0].Should().Be($"{sandbox.Paths.Repo} {sandbox.Paths.Patches} {sandbox.Paths.Scratch}");
        lines[1..3].Should().OnlyContain(line => line.StartsWith(sandbox.Paths.Scratch + "/"));
    }

    [Fact]
    public async Task The_marker_of_a_sandbox_cannot_be_taken_away_by_a_request()
    {
        await using ISandbox sandbox = await CreateAsync();
        await sandbox.ExecAsync(
            ExecRequest.Shell("echo x > grows; while :; do echo x >> grows; sleep 0.05; done > /dev/null 2>&1 &") with
            { Environment = new Dictionary<string, string> { ["TANDEM_SANDBOX"] = "other" } },
            Token);
        await sandbox.ResetProcessesAsync(Token);
        long size = new FileInfo(sandbox.Paths.Repo + "/grows").Length;
        await Task.Delay(300, Token);
        new FileInfo(sandbox.Paths.Repo + "/grows").Length.Should().Be(size);
    }

    [Theory]
    [InlineData("/etc/tandem-must-not-be")]
    [InlineData("/usr/local/bin/runner.sh")]
    [InlineData("relative/path")]
    [InlineData("{repo}/../../../escape")]
    [InlineData("{repo}-sibling/../../x/y")]
    public async Task Files_outside_of_the_sandbox_are_not_touched(string path)
    {
        await using ISandbox sandbox = await CreateAsync();
        string target = path.Replace("{repo}", sandbox.Paths.Repo, StringComparison.Ordinal);
        (await FluentActions.Awaiting(() => sandbox.PutFilesAsync([new SandboxFile(target, default)], Token)).Should()
            .ThrowAsync<SandboxException>())
            .Which.Fault.Should().Be(SandboxFault.Unsupported);
        (await FluentActions.Awaiting(() => sandbox.GetFileAsync(target, 10, Token)).Should().ThrowAsync<SandboxException>())
            .Which.Fault.Should().Be(SandboxFault.Unsupported);
        File.Exists(target).Should().BeFalse();
    }

    [Fact]
    public async Task A_linked_folder_is_followed_within_the_sandbox_only()
    {
        await using ISandbox sandbox = await CreateAsync();
        await sandbox.ExecAsync(ExecRequest.Shell("mkdir real; ln -s real inside; ln -s /etc outside; ln -s ../../.. up"), Token);
        await sandbox.PutFilesAsync([new SandboxFile(sandbox.Paths.Repo + "/inside/file", new byte[] { 1 })], Token);
        (await sandbox.GetFileAsync(sandbox.Paths.Repo + "/real/file", 10, Token)).Should().Equal(1);

        foreach (string link in new[] { "outside", "up" })
        {
            (await FluentActions.Awaiting(() =>
                sandbox.PutFilesAsync([new SandboxFile($"{sandbox.Paths.Repo}/{link}/tandem-must-not-be", default)], Token))
                .Should().ThrowAsync<SandboxException>()).Which.Fault.Should().Be(SandboxFault.Unsupported);
        }
        (await sandbox.GetFileAsync(sandbox.Paths.Repo + "/outside/passwd", 1_000_000, Token)).Should().BeNull();
    }

    [Fact]
    public async Task Removal_copes_with_folders_that_may_not_be_written_and_follows_no_link()
    {
        string outside = Directory.CreateTempSubdirectory("tandem-test-").FullName;
        try
        {
            await File.WriteAllTextAsync(outside + "/precious", "x", Token);
            ISandbox sandbox = await CreateAsync();
            await sandbox.ExecAsync(ExecRequest.Shell($"mkdir -p a/b; touch a/b/c; ln -s {outside} a/link; chmod 555 a/b a"), Token);
            await sandbox.DisposeAsync();
            Directory.Exists(sandbox.Paths.Repo).Should().BeFalse();
            File.Exists(outside + "/precious").Should().BeTrue();
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task Removal_kills_what_commands_left_running()
    {
        ISandbox sandbox = await CreateAsync();
        await sandbox.ExecAsync(ExecRequest.Shell("setsid sleep 300 > /dev/null 2>&1 & sleep 300 &"), Token);
        string marker = "TANDEM_SANDBOX=" + Path.GetDirectoryName(sandbox.Paths.Repo);
        MarkedProcesses.Find(marker).Should().HaveCount(2);
        await sandbox.DisposeAsync();
        MarkedProcesses.Find(marker).Should().BeEmpty();
    }

    [Fact]
    public async Task A_name_that_is_in_use_is_refused_and_its_sandbox_lives_on()
    {
        await using ISandbox first = await CreateAsync("twice");
        (await FluentActions.Awaiting(() => CreateAsync("twice")).Should().ThrowAsync<SandboxException>())
            .WithMessage("*twice*there already*");
        (await first.ExecAsync(new ExecRequest { Command = ["true"] }, Token)).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task A_sandbox_whose_folder_somebody_removed_is_lost()
    {
        await using ISandbox sandbox = await CreateAsync();
        Directory.Delete(Path.GetDirectoryName(sandbox.Paths.Repo)!, recursive: true);
        (await sandbox.ExecAsync(new ExecRequest { Command = ["true"] }, Token)).Outcome.Should().Be(ExecOutcome.SandboxLost);
        (await FluentActions.Awaiting(() => sandbox.ResetProcessesAsync(Token)).Should().ThrowAsync<SandboxException>()).Which.Fault
            .Should().Be(SandboxFault.Lost);
    }

    private Task<ISandbox> CreateAsync(string? name = null) => _fixture.Provider.CreateAsync(
        new SandboxSpec
        {
            Image = ProcessSandboxProvider.EmptyImage,
            Name = name ?? "test-" + Guid.NewGuid().ToString("N")[..12],
            Owner = new SandboxOwner("store", "tests", "case", "attempt", "agent1"),
        },
        Token);
}
