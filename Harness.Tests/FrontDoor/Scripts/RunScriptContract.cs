using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor.Scripts;

/// <summary>What each front door does for who starts it from a shell.</summary>
/// <param name="name">The script.</param>
/// <param name="shells">Programs that it needs on the PATH, but for dotnet.</param>
[Slow]
public abstract class RunScriptContract(string name, params string[] shells) : IAsyncLifetime
{
    private ScriptProject? _project;

    private ScriptProject TheProject => _project!;

    public async ValueTask InitializeAsync() => _project = await ScriptProject.CreateAsync(shells.Contains("pwsh"));

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _project?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_builds_once_and_then_hands_over_with_words_and_exit_code_unchanged()
    {
        string[] words =
        [
            "test", "--", "two words", "*", "~", "'it''s' \"quoted\" ’so‘", "a,b", "",
            "-p:Coverage=true", "-v:", "007", "$HOME `$(1)", "two\nlines",
        ];

        ChildResult first = await RunAsync(words);
        ChildResult second = await RunAsync();

        first.Stdout.Text.Should().Be($"{TheProject.Program}{string.Concat(words.Select(word => $"[{word}]"))}[by={name}]");
        first.ExitCode.Should().Be(7);
        first.Stderr.Text.Trim().Should().Be("Building ...");
        second.Stderr.Text.Should().BeEmpty();
        second.Stdout.Text.Should().Be($"{TheProject.Program}[by={name}]");
        TheProject.Builds.Should().Be(1);
    }

    [Fact]
    public async Task It_works_from_another_folder_and_through_links_and_with_its_input_closed()
    {
        string link = TheProject.Beside("a link");
        File.CreateSymbolicLink(link, $"the project/{name}");
        File.CreateSymbolicLink(TheProject.Beside("bin", "tandem"), link);

        ChildResult result = await TheProject.RunAsync("/bin/sh", "-c", "cd / && exec tandem doctor <&-");

        result.Stdout.Text.Should().Be($"{TheProject.Program}[doctor][by={name}]");
    }

    [Fact]
    public async Task It_builds_again_when_what_a_build_reads_has_changed()
    {
        string[] others =
        [
            "README.md", "docs/more.md", "tasks/click_task/task1/runner.sh", "experiments/default.json", "results/default/runs/a.jsonl",
            "Cli/obj/project.assets.json", "Cli/bin/Debug/a.dll", "Cli/TestResults/a.trx", ".git/index", "run.cmd",
        ];
        await RunAsync();

        foreach (string file in others)
            TheProject.Touch(TheProject.Write(file));
        await RunAsync();
        TheProject.Builds.Should().Be(1, "a build reads none of these");

        TheProject.Touch(TheProject.Write("Cli/Program.cs"));
        await RunAsync();
        TheProject.Builds.Should().Be(2, "a source has changed");
    }

    [Theory, Long]
    [InlineData("Directory.Build.props")]
    [InlineData("Analysis/Template.html")]
    public async Task It_builds_again_when_a_file_that_is_no_source_but_goes_into_a_build_has_changed(string file)
    {
        await RunAsync();
        TheProject.Touch(TheProject.Write(file));
        await RunAsync();
        TheProject.Builds.Should().Be(2);
    }

    [Fact]
    public async Task It_builds_again_when_a_source_or_the_program_is_gone()
    {
        string source = TheProject.Write("Cli/Gone.cs");
        await RunAsync();
        File.Delete(source);
        await RunAsync();
        TheProject.Builds.Should().Be(2);
        Directory.Delete(Path.Combine(TheProject.Home, "Cli", "bin"), recursive: true);
        await RunAsync();

        TheProject.Builds.Should().Be(3);
    }

    [Fact]
    public async Task A_failed_build_shows_its_errors_and_is_tried_again()
    {
        TheProject.Environment["BUILD"] = "broken";

        ChildResult result = await RunAsync();
        await RunAsync();

        result.ExitCode.Should().Be(ExitCodes.Red);
        result.Stdout.TotalBytes.Should().Be(0);
        result.Stderr.Text.Should().Contain("error CS1002").And.Contain($"{name}: the build failed");
        TheProject.Builds.Should().Be(2);
    }

    [Theory]
    [InlineData("9.0.300")]
    [InlineData("")]
    public async Task An_old_or_missing_SDK_is_named(string version)
    {
        TheProject.Environment["SDK"] = version;

        ChildResult result = await RunAsync();

        result.ExitCode.Should().Be(ExitCodes.HostLacks);
        result.Stderr.Text.Should().Contain($"{name}: the .NET SDK 10 or newer is needed, there is: {version}");
        TheProject.Builds.Should().Be(0);
    }

    [Fact]
    public async Task Without_dotnet_it_says_what_to_install()
    {
        string few = Directory.CreateDirectory(TheProject.Beside("few")).FullName;
        string[] folders = [.. TheProject.Environment["PATH"].Split(':'), "/usr/bin", "/bin"];
        foreach (string program in (string[])["dirname", .. shells])
            File.CreateSymbolicLink(Path.Combine(few, program), folders.Select(folder => Path.Combine(folder, program)).First(File.Exists));
        TheProject.Environment["PATH"] = few;

        ChildResult result = await RunAsync();

        result.ExitCode.Should().Be(ExitCodes.HostLacks);
        result.Stderr.Text.Should().Contain($"{name}: there is no 'dotnet' on the PATH. Install the .NET SDK 10");
    }

    [Fact]
    public async Task What_is_piped_to_it_reaches_the_program()
    {
        var command = new ChildCommand(TheProject.Script(name), "read") { Stdin = "one\ntwo"u8.ToArray() };

        ChildResult result = await TheProject.RunAsync(command);

        result.Stdout.Text.Should().Be($"{TheProject.Program}[read][by={name}]one\ntwo");
    }

    [Fact]
    public async Task SIGTERM_reaches_the_program()
    {
        using var run = RunningProgram.Start(TheProject, TheProject.Script(name), "wait");
        await run.WaitForAsync("ready");
        await run.SignalAsync("TERM");

        (await run.EndAsync()).Should().Be(9);
        run.Text.Should().Contain("ended by SIGTERM");
    }

    [Fact]
    public async Task Ctrl_C_lets_the_program_end_gently_and_gives_its_exit_code()
    {
        using var run = RunningProgram.StartInTerminal(TheProject, $"exec '{TheProject.Script(name)}' wait");
        await run.WaitForAsync("ready");
        await run.TypeAsync("\u0003");
        await run.WaitForAsync("ended gently");

        (await run.EndAsync()).Should().Be(6);
    }

    private Task<ChildResult> RunAsync(params string[] words) => TheProject.RunAsync(TheProject.Script(name), words);
}

/// <summary>run.sh.</summary>
public sealed class ShellScriptTests() : RunScriptContract("run.sh");

/// <summary>run.ps1, started as a program: by its first line.</summary>
[Long]
public sealed class PowerShellScriptTests() : RunScriptContract("run.ps1", "pwsh", "env");
