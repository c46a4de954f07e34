using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.Gateway.Relays;
using Xunit;

namespace Tandem.Harness.Tests.Slurm;

/// <summary>A Slurm of one node on this host, by its real programs, with a folder and ports of its own. Disposing ends its jobs and its
/// programs; if the tests are killed, they end by themselves after a while.</summary>
[SupportedOSPlatform("linux")]
public sealed class SlurmCluster : IAsyncLifetime
{
    private const string RequireVariable = "TANDEM_REQUIRE_SLURM";
    private const string LifeSeconds = "900";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-slurm-").FullName;
    private readonly List<Process> _programs = [];
    private readonly int _controllerPort = FreePort();

    /// <summary>Tasks that run at once.</summary>
    internal const int Slots = 8;

    private string Settings => Path.Combine(_folder, "slurm.conf");

    private string Socket => Path.Combine(_folder, "munge.sock");

    /// <summary>Why this host cannot run one; null if it can.</summary>
    internal static string? WhyNot => !OperatingSystem.IsLinux() ? "Slurm is started as on Linux"
        : new[] { "munged", "slurmctld", "slurmd", "sbatch" }.FirstOrDefault(program => Find(program) is null) is string missing
        ? $"there is no {missing} (Debian's packages slurm-wlm and munge)"
        : !Environment.IsPrivilegedProcess ? "slurmd needs root" : null;

    /// <summary>The variables of whoever submits: jobs have them, too.</summary>
    internal Dictionary<string, string> Variables(params (string Name, string Value)[] others)
    {
        Dictionary<string, string> environment = ChildEnvironment.Usual("DOTNET_ROOT");
        foreach ((string name, string value) in others.Append(("SLURM_CONF", Settings)))
            environment[name] = value;
        return environment;
    }

    /// <summary>Skips a test where no Slurm can be started, unless it is required.</summary>
    internal static void Require()
    {
        Tier.RequireSlow("starts servers");
        if (WhyNot is not string why)
            return;
        Assert.False(Environment.GetEnvironmentVariable(RequireVariable) == "1", $"A Slurm is required: {why}.");
        Assert.Skip($"This host runs no Slurm: {why}. {RequireVariable}=1 makes that a failure.");
    }

    public async ValueTask InitializeAsync()
    {
        if (WhyNot is not null)
            return; // each test says so
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string key = Path.Combine(_folder, "munge.key");
        await File.WriteAllBytesAsync(key, RandomNumberGenerator.GetBytes(128));
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(Settings, Configuration());
        Start("munged", "--foreground", "--force", $"--socket={Socket}", $"--key-file={key}", $"--pid-file={_folder}/munged.pid",
            $"--log-file={_folder}/munged.log", $"--seed-file={_folder}/munge.seed");
        await UntilAsync(() => Task.FromResult(File.Exists(Socket)), s_startLimit, "munged makes its socket");
        Start("slurmctld", "-D");
        Start("slurmd", "-D", "-N", "localhost");
        await UntilAsync(async () => (await RunAsync("sinfo", "-h", "-o", "%T")).Stdout.Text.Trim() == "idle", s_startLimit,
            "the node is idle");
    }

    /// <summary>Runs a program of Slurm's.</summary>
    internal Task<ChildResult> RunAsync(string program, params string[] arguments) => ChildProcess.RunAsync(
        new ChildCommand(program, arguments) { Environment = Variables(), WorkingDirectory = _folder }, CancellationToken.None);

    /// <summary>Waits until no task of a job is left, or waits to start again.</summary>
    internal Task EndOfAsync(string job, TimeSpan limit) => UntilAsync(
        async () => await RunAsync("squeue", "-h", "-j", job) is var left && left.Stdout.Text.Trim().Length == 0, limit,
        $"job {job} ends");

    /// <summary>What Slurm says of one task: <c>CANCELLED 130:0</c>.</summary>
    internal async Task<string> EndingOfAsync(string task)
    {
        Dictionary<string, string> facts = (await RunAsync("scontrol", "-o", "show", "job", task)).ThrowOnFailure().Stdout.Text.Split(' ')
            .Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0])
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return $"{facts["JobState"]} {facts["ExitCode"]}";
    }

    /// <summary>Waits for something that must come.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> isSo, TimeSpan limit, string what)
    {
        long begun = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < limit, $"Within {limit} it did not come about that {what}.");
            await Task.Delay(s_pause, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_programs.Count > 1)
        {
            await RunAsync("scancel", "--full", "--signal=KILL", "--user=root");
            await RunAsync("scancel", "--user=root");
        }
        // The last one first: munged is needed until then.
        foreach (Process program in Enumerable.Reverse(_programs))
        {
            await SignalAsync(program, "TERM");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await program.WaitForExitAsync(limit.Token);
            program.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The program is <c>timeout</c>, which passes the signal on to what it runs.</summary>
    private static Task<ChildResult> SignalAsync(Process program, string signal) => ChildProcess.RunAsync(
        new ChildCommand("kill", $"-{signal}", program.Id.ToString(CultureInfo.InvariantCulture))
        { Environment = ChildEnvironment.Usual() }, CancellationToken.None);

    private void Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("timeout", ["-k", "20", LifeSeconds, Find(program)!, .. arguments])
        { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = Settings;
        Process started = Process.Start(start)!;
        started.OutputDataReceived += (_, _) => { };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        _programs.Add(started);
    }

    private string Configuration() => string.Create(CultureInfo.InvariantCulture, $"""
        ClusterName=tandem{_controllerPort}
        SlurmctldHost=localhost
        SlurmctldPort={_controllerPort}
        SlurmdPort={FreePort()}
        AuthType=auth/munge
        # A requeued task waits that many seconds before it starts again; Slurm's default is 120.
        AuthInfo=socket={Socket},cred_expire=20
        CredType=cred/munge
        SlurmUser=root
        SlurmdUser=root
        StateSaveLocation={_folder}/state
        SlurmdSpoolDir={_folder}/spool
        SlurmctldPidFile={_folder}/slurmctld.pid
        SlurmdPidFile={_folder}/slurmd.pid
        SlurmctldLogFile={_folder}/slurmctld.log
        SlurmdLogFile={_folder}/slurmd.log
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core
        SlurmdParameters=config_overrides
        ReturnToService=2
        MpiDefault=none
        SwitchType=switch/none
        JobAcctGatherType=jobacct_gather/none
        AccountingStorageType=accounting_storage/none
        KillWait=60
        MailProg=/bin/true
        NodeName=localhost NodeHostname={Dns.GetHostName().Split('.')[0]} NodeAddr=127.0.0.1 CPUs={Slots}
        PartitionName=main Nodes=localhost Default=YES MaxTime=10 State=UP

        """);

    /// <summary>Daemons are in a folder of root's, which need not be on the PATH.</summary>
    private static string? Find(string program) => HostSandbox.FindOnHost(program)
        ?? new[] { "/usr/sbin", "/usr/local/sbin" }.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
