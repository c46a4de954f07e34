using System.Diagnostics;
using System.Xml.Linq;
using Tandem.Harness.Processes;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Tests of the front door as its user meets it: the real programs, in the process sandbox, with the agent that applies the gold
/// patches, and a store of each test's own.</summary>
[Slow]
public abstract class FrontDoorTests : IDisposable
{
    private protected FrontDoorTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The built-in tasks run in the process sandbox on Linux only.");

    protected string Folder { get; } = Directory.CreateTempSubdirectory("tandem-run-").FullName;

    protected string Store => Path.Combine(Folder, "store");

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Folder, recursive: true);
    }

    private protected Task<ChildResult> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync(Command(arguments), TestContext.Current.CancellationToken);

    private protected ChildCommand Command(params string[] arguments) =>
        new("dotnet", [Programs.Built("Cli"), "run", .. arguments, "--store", Store, .. arguments.Contains("--sandbox") ? (string[])[]
        : ["--sandbox", "process"]])
        {
            Environment = With(),
            TimeLimit = TimeSpan.FromMinutes(10),
            WorkingDirectory = Folder,
        };

    private protected Process Start(params string[] arguments)
    {
        // Where the tests are a shell's background job, interrupts are ignored, and that is inherited.
        string[] program = IgnoresInterrupts() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(program[0],
            [.. program[1..], Programs.Built("Cli"), "run", .. arguments, "--store", Store, "--sandbox", "process"])
        { RedirectStandardOutput = true, WorkingDirectory = Folder };
        start.Environment["TANDEM_EXPERIMENT"] = "oracle";
        return Process.Start(start)!;
    }

    /// <summary>Whether SIGINT is ignored here and in all that is started from here.</summary>
    internal static bool IgnoresInterrupts()
    {
        const int Interrupt = 1 << (2 - 1);
        const string Ignored = "SigIgn:";
        return OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/status").First(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is var line
            && (ulong.Parse(line.AsSpan(Ignored.Length).Trim(), System.Globalization.NumberStyles.HexNumber,
            System.Globalization.CultureInfo.InvariantCulture) & Interrupt) != 0;
    }

    private protected static Dictionary<string, string> With(params (string Name, string Value)[] variables)
    {
        Dictionary<string, string> environment = ChildEnvironment.Usual("DOTNET_ROOT");
        environment["TANDEM_EXPERIMENT"] = "oracle";
        foreach ((string name, string value) in variables)
            environment[name] = value;
        return environment;
    }

    private protected List<RunRecord> Records() =>
        [.. LayoutsThere().SelectMany(layout => new StoreReader(layout).ReadRuns()).Select(run => run.Record)];

    private IEnumerable<StoreLayout> LayoutsThere() => StoreLayout.Experiments(Store).Select(name => new StoreLayout(Store, name));

    private protected IEnumerable<string> TrxNames() => LayoutsThere()
        .SelectMany(layout => Directory.EnumerateFiles(Path.Combine(layout.ExperimentFolder, "trx")))
        .SelectMany(file => XDocument.Load(file).Descendants().Where(e => e.Name.LocalName == "UnitTestResult")
        .Select(e => e.Attribute("testName")!.Value));

    private protected static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
