using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

public abstract partial class SandboxContract
{
    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task An_exit_code_comes_back(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        foreach (int code in new[] { 0, 1, 42, 126, 127, 255 })
        {
            ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell($"exit {code}") with { OwnProcess = ownProcess }, Token);
            result.Outcome.Should().Be(ExecOutcome.Exited);
            result.ExitCode.Should().Be(code);
            result.Succeeded.Should().Be(code == 0);
        }
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task A_signal_from_within_is_an_exit_code_above_128(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("kill -9 $$") with { OwnProcess = ownProcess }, Token);
        result.Outcome.Should().Be(ExecOutcome.Exited);
        result.ExitCode.Should().Be(128 + 9);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task The_two_streams_come_apart(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("echo out; echo err >&2; printf end") with
        { OwnProcess = ownProcess }, Token);
        result.Stdout.Text.Should().Be("out\nend");
        result.Stderr.Text.Should().Be("err\n");
        result.Duration.Should().BePositive();
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task Arguments_arrive_as_they_were_given(bool ownProcess)
    {
        string[] arguments =
        [
            "", " ", "two words", "it's", "say \"hi\"", "a\nb\n", "tab\there", "$HOME", "$(id)", "`id`", "\\", "\\n", "a\\\"b", "*", "?",
                "~", "!x", "#no", "-n", "--", "a;b|c&d>e<f",
            "%s", "{a,b}", "ä ü 漢 🙂", "\r\n", "\u0001\u007f", new string('x', 100_000),
        ];
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(new ExecRequest
        { Command = ["printf", "<%s>\n", .. arguments], OwnProcess = ownProcess }, Token);
        result.Stderr.Text.Should().BeEmpty();
        result.Stdout.Text.Should().Be(string.Concat(arguments.Select(argument => $"<{argument}>\n")));
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task A_command_runs_in_the_repository_unless_it_names_another_folder(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        var request = new ExecRequest { Command = ["pwd"], OwnProcess = ownProcess };
        (await sandbox.ExecAsync(request, Token)).Stdout.Text.Should().Be(sandbox.Paths.Repo + "\n");
        (await sandbox.ExecAsync(request with { WorkingDirectory = sandbox.Paths.Scratch }, Token)).Stdout.Text.Should()
            .Be(sandbox.Paths.Scratch + "\n");

        string odd = sandbox.Paths.Scratch + "/it's a \"ä\" $HOME";
        await sandbox.ExecAsync(new ExecRequest { Command = ["mkdir", odd] }, Token);
        (await sandbox.ExecAsync(request with { WorkingDirectory = odd }, Token)).Stdout.Text.Should().Be(odd + "\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_three_folders_are_there_and_can_be_written()
    {
        await using ISandbox sandbox = await CreateAsync();
        foreach (string folder in new[] { sandbox.Paths.Repo, sandbox.Paths.Patches, sandbox.Paths.Scratch })
            (await sandbox.ExecAsync(new ExecRequest { Command = ["touch", folder + "/file"] }, Token)).Succeeded.Should().BeTrue(folder);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task Variables_of_a_command_are_its_own(bool ownProcess)
    {
        const string Odd = "it's \"$HOME\" `id`\n= \\ ä";
        await using ISandbox sandbox = await CreateAsync(spec => spec with
        {
            Environment = new Dictionary<string, string> { ["FROM_SPEC"] = Odd, ["FROM_BOTH"] = "spec" },
        });
        ExecRequest show = ExecRequest.Shell("printf '%s|%s|%s' \"$FROM_SPEC\" \"$FROM_BOTH\" \"${FROM_REQUEST-unset}\"") with
        { OwnProcess = ownProcess };
        var added = new Dictionary<string, string> { ["FROM_REQUEST"] = Odd, ["FROM_BOTH"] = "request" };

        (await sandbox.ExecAsync(show with { Environment = added }, Token)).Stdout.Text.Should().Be($"{Odd}|request|{Odd}");
        (await sandbox.ExecAsync(show, Token)).Stdout.Text.Should().Be($"{Odd}|spec|unset");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task No_state_leaks_from_one_command_into_the_next()
    {
        const string Show = "pwd; umask; echo ${LEAK-unset}; echo $-; trap; type leak >/dev/null 2>&1 && echo leak; ulimit -n; true";
        await using ISandbox sandbox = await CreateAsync();
        string before = await PrintAsync(sandbox, Show);
        await PrintAsync(sandbox, "cd /; umask 077; LEAK=1; export LEAK; set -f; trap 'echo bye' EXIT; leak() { :; }; ulimit -n 64; :");
        (await PrintAsync(sandbox, Show)).Should().Be(before);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task A_background_child_neither_delays_its_command_nor_prints_into_the_next(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        // The child prints when the next command lets it, so that the first would wait for ever for it.
        ExecResult first = await sandbox.ExecAsync(
            ExecRequest.Shell("(until [ -e go ]; do sleep 0.05; done; echo late; echo late >&2; touch gone; sleep 60) & echo early") with
            { OwnProcess = ownProcess }, Token);
        first.Succeeded.Should().BeTrue();
        first.Stdout.Text.Should().Be("early\n");

        ExecResult second = await sandbox.ExecAsync(
            ExecRequest.Shell("touch go; until [ -e gone ]; do sleep 0.05; done; sleep 0.3; echo second") with
            { OwnProcess = ownProcess }, Token);
        second.Stdout.Text.Should().Be("second\n");
        second.Stderr.Text.Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_background_child_lives_on_after_its_command_even_if_it_goes_on_printing()
    {
        await using ISandbox sandbox = await CreateAsync();
        string marker = sandbox.Paths.Scratch + "/server.log";
        await sandbox.ExecAsync(new ExecRequest
        { Command = ["/bin/sh", "-c", "while :; do echo to stdout; echo x >> \"$0\"; sleep 0.05; done & :", marker] }, Token);
        await Task.Delay(300, Token);
        (await IsGrowingAsync(sandbox, marker)).Should().BeTrue("a server that an agent starts serves its later commands");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Several_commands_run_at_once()
    {
        // Each waits for a file that the next one makes: they end only if all of them run at the same time.
        const int Count = 6;
        await using ISandbox sandbox = await CreateAsync();
        ExecResult[] results = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => sandbox.ExecAsync(
            ExecRequest.Shell($"touch here{i}; while [ ! -e here{(i + 1) % Count} ]; do sleep 0.05; done; echo {i}") with
            { WorkingDirectory = sandbox.Paths.Scratch, TimeLimit = TimeSpan.FromSeconds(30) },
            Token)));
        results.Select(result => result.Stdout.Text).Should().Equal(Enumerable.Range(0, Count).Select(i => $"{i}\n"));
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task What_cannot_be_started_is_told_from_what_fails(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        string plain = sandbox.Paths.Scratch + "/plain.txt";
        await sandbox.PutFilesAsync([new SandboxFile(plain, Utf8("no program\n"))], Token);
        var notThere = new ExecRequest { Command = ["no-such-program-here", "x"], OwnProcess = ownProcess };
        ExecRequest[] requests =
        [
            notThere,
            notThere with { Command = ["/no/such/program"] },
            notThere with { Command = [plain] },
            notThere with { Command = [sandbox.Paths.Scratch] },
            notThere with { Command = ["true"], WorkingDirectory = sandbox.Paths.Scratch + "/no-such-folder" },
            notThere with { Command = ["true", "a\0b"] },
            notThere with { Command = ["true", new string('x', 3 << 20)] },
        ];
        foreach (ExecRequest request in requests)
        {
            ExecResult result = await sandbox.ExecAsync(request, Token);
            result.Outcome.Should().Be(ExecOutcome.NotStarted, request.Command[0]);
            result.ExitCode.Should().BeNull();
            result.Detail.Should().NotBeNullOrWhiteSpace();
        }
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Another_user_runs_a_command_where_users_are_an_ability()
    {
        SandboxSubject subject = await SubjectAsync();
        await using ISandbox sandbox = await CreateAsync();
        Task<ExecResult> Run() =>
            sandbox.ExecAsync(new ExecRequest { Command = ["id", "-u"], User = "65534", WorkingDirectory = "/" }, Token);
        if (subject.Provider.Abilities.HasFlag(SandboxAbilities.Users))
            (await Run()).Stdout.Text.Should().Be("65534\n");
        else
            (await FluentActions.Awaiting(Run).Should().ThrowAsync<SandboxException>()).Which.Fault.Should().Be(SandboxFault.Unsupported);
    }
}
