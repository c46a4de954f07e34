using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Docker.Commands;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>A container as a sandbox.</summary>
/// <param name="engine">The door to the engine.</param>
/// <param name="time">The clock.</param>
/// <param name="life">The container, started.</param>
/// <param name="image">What it was made from.</param>
internal sealed class DockerSandbox(EngineClient engine, TimeProvider time, SandboxLife life, string image) : ISandbox
{
    // A file takes 6 ms, a further session 50: those who ask for many at once are better off in line.
    private readonly SemaphoreSlim _oneFile = new(1, 1);

    /// <inheritdoc/>
    public string Id => life.Id;

    /// <inheritdoc/>
    public SandboxPaths Paths { get; } = new(ContainerFolders.Repo, ContainerFolders.Patches, ContainerFolders.Scratch);

    /// <summary>For tests.</summary>
    internal SandboxLife Life => life;

    /// <inheritdoc/>
    public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (ExecBounds.WhyImpossible(request) is { } why)
            return new ExecResult(ExecOutcome.NotStarted, null, CapturedOutput.Empty, CapturedOutput.Empty, TimeSpan.Zero, why);
        // Before it begins: what it replaces must serve nobody.
        life.MayHoldAgentCode = !request.RunsNoAgentCode;
        using var run = new CommandRun(engine, time, life, request);
        ExecResult result = await run.RunAsync(cancellationToken);
        // Of another processor's programs the engine says only that they have ended.
        return result.Outcome == ExecOutcome.NotStarted && await engine.WhyForeignAsync(image, cancellationToken) is string foreign
            ? result with { Detail = $"{foreign} {result.Detail}" } : result;
    }

    /// <inheritdoc/>
    public async Task<ISandboxChannel> ConnectAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        await ChannelStart.OpenAsync(engine, time, life, command, cancellationToken);

    /// <inheritdoc/>
    public async Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        ThrowIfLost();
        if (files.Count == 0)
            return;
        foreach (SandboxFile file in files)
            RefuseRelative(file.Path);
        if (await TryPutInSessionAsync(files, cancellationToken))
            return;
        await life.Sessions.FirstIsUnderWay.WaitAsync(cancellationToken);
        try
        {
            await engine.PutArchiveAsync(Id, new SandboxFilesTar(files, time.GetUtcNow(), ContainerFolders.Scratch), cancellationToken);
        }
        catch (SandboxException exception)
        {
            throw await life.BlameAsync(exception);
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        ThrowIfLost();
        RefuseRelative(path);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (await TryReadInSessionAsync(path, maxBytes, cancellationToken) is { } read
            && (read.Bytes is null || read.Bytes.Length <= maxBytes))
            return read.Bytes;
        try
        {
            // Also for a file that is too large: the archive knows how large.
            return await engine.GetFileAsync(Id, path, maxBytes, cancellationToken);
        }
        catch (SandboxException exception)
        {
            throw await life.BlameAsync(exception);
        }
    }

    /// <inheritdoc/>
    public async Task ResetProcessesAsync(CancellationToken cancellationToken)
    {
        ThrowIfLost();
        await life.RestartAsync(life.Generation, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => life.ReadUsageAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => life.DisposeAsync();

    private async Task<ReadFile?> TryReadInSessionAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        if (life.SessionsAreUnusable)
            return null;
        await _oneFile.WaitAsync(cancellationToken);
        try
        {
            return await SessionFileReader.TryReadAsync(life.Sessions, time, path, maxBytes, cancellationToken);
        }
        finally
        {
            _oneFile.Release();
        }
    }

    /// <summary>
    /// Files go in through the sandbox's own shell and tar as long as all programs in it are the image's. As soon as a command has run that
    /// may have run an agent's code, they travel by the engine's archive: what has replaced a program in the sandbox would otherwise get
    /// the runner and the tests that grade it into its hands. That holds over a reset of processes, since the files stay.
    /// </summary>
    private async Task<bool> TryPutInSessionAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        if (life.MayHoldAgentCode || life.SessionsAreUnusable || !SessionFileWriter.CanTake(files))
            return false;
        await _oneFile.WaitAsync(cancellationToken);
        try
        {
            return await SessionFileWriter.TryPutAsync(life.Sessions, files, time.GetUtcNow(), cancellationToken);
        }
        finally
        {
            _oneFile.Release();
        }
    }

    private static void RefuseRelative(string path)
    {
        if (!path.StartsWith('/'))
            throw new ArgumentException($"A path in a sandbox is absolute; '{path}' is not.", nameof(path));
    }

    private void ThrowIfLost()
    {
        if (life.Lost is not null)
            throw life.LostException();
    }
}
