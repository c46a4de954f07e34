using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Npgsql;
using Tandem.Harness.Processes;

namespace Tandem.Bench.Postgres;

/// <summary>A PostgreSQL of its own on the loopback, by the programs of the host: for benchmarks and tests. It can be killed, paused and
/// started again; disposing ends it and removes its files.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const int Kill = 9;
    private const int Quit = 3;
    public const int Stop = 19;
    public const int Continue = 18;
    // If whoever started it is killed, it ends by itself.
    private const string LifeSeconds = "2400";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    private readonly string _programs;
    private readonly string _folder;
    private readonly bool _isDurable;
    private Process? _process;

    private PostgresServer(string programs, string folder, int port, bool isDurable) =>
        (_programs, _folder, Port, _isDurable) = (programs, folder, port, isDurable);

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>For Npgsql; the role may do everything.</summary>
    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres");

    /// <summary>Why this host cannot run one; null if it can.</summary>
    public static string? WhyNot => !OperatingSystem.IsLinux() ? "the server is started as on Linux"
        : FindPrograms() is null ? "there is no PostgreSQL (Debian's package postgresql)" : null;

    /// <summary>Makes a database in a new folder and starts its server.</summary>
    /// <param name="isDurable">Whether it waits for the disk at each commit, as servers do that hold anything of worth.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PostgresServer> StartAsync(bool isDurable, CancellationToken cancellationToken)
    {
        string programs = FindPrograms() ?? throw new InvalidOperationException(WhyNot);
        string folder = Directory.CreateTempSubdirectory("tandem-postgres-").FullName;
        var server = new PostgresServer(programs, folder, FreePort(), isDurable);
        try
        {
            await server.RequireAsync("chmod", ["755", folder], cancellationToken);
            if (IsRoot)
                await server.RequireAsync("chown", ["postgres", folder], cancellationToken);
            string data = Path.Combine(folder, "data");
            await server.RequireAsync(server.AsOwner("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "--no-instructions"),
                cancellationToken);
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server over what it left.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        long begun = Stopwatch.GetTimestamp();
        string[] command = ["timeout", "-s", "QUIT", LifeSeconds, .. AsOwner("postgres", "-D", Path.Combine(_folder, "data"),
            "-p", Port.ToString(CultureInfo.InvariantCulture), "-k", _folder, "-c", "listen_addresses=127.0.0.1",
            "-c", "max_connections=400", "-c", _isDurable ? "fsync=on" : "fsync=off", "-c", "log_min_messages=fatal")];
        while (true)
        {
            if (_process is null || _process.HasExited)
                _process = Process.Start(new ProcessStartInfo(command[0], command[1..])
                { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder })!;
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false;Timeout=2");
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException && Stopwatch.GetElapsedTime(begun) < s_limit)
            {
                // It is not ready yet, or what a killed one left behind is not yet gone.
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    /// <summary>Ends the server at once, as a crash does: what is not committed is lost, all connections are cut.</summary>
    public async Task CrashAsync()
    {
        Send(ServerPid(), Quit);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process!.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>Lets nothing of the server run for a time.</summary>
    public async Task PauseAsync(TimeSpan time)
    {
        int[] all = Family();
        foreach (int pid in all)
            Send(pid, Stop);
        try
        {
            await Task.Delay(time);
        }
        finally
        {
            foreach (int pid in all)
                Send(pid, Continue);
        }
    }

    /// <summary>Sends a signal to a process of the caller's.</summary>
    internal static void Send(int pid, int signal) => _ = SendSignal(pid, signal);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task KillAsync()
    {
        // One that has not come to its number yet has nothing else either.
        foreach (int pid in File.Exists(Path.Combine(_folder, "data", "postmaster.pid")) ? Family() : [_process!.Id])
            Send(pid, Kill);
        await _process!.WaitForExitAsync();
    }

    private int ServerPid() => int.Parse(File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First(),
        CultureInfo.InvariantCulture);

    private int[] Family() => FamilyOf(ServerPid());

    private static int[] FamilyOf(int server) => [server, .. Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid > 0 && ParentOf(pid) == server)];

    private static int ParentOf(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static bool IsRoot => Environment.IsPrivilegedProcess;

    // The server refuses to run as root.
    private string[] AsOwner(string program, params string[] arguments) => IsRoot
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", Path.Combine(_programs, program), .. arguments]
        : [Path.Combine(_programs, program), .. arguments];

    private Task RequireAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        RequireAsync([program, .. arguments], cancellationToken);

    private async Task RequireAsync(string[] command, CancellationToken cancellationToken) =>
        (await ChildProcess.RunAsync(
            new ChildCommand(command[0], command[1..]) { WorkingDirectory = _folder, TimeLimit = s_limit }, cancellationToken))
        .ThrowOnFailure();

    private static string? FindPrograms() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")))
            .Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}
