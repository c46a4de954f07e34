using System.Runtime.Versioning;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.Gateway.Relays;
using Xunit;

namespace Tandem.Harness.Tests.Slurm;

/// <summary>The batch script of <c>deploy/slurm</c>, as far as it needs no Slurm.</summary>
[Slow]
[SupportedOSPlatform("linux")]
public sealed class BatchScriptTests : IDisposable
{
    private static readonly string s_script = Path.Combine(ProjectFolder.Find(), "deploy", "slurm", "tandem.sbatch");
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-batch-").FullName;

    public BatchScriptTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Slurm's scripts run on Linux.");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_executable_and_bash_and_shellcheck_find_no_fault()
    {
        File.GetUnixFileMode(s_script).Should().HaveFlag(UnixFileMode.UserExecute);
        (await RunAsync("bash", ["-n", s_script])).ThrowOnFailure();
        if (HostSandbox.FindOnHost("shellcheck") is string check)
            (await RunAsync(check, ["--shell=bash", s_script])).ThrowOnFailure();
    }

    [Theory]
    [InlineData("", 2, "this is no task of an array. Submit it with: sbatch --array=0-15 deploy/slurm/tandem.sbatch EXPERIMENT")]
    [InlineData("SLURM_ARRAY_TASK_ID=3", 2, "is not the project's folder. Submit from there, or name it in TANDEM_ROOT.")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 PROJECT=1", 4, "the project is not built. Run './run.sh --version' in ")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 PROJECT=1 BUILT=1 TANDEM_STORE_PER_TASK=1", 2, "needs the folder of the stores in TANDEM_STORE.")]
    public async Task What_cannot_run_is_refused_with_the_next_step(string variables, int code, string message)
    {
        (string, string)[] pairs = [.. variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Pair)];
        MakeProject(hasSolution: pairs.Contains(("PROJECT", "1")), isBuilt: pairs.Contains(("BUILT", "1")));

        ChildResult result = await RunAsync(s_script, ["default"], pairs);

        result.ExitCode.Should().Be(code, result.Stderr.Text);
        result.Stderr.Text.Should().StartWith("tandem.sbatch: ").And.Contain(message);
    }

    [Theory]
    [InlineData("default --sandbox process", "run --no-install-docker --experiment default --sandbox process")]
    [InlineData("--sandbox=process", "run --no-install-docker --sandbox=process")]
    [InlineData("mine --tasks data --repo=a --agent nop", "images build --no-install-docker --tasks data --repo=a\n"
        + "run --no-install-docker --experiment mine --tasks data --repo=a --agent nop")]
    public async Task Images_are_made_first_unless_plain_processes_are_asked_for(string words, string calls)
    {
        MakeProject(hasSolution: true, isBuilt: true);

        ChildResult result = await RunAsync(s_script, words.Split(' '), ("SLURM_ARRAY_TASK_ID", "3"));

        result.ExitCode.Should().Be(7, "that is the run's code");
        result.Stdout.Text.Trim().Split('\n')[1..].Should().Equal(calls.Split('\n'));
    }

    [Fact]
    public async Task A_store_of_its_own_goes_by_the_index_with_its_offset()
    {
        MakeProject(hasSolution: true, isBuilt: true);

        ChildResult result = await RunAsync(s_script, ["--sandbox", "process"], ("SLURM_ARRAY_TASK_ID", "8"),
            ("TANDEM_SHARD_OFFSET", "1000"), ("TANDEM_STORE", "stores"), ("TANDEM_STORE_PER_TASK", "1"));

        result.Stdout.Text.Should().Contain(": a shard, store stores/shard-1008\n");
    }

    private static (string, string) Pair(string text) => text.Split('=') is [string name, string value] ? (name, value) : (text, "");

    /// <summary>A project whose program is a stand-in that prints its words.</summary>
    private void MakeProject(bool hasSolution, bool isBuilt)
    {
        if (hasSolution)
            File.WriteAllText(Path.Combine(_folder, ProjectFolder.SolutionName), "");
        string program = Path.Combine(_folder, "Cli", "bin", "Debug", "net10.0", "Tandem.Cli.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        if (isBuilt)
            File.WriteAllText(program, "");
        string dotnet = Path.Combine(_folder, "dotnet");
        File.WriteAllText(dotnet, "#!/bin/sh\nshift\necho \"$*\"\n[ \"$1\" != run ] || exit 7\n");
        File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private Task<ChildResult> RunAsync(string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        Dictionary<string, string> environment = ChildEnvironment.Usual();
        environment["PATH"] = $"{_folder}:{environment["PATH"]}";
        environment["TMPDIR"] = _folder;
        foreach ((string name, string value) in variables)
            environment[name] = value;
        return ChildProcess.RunAsync(new ChildCommand(program, arguments) { Environment = environment, WorkingDirectory = _folder },
            TestContext.Current.CancellationToken);
    }
}
