using System.Globalization;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Harness.Tests.Agents;
using Tandem.Harness.Tests.Matrix;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Cases;
using Tandem.Records.Text;
using Xunit.Runner.InProc.SystemConsole;

namespace Tandem.Harness.Tests.Victims;

/// <summary>The entry point, in place of the one that xunit generates. With <c>dummy NAME ARGUMENT...</c> it runs no tests, but one of the
/// programs here, which a test starts as a <see cref="Dummy"/>.</summary>
internal static class DummyProgram
{
    public const string Word = "dummy";

    private static readonly Dictionary<string, Func<string[], Task>> s_programs = new()
    {
        [nameof(WaitInSandboxAsync)] = WaitInSandboxAsync,
        [nameof(UseSandboxAsync)] = UseSandboxAsync,
        [nameof(MeasureOutputAsync)] = MeasureOutputAsync,
        [nameof(PrintAsync)] = PrintAsync,
        [nameof(RunCaseAsync)] = RunCaseAsync,
        [nameof(RunCasesAsync)] = RunCasesAsync,
        [nameof(DrainAsync)] = DrainAsync,
    };

    private static async Task<int> Main(string[] args)
    {
        if (args is not [Word, string name, .. string[] arguments])
            return await ConsoleRunner.Run(args);
        await s_programs[name](arguments);
        return 0;
    }

    /// <summary>STORE: makes a sandbox, leaves a patch in it and waits.</summary>
    public static async Task WaitInSandboxAsync(string[] arguments)
    {
        await using ISandbox sandbox = await DockerEngine.CreateAsync(arguments[0]);
        await sandbox.PutFilesAsync([new SandboxFile("/patches/work.patch", "precious"u8.ToArray())], CancellationToken.None);
        await sandbox.ExecAsync(ExecRequest.Shell("sleep 50"), CancellationToken.None);
    }

    /// <summary>STORE: makes a sandbox and prints what a command in it prints.</summary>
    public static async Task UseSandboxAsync(string[] arguments)
    {
        await using ISandbox sandbox = await DockerEngine.CreateAsync(arguments[0]);
        Console.Write((await sandbox.ExecAsync(ExecRequest.Shell("echo works"), CancellationToken.None)).Stdout.Text);
    }

    /// <summary>BYTES [FOLDER]: has a sandbox print so many bytes, and prints how many came, how many were kept, and by how many this
    /// process grew at most. With a folder it is a process sandbox there.</summary>
    public static async Task MeasureOutputAsync(string[] arguments)
    {
        await using ProcessSandboxProvider? host = arguments is [_, string folder] ? new ProcessSandboxProvider(folder) : null;
        await using ISandbox sandbox = host is null
            ? await DockerEngine.CreateAsync("measure")
            : await host.CreateAsync(DockerEngine.Spec("measure", ProcessSandboxProvider.EmptyImage), CancellationToken.None);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        (long highest, int pieces) = (before, 0);
        ExecResult result = await sandbox.ExecAsync(
            new ExecRequest
            {
                Command = ["head", "-c", arguments[0], "/dev/zero"],
                KeepBytes = 4096,
                OnOutput = (_, _) =>
                    highest = ++pieces % 64 == 0 ? Math.Max(highest, GC.GetTotalMemory(forceFullCollection: false)) : highest,
            },
            CancellationToken.None);
        Console.Write(string.Create(CultureInfo.InvariantCulture,
            $"{result.Stdout.TotalBytes} {result.Stdout.Head.Length + result.Stdout.Tail.Length} {highest - before}"));
    }

    /// <summary>LINES: prints so many lines by each of four threads: two write as a run does, two as the runner of its tests.</summary>
    public static Task PrintAsync(string[] arguments)
    {
        // The runner takes the console's writer before anything else begins.
        TextWriter runners = Console.Out;
        int lines = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        return Task.WhenAll(new[] { runners, PrintableConsole.Out, runners, PrintableConsole.Out }.Select((writer, thread) => Task.Run(() =>
        {
            for (int line = 0; line < lines; line++)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"thread {thread} line {line}"));
        })));
    }

    /// <summary>FOLDER MODEL CASE: runs a case of the shell agent in the store of another process.</summary>
    public static async Task RunCaseAsync(string[] arguments)
    {
        await using ShellCases cases = ShellCases.Join(arguments[0], new Uri(arguments[1]));
        await cases.Runs.RunAsync(CaseId.Parse(arguments[2]), ShellCases.Shell);
    }

    /// <summary>FOLDER MODEL SEED LIFE: works on a matrix with others until all its cases are completed.</summary>
    public static Task DrainAsync(string[] arguments) => DrainedMatrix.BeWorkerAsync(arguments);

    /// <summary>ADDRESS POINTS: runs cases in the store of another process, each up to where it is to stop.</summary>
    public static Task RunCasesAsync(string[] arguments) => KilledCases.BeVictimAsync(arguments[0], arguments[1]);
}
