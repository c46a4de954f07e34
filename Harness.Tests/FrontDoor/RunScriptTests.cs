using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>run.sh in a project of its own, with a program named dotnet that writes down how it was called.</summary>
public sealed class RunScriptTests : IDisposable
{
    private const string FakeDotnet = """
        #!/bin/sh
        echo "$1" >>"$CALLS"
        case $1 in
        --version) echo "$SDK" ;;
        msbuild)
            [ "$BUILD" = fine ] || { echo "Sample.cs(1,1): error CS1002: ; expected"; exit 1; }
            mkdir -p Cli/bin/Debug/net10.0 && : >Cli/bin/Debug/net10.0/Tandem.Cli.dll ;;
        *) printf '[%s]' "$@" "built=$TANDEM_BUILT"; exit 7 ;;
        esac
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem run-").FullName;
    private readonly Dictionary<string, string> _environment = ChildEnvironment.Usual();

    public RunScriptTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "run.sh is for Linux and macOS; run.ps1 is its twin");
        Home = Directory.CreateDirectory(Path.Combine(_folder, "the project")).FullName;
        File.Copy(Path.Combine(Project.Find().Folder, "run.sh"), Script);
        Write("Cli/Program.cs", "");
        Write("tasks/click_task/task1/runner.sh", "");
        string bin = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
        WriteProgram(Path.Combine(bin, "dotnet"), FakeDotnet);
        (_environment["PATH"], _environment["CALLS"], _environment["SDK"], _environment["BUILD"]) = ($"{bin}:{_environment["PATH"]}", Calls, "10.0.401", "fine");
    }

    private string Home { get; }

    private string Script => Path.Combine(Home, "run.sh");

    private string Calls => Path.Combine(_folder, "calls");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_builds_once_and_then_hands_over_with_arguments_and_exit_code_unchanged()
    {
        ChildResult first = await RunAsync(Script, "test", "--", "two words", "*");
        ChildResult second = await RunAsync(Script);

        first.Stdout.Text.Should().Be($"[{Home}/Cli/bin/Debug/net10.0/Tandem.Cli.dll][test][--][two words][*][built=1]");
        first.ExitCode.Should().Be(7);
        first.Stderr.Text.Trim().Should().Be("Building ...");
        second.Stderr.Text.Should().BeEmpty();
        Builds().Should().Be(1);
    }

    [Fact]
    public async Task It_works_from_another_folder_and_through_links_and_with_its_input_closed()
    {
        string link = Path.Combine(_folder, "a link");
        File.CreateSymbolicLink(link, "the project/run.sh");
        File.CreateSymbolicLink(Path.Combine(_folder, "bin", "tandem"), link);

        ChildResult result = await RunAsync("/bin/sh", "-c", "cd / && exec tandem doctor <&-");

        result.Stdout.Text.Should().Be($"[{Home}/Cli/bin/Debug/net10.0/Tandem.Cli.dll][doctor][built=1]");
    }

    [Theory]
    [InlineData("Cli/Program.cs", true)]
    [InlineData("Directory.Build.props", true)]
    [InlineData("Analysis/Template.html", true)]
    [InlineData("README.md", false)]
    [InlineData("tasks/click_task/task1/runner.sh", false)]
    [InlineData("experiments/default.json", false)]
    [InlineData("results/default/runs/a.jsonl", false)]
    [InlineData("Cli/obj/project.assets.json", false)]
    public async Task It_builds_again_when_what_a_build_reads_has_changed(string file, bool expected)
    {
        await RunAsync(Script);
        string path = Write(file, "changed");
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));

        await RunAsync(Script);

        Builds().Should().Be(expected ? 2 : 1);
    }

    [Fact]
    public async Task It_builds_again_when_a_source_or_the_program_is_gone()
    {
        string source = Write("Cli/Gone.cs", "");
        await RunAsync(Script);
        File.Delete(source);
        await RunAsync(Script);
        Directory.Delete(Path.Combine(Home, "Cli", "bin"), recursive: true);
        await RunAsync(Script);

        Builds().Should().Be(3);
    }

    [Fact]
    public async Task A_failed_build_shows_its_errors_and_is_tried_again()
    {
        _environment["BUILD"] = "broken";

        ChildResult result = await RunAsync(Script);
        await RunAsync(Script);

        result.ExitCode.Should().Be(ExitCodes.Red);
        result.Stdout.TotalBytes.Should().Be(0);
        result.Stderr.Text.Should().Contain("error CS1002").And.Contain("the build failed");
        Builds().Should().Be(2);
    }

    [Theory]
    [InlineData("9.0.300")]
    [InlineData("")]
    public async Task An_old_or_missing_SDK_is_named(string version)
    {
        _environment["SDK"] = version;

        ChildResult result = await RunAsync(Script);

        result.ExitCode.Should().Be(ExitCodes.HostLacks);
        result.Stderr.Text.Should().Contain($".NET SDK 10 or newer is needed, there is: {version}");
        Builds().Should().Be(0);
    }

    [Fact]
    public async Task Without_dotnet_it_says_what_to_install()
    {
        string bin = Directory.CreateDirectory(Path.Combine(_folder, "few")).FullName;
        File.CreateSymbolicLink(Path.Combine(bin, "dirname"), File.Exists("/usr/bin/dirname") ? "/usr/bin/dirname" : "/bin/dirname");
        _environment["PATH"] = bin;

        ChildResult result = await RunAsync(Script);

        result.ExitCode.Should().Be(ExitCodes.HostLacks);
        result.Stderr.Text.Should().Contain("Install the .NET SDK 10");
    }

    private int Builds() => File.Exists(Calls) ? File.ReadLines(Calls).Count(call => call == "msbuild") : 0;

    private string Write(string name, string text)
    {
        string path = Path.Combine(Home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private static void WriteProgram(string path, string text)
    {
        File.WriteAllText(path, text + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Task<ChildResult> RunAsync(string program, params string[] arguments) => ChildProcess.RunAsync(
        new ChildCommand(program, arguments) { Environment = _environment, TimeLimit = TimeSpan.FromSeconds(30) }, TestContext.Current.CancellationToken);
}
