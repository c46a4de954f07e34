using System.Diagnostics;
using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>
/// A folder of the host in which commands run as we do. There is no wall: a command can read what we can read, and one that kills all it
/// may (<c>kill -9 -1</c>, or its parent) kills the user's processes and the harness. So it is for the agents that are ours; whoever picks
/// a provider refuses all others.
/// </summary>
internal sealed class ProcessSandbox(string name, SandboxFolder folder, IReadOnlyDictionary<string, string> environment) : ISandbox
{
    /// <summary>The variable that every process of a sandbox carries; its value is the sandbox's folder.</summary>
    public const string MarkerVariable = "TANDEM_SANDBOX";

    private static readonly TimeSpan s_endBound = TimeSpan.FromSeconds(10);

    private readonly SandboxFiles _files = new(folder.Root);
    private readonly CancellationTokenSource _life = new();
    private readonly Dictionary<string, string> _environment = BaseEnvironment(folder, environment);
    private volatile bool _isRemoved;
    private int _running;

    public string Id => name;

    public SandboxPaths Paths => folder.Paths;

    private bool IsLost => _isRemoved || !folder.Exists;

    public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.User is not null)
            throw new SandboxException(SandboxFault.Unsupported, $"A process sandbox cannot run a command as the user '{request.User}'.");
        cancellationToken.ThrowIfCancellationRequested();
        // Counted before the look, so that a removal either is seen here or sees this.
        Interlocked.Increment(ref _running);
        try
        {
            if (IsLost)
                return Lost(null);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _life.Token);
            ChildResult result = await ChildProcess.RunAsync(ToChild(request), either.Token);
            return IsLost ? Lost(result) : ToExec(result);
        }
        catch (OperationCanceledException) when (_life.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Lost(null);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public Task<ISandboxChannel> ConnectAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        throw new SandboxException(SandboxFault.Unsupported, $"The sandbox {name} is a folder of this host, and nothing connects to a "
            + "process in it: that needs a Docker engine.");

    public Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        return UseAsync(async () =>
        {
            foreach (SandboxFile file in files)
                await _files.PutAsync(file, cancellationToken);
            return true;
        });
    }

    public Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        return UseAsync(() => _files.GetAsync(path, maxBytes, cancellationToken));
    }

    public Task ResetProcessesAsync(CancellationToken cancellationToken) => UseAsync(async () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await MarkedProcesses.KillAllAsync(folder.Marker)
            ? true
            : throw new SandboxException(SandboxFault.Engine,
            $"Processes of the sandbox {name} outlive being killed: {string.Join(", ", MarkedProcesses.Find(folder.Marker))}.");
    });

    /// <summary>Nothing: what a command used cannot be separated from its neighbours' use, nor read after its children are gone.</summary>
    public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => Task.FromResult(SandboxUsage.Unknown);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isRemoved, true))
            return;
        await MarkedProcesses.KillAllAsync(folder.Marker);
        // Commands that were killed return what they had printed; one that was just starting is stopped, and waited for.
        await RunOutAsync(TimeSpan.FromSeconds(1));
        await _life.CancelAsync();
        await RunOutAsync(s_endBound);
        await FolderRemoval.TryRemoveAsync(folder.Root);
    }

    private async Task RunOutAsync(TimeSpan bound)
    {
        long began = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _running) > 0 && Stopwatch.GetElapsedTime(began) < bound)
            await Task.Delay(10);
    }

    private async Task<T> UseAsync<T>(Func<Task<T>> use)
    {
        try
        {
            return IsLost ? throw LostException(null) : await use();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw IsLost ? LostException(exception)
                : HostFaults.ToSandboxException($"Files of the sandbox {name} cannot be moved", folder.Root, exception);
        }
    }

    private ChildCommand ToChild(ExecRequest request)
    {
        if (request.Command.Count == 0)
            throw new ArgumentException("A command needs a program.", nameof(request));
        var all = new Dictionary<string, string>(_environment, StringComparer.Ordinal);
        foreach ((string key, string value) in request.Environment)
            all[key] = value;
        all[MarkerVariable] = folder.Root;
        return new ChildCommand(request.Command[0], [.. request.Command.Skip(1)])
        {
            WorkingDirectory = request.WorkingDirectory ?? Paths.Repo,
            Environment = all,
            Stdin = request.Stdin,
            TimeLimit = request.TimeLimit,
            KeepBytes = request.KeepBytes,
            MaxOutputBytes = request.MaxOutputBytes,
            OnOutput = request.OnOutput,
        };
    }

    private static Dictionary<string, string> BaseEnvironment(SandboxFolder folder, IReadOnlyDictionary<string, string> ofSpec)
    {
        Dictionary<string, string> environment = ChildEnvironment.Usual();
        environment["HOME"] = folder.Home;
        environment["TMPDIR"] = folder.Temporary;
        environment["TANDEM_REPO"] = folder.Paths.Repo;
        environment["TANDEM_PATCHES"] = folder.Paths.Patches;
        environment["TANDEM_SCRATCH"] = folder.Paths.Scratch;
        // The global configuration is the empty home's, so that a command may write to it; the system's would be the host's.
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["GIT_TERMINAL_PROMPT"] = "0";
        // Where the sandbox's repository is gone, git must not find one of the user's above it.
        environment["GIT_CEILING_DIRECTORIES"] = Path.GetDirectoryName(folder.Paths.Repo)!;
        foreach ((string name, string value) in ofSpec)
            environment[name] = value;
        return environment;
    }

    private static ExecResult ToExec(ChildResult result) => new(
        result.Outcome switch
        {
            ChildOutcome.Exited => ExecOutcome.Exited,
            ChildOutcome.TimedOut => ExecOutcome.TimedOut,
            ChildOutcome.TooMuchOutput => ExecOutcome.TooMuchOutput,
            ChildOutcome.NotStarted => ExecOutcome.NotStarted,
            _ => throw new UnreachableException(),
        },
        result.ExitCode,
        result.Stdout,
        result.Stderr,
        result.Duration,
        result.Detail);

    private ExecResult Lost(ChildResult? result) => new(
        ExecOutcome.SandboxLost, null, result?.Stdout ?? CapturedOutput.Empty, result?.Stderr ?? CapturedOutput.Empty, result?.Duration
            ?? TimeSpan.Zero, LostText);

    private SandboxException LostException(Exception? inner) => new(SandboxFault.Lost, $"{LostText}.", inner);

    private string LostText => _isRemoved ? $"the sandbox {name} has been removed"
        : $"the folder of the sandbox {name} is gone: {folder.Root}";
}
