using Tandem.Cli;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor.Scripts;

/// <summary>
/// A project for the front door's scripts, with a program named dotnet that writes down how it was called. All its files are an hour old.
/// </summary>
internal sealed class ScriptProject : IDisposable
{
    /// <summary>Stands in for Tandem, too: <c>read</c> prints its input; <c>wait</c> ends with 6 by SIGINT and with 9 by SIGTERM.</summary>
    private const string FakeDotnet = """
        #!/bin/sh
        echo "$1" >>"$CALLS"
        case $1 in
        --version) echo "$SDK" ;;
        msbuild)
            [ "$BUILD" != broken ] || { echo "Sample.cs(1,1): error CS1002: ; expected"; exit 1; }
            while [ "$BUILD" = slow ] && [ ! -e "$GO" ]; do sleep 0.05; done
            mkdir -p Cli/bin/Debug/net10.0 && : >Cli/bin/Debug/net10.0/Tandem.Cli.dll ;;
        *)
            printf '[%s]' "$@" "by=${TANDEM_BUILT_BY-}"
            case ${2-} in
            read) cat ;;
            wait)
                trap 'sleep 0.3; echo "ended gently"; exit 6' INT
                trap 'echo "ended by SIGTERM"; exit 9' TERM
                echo ready
                while [ -e "$CALLS" ]; do sleep 0.1; done ;; # until the test is over, at the most
            esac
            exit 7 ;;
        esac
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem run-").FullName;

    private ScriptProject()
    {
        Home = Directory.CreateDirectory(Path.Combine(_folder, "the project")).FullName;
        foreach (string script in (string[])["run.sh", "run.ps1"])
            File.Copy(Path.Combine(Project.Find().Folder, script), Path.Combine(Home, script));
        Write("Cli/Program.cs");
        Write("tasks/click_task/task1/runner.sh");
        WriteProgram("bin/dotnet", FakeDotnet);
        Environment["PATH"] = $"{Path.Combine(_folder, "bin")}:{Path.Combine(_folder, "shells")}:{Environment["PATH"]}";
        (Environment["CALLS"], Environment["GO"], Environment["SDK"], Environment["BUILD"]) = (Calls, Go, "10.0.401", "fine");
        Environment["XDG_CONFIG_HOME"] = Path.Combine(_folder, "no profile");
    }

    /// <summary>The project's folder; absolute.</summary>
    public string Home { get; }

    /// <summary>What the scripts see.</summary>
    public Dictionary<string, string> Environment { get; } = ChildEnvironment.Usual("DOTNET_ROOT");

    /// <summary>What Tandem's program prints first.</summary>
    public string Program => $"[{Home}/Cli/bin/Debug/net10.0/Tandem.Cli.dll]";

    /// <summary>How often it was built.</summary>
    public int Builds => File.Exists(Calls) ? File.ReadLines(Calls).Count(call => call == "msbuild") : 0;

    /// <summary>The list of what the last build was made of.</summary>
    public string Stamp => Path.Combine(Home, "Cli", "obj", "run.stamp");

    /// <summary>A slow build goes on when this file is there.</summary>
    public string Go => Path.Combine(_folder, "go");

    private string Calls => Path.Combine(_folder, "calls");

    /// <summary>Makes one; skips the test where these scripts do not run.</summary>
    /// <param name="needsPowerShell">Whether there must be a pwsh on the PATH.</param>
    public static async Task<ScriptProject> CreateAsync(bool needsPowerShell)
    {
        Tier.RequireSlow("starts a program");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The tests' programs are shell scripts; run.ps1 has not been tried on Windows.");
        string? starter = needsPowerShell ? await PowerShell.StarterAsync() : null;
        var project = new ScriptProject();
        if (starter is not null)
            project.WriteProgram("shells/pwsh", starter);
        return project;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A path beside the project.</summary>
    public string Beside(params string[] names) => Path.Combine([_folder, .. names]);

    /// <summary>A front door of the project.</summary>
    public string Script(string name) => Path.Combine(Home, name);

    /// <summary>Writes a file of the project, which is an hour old then.</summary>
    public string Write(string name)
    {
        string path = Path.Combine(Home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        // Made an hour ago.
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1));
        return path;
    }

    /// <summary>Makes a file younger than the last build.</summary>
    public void Touch(string path) => File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(Stamp).AddSeconds(5));

    /// <summary>From now on dotnet and Tandem's program are the real ones; there must have been a build, which they find.</summary>
    public void BecomeReal()
    {
        File.Delete(Beside("bin", "dotnet"));
        Directory.Delete(Path.Combine(Home, "Cli", "bin"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(Home, "Cli", "bin"), Path.Combine(Project.Find().Folder, "Cli", "bin"));
    }

    /// <summary>Runs a program to its end, in the folder beside the project.</summary>
    public Task<ChildResult> RunAsync(string program, params IReadOnlyList<string> words) => RunAsync(new ChildCommand(program, words));

    /// <summary>As <see cref="RunAsync(string, IReadOnlyList{string})"/>.</summary>
    public Task<ChildResult> RunAsync(ChildCommand command) => ChildProcess.RunAsync(
        command with { Environment = Environment, WorkingDirectory = _folder, TimeLimit = TimeSpan.FromMinutes(10) },
        TestContext.Current.CancellationToken);

    private void WriteProgram(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
