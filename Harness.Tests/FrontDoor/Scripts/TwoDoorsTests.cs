using FluentAssertions;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor.Scripts;

/// <summary>run.sh and run.ps1 in one project, whose builds they share.</summary>
[Slow]
public sealed class TwoDoorsTests : IAsyncLifetime
{
    private ScriptProject? _project;

    private ScriptProject TheProject => _project!;

    public async ValueTask InitializeAsync() => _project = await ScriptProject.CreateAsync(needsPowerShell: true);

    public ValueTask DisposeAsync()
    {
        _project?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact, Long]
    public async Task Each_finds_what_the_other_one_has_built()
    {
        string[] sources =
        [
            ".editorconfig", "Cli/.hidden/a.cs", "Cli/B.cs", "Cli/a b.cs", "Cli/a/z.cs", "Cli/ä€.cs", "Cli/results/a.cs", "Cli/RUN.cs",
            "a[1].props", "bench/RESULTS.MD",
        ];
        string[] others = ["README.md", ".github/a.yml", "results/a.json", "a/bin/a.dll", "a/obj/a.json", "a/run.txt"];
        foreach (string file in (string[])[.. sources, .. others])
            TheProject.Write(file);
        File.CreateSymbolicLink(Path.Combine(TheProject.Home, "Cli", "link.cs"), "B.cs");
        Directory.CreateSymbolicLink(Path.Combine(TheProject.Home, "linked"), "Cli");

        await RunAsync("run.sh");
        await RunAsync("run.ps1");
        TheProject.Builds.Should().Be(1);
        string list = await File.ReadAllTextAsync(TheProject.Stamp, TestContext.Current.CancellationToken);
        list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should()
            .BeEquivalentTo([.. sources.Select(file => "./" + file), "./Cli/Program.cs"]);

        File.Delete(TheProject.Stamp);
        await RunAsync("run.ps1");
        await RunAsync("run.sh");
        TheProject.Builds.Should().Be(2);
        (await File.ReadAllTextAsync(TheProject.Stamp, TestContext.Current.CancellationToken)).Should().Be(list);
    }

    [Theory, Long]
    [InlineData("run.sh", "run.ps1")]
    [InlineData("run.ps1", "run.sh", Traits = ["Tier", "Long"])]
    public async Task Of_two_at_once_one_builds(string first, string second)
    {
        TheProject.Environment["BUILD"] = "slow";
        using var builder = RunningProgram.Start(TheProject, TheProject.Script(first), "one");
        await builder.WaitForAsync("Building ...");
        using var waiter = RunningProgram.Start(TheProject, TheProject.Script(second), "two");
        await waiter.WaitForAsync("Waiting for another build ...");
        await File.WriteAllTextAsync(TheProject.Go, "", TestContext.Current.CancellationToken);

        (await builder.EndAsync()).Should().Be(7);
        (await waiter.EndAsync()).Should().Be(7);
        builder.Text.Should().Contain("[one]");
        waiter.Text.Should().Contain("[two]").And.NotContain("Building");
        TheProject.Builds.Should().Be(1);
    }

    [Fact, Long]
    public async Task Both_start_the_real_program_and_choose_the_same_cases()
    {
        await RunAsync("run.sh");
        TheProject.BecomeReal();
        string[] words = ["--dry-run", "--status", "missing,failed", "--store", TheProject.Beside("store")];

        ChildResult shell = await RunAsync("run.sh", words);
        ChildResult session = await TheProject.RunAsync("pwsh", "-NoProfile", "-Command", $"""
            $run = '{TheProject.Script("run.ps1")}'
            & $run {words[0]} {words[1]} {words[2]} {words[3]} '{words[4]}'
            & $run doctor --help
            exit $LASTEXITCODE
            """);

        shell.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should()
            .HaveCount(50).And.Contain("solo/timespan_task/14/f1_f2/seed0");
        session.Stdout.Text.Should().StartWith(shell.Stdout.Text).And.Contain("run.ps1 doctor [options]");
        session.ExitCode.Should().Be(0, session.Stderr.Text);
    }

    private Task<ChildResult> RunAsync(string name, params string[] words) => TheProject.RunAsync(TheProject.Script(name), words);
}
