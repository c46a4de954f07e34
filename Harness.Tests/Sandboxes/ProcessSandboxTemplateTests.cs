using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Process;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>How the process sandbox makes a task's repository.</summary>
[Slow]
public sealed class ProcessSandboxTemplateTests : IClassFixture<ProcessSandboxFixture>, IDisposable
{
    private readonly ProcessSandboxFixture _fixture;
    private readonly string _task = Directory.CreateTempSubdirectory("tandem-task-").FullName;
    private readonly string _digest = "sha256:" + Guid.NewGuid().ToString("N");

    public ProcessSandboxTemplateTests(ProcessSandboxFixture fixture)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "setup.sh needs a shell.");
        _fixture = fixture;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_task, recursive: true);

    [Fact]
    public async Task The_script_of_a_task_makes_the_repository_and_each_sandbox_gets_its_own()
    {
        WriteSetup("""
            cd "$TANDEM_REPO" && git init -q && echo hello > "two words.txt" && printf '#!/bin/sh\necho ran\n' > tool && chmod 755 tool && ln -s tool link
            git add . && git -c user.name=a -c user.email=a@b.invalid commit -qm base
            """);
        SandboxImage image = await _fixture.Provider.PrepareImageAsync(Source(), Token);
        image.Id.Should().Be("process:" + _digest);

        await using ISandbox one = await CreateAsync(image);
        await using ISandbox two = await CreateAsync(image);
        ExecResult result = await one.ExecAsync(ExecRequest
            .Shell("git status --porcelain; git log --format=%s; cat *.txt; ./link; git diff-files && echo changed > tool"), Token);
        result.Stdout.Text.Should()
            .Be("base\nhello\nran\n", "the work tree is clean and modes and links are kept; {0}", result.Stderr.Text);
        (await two.ExecAsync(ExecRequest.Shell("git status --porcelain"), Token)).Stdout.Text.Should().BeEmpty();
    }

    [Fact]
    public async Task The_script_sees_no_configuration_of_git_and_no_key_of_the_host()
    {
        string name = "TANDEM_TEST_API_KEY_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(name, "sk-planted");
        try
        {
            WriteSetup("env > seen; git config --list --show-origin > config; echo \"$HOME\" > home");
            await using ISandbox sandbox = await CreateAsync(await _fixture.Provider.PrepareImageAsync(Source(), Token));
            (await ReadAsync(sandbox, "seen")).Should().NotContain("sk-planted").And.Contain("GIT_CONFIG_GLOBAL=/dev/null").And
                .Contain("GIT_CONFIG_NOSYSTEM=1");
            (await ReadAsync(sandbox, "config")).Should().BeEmpty();
            (await ReadAsync(sandbox, "home")).Should().StartWith(_fixture.Folder);
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public async Task However_many_ask_at_once_the_script_runs_once()
    {
        WriteSetup($"echo run >> '{_task}/runs'; sleep 0.3; echo done > made");
        SandboxImage[] images = await Task.WhenAll(Enumerable.Range(0, 10)
            .Select(_ => _fixture.Provider.PrepareImageAsync(Source(), Token)));
        images.Distinct().Should().ContainSingle();
        await new ProcessSandboxProvider(_fixture.Folder).PrepareImageAsync(Source(), Token);
        File.ReadAllLines(_task + "/runs").Should().ContainSingle("a later process finds the template");
    }

    [Fact, Long]
    public async Task Two_processes_that_make_it_at_once_both_get_a_whole_one()
    {
        // Each holds until the other has begun, so both do make it.
        WriteSetup($"echo run >> '{_task}/runs'; while [ $(wc -l < '{_task}/runs') -lt 2 ]; do sleep 0.02; done; seq 1 2000 | while read "
            + $"i; do echo $i > f$i; done");
        SandboxImage[] images = await Task.WhenAll(
            _fixture.Provider.PrepareImageAsync(Source(), Token),
            new ProcessSandboxProvider(_fixture.Folder).PrepareImageAsync(Source(), Token));
        images[0].Should().Be(images[1]);
        await using ISandbox sandbox = await CreateAsync(images[0]);
        (await sandbox.ExecAsync(ExecRequest.Shell("ls | wc -l"), Token)).Stdout.Text.Trim().Should().Be("2000");
        Directory.GetDirectories(_fixture.Folder + "/sandboxes", "setup-*").Should().BeEmpty();
    }

    [Fact]
    public async Task A_changed_digest_is_another_template()
    {
        WriteSetup("echo one > version");
        SandboxImage one = await _fixture.Provider.PrepareImageAsync(Source(), Token);
        WriteSetup("echo two > version");
        SandboxImage two = await _fixture.Provider.PrepareImageAsync(Source() with { BuildDigest = _digest + "-2" }, Token);
        await using ISandbox ofOne = await CreateAsync(one);
        await using ISandbox ofTwo = await CreateAsync(two);
        (await ReadAsync(ofOne, "version")).Should().Be("one\n");
        (await ReadAsync(ofTwo, "version")).Should().Be("two\n");
    }

    [Fact]
    public async Task A_script_that_fails_is_told_with_the_end_of_its_output_and_tried_again_when_asked_again()
    {
        WriteSetup("seq 1 10000; echo 'cannot reach the moon' >&2; exit 4");
        SandboxException fault =
            (await FluentActions.Awaiting(() => _fixture.Provider.PrepareImageAsync(Source(), Token)).Should()
            .ThrowAsync<SandboxException>()).Which;
        fault.Fault.Should().Be(SandboxFault.Image);
        fault.Message.Should().Contain("exited with code 4").And.Contain("cannot reach the moon").And.Contain(_task + "/setup.sh").And
            .Contain("task2068");

        WriteSetup("echo fine > fine");
        await using ISandbox sandbox = await CreateAsync(await _fixture.Provider.PrepareImageAsync(Source(), Token));
        (await ReadAsync(sandbox, "fine")).Should().Be("fine\n");
    }

    [Fact]
    public async Task One_who_gives_up_waiting_does_not_spoil_it_for_the_others()
    {
        WriteSetup("sleep 0.5; echo done > made");
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<SandboxImage> first = _fixture.Provider.PrepareImageAsync(Source(), impatient.Token);
        Task<SandboxImage> second = _fixture.Provider.PrepareImageAsync(Source(), Token);
        await impatient.CancelAsync();
        await FluentActions.Awaiting(() => first).Should().ThrowAsync<OperationCanceledException>();
        await using ISandbox sandbox = await CreateAsync(await second);
        (await ReadAsync(sandbox, "made")).Should().Be("done\n");
    }

    [Fact]
    public async Task A_task_set_that_does_not_allow_it_is_refused()
    {
        WriteSetup($"touch '{_task}/ran'");
        (await FluentActions.Awaiting(() => _fixture.Provider.PrepareImageAsync(Source() with { AllowsProcessSandbox = false }, Token))
            .Should().ThrowAsync<SandboxException>())
            .WithMessage("*task2068 needs a container*Start a Docker engine*").Which.Fault.Should().Be(SandboxFault.Unsupported);
        File.Exists(_task + "/ran").Should().BeFalse();
    }

    [Fact]
    public async Task Without_a_script_or_a_digest_there_is_nothing_to_make_it_from()
    {
        foreach (SandboxImageSource source in new[]
            { Source(), Source() with { BuildFolder = null }, Source() with { BuildDigest = null } })
        {
            (await FluentActions.Awaiting(() => _fixture.Provider.PrepareImageAsync(source, Token)).Should().ThrowAsync<SandboxException>())
                .Which.Fault.Should().Be(SandboxFault.Image);
        }
    }

    private void WriteSetup(string script) => File.WriteAllText(_task + "/setup.sh", script + "\n");

    private SandboxImageSource Source() => new("tandem/example:task2068", _task, _digest, AllowsProcessSandbox: true);

    private Task<ISandbox> CreateAsync(SandboxImage image) => _fixture.Provider.CreateAsync(
        new SandboxSpec
        {
            Image = image,
            Name = "test-"
            + Guid.NewGuid().ToString("N")[..12],
            Owner = new SandboxOwner("store", "tests", "case", "attempt", "agent1")
        }, Token);

    private static async Task<string> ReadAsync(ISandbox sandbox, string name) =>
        System.Text.Encoding.UTF8.GetString(await sandbox.GetFileAsync($"{sandbox.Paths.Repo}/{name}", 100_000, Token)
            ?? "missing"u8.ToArray());
}
