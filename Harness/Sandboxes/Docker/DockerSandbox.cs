using Tandem.Harness.Sandboxes.Docker.Commands;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Files;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>A container as a sandbox.</summary>
internal sealed class DockerSandbox(EngineClient engine, TimeProvider time, SandboxLife life) : ISandbox
{
    /// <summary>Where the repository is, as CooperBench has it.</summary>
    public const string RepoFolder = "/workspace/repo";

    /// <summary>Where runners look for patches, as CooperBench has it.</summary>
    public const string PatchesFolder = "/patches";

    // A file takes 6 ms, a further session 50: those who ask for many at once are better off in line.
    private readonly SemaphoreSlim _oneReader = new(1, 1);

    /// <summary>Our own folder.</summary>
    public const string ScratchFolder = "/tandem";

    /// <inheritdoc/>
    public string Id => life.Id;

    /// <inheritdoc/>
    public SandboxPaths Paths { get; } = new(RepoFolder, PatchesFolder, ScratchFolder);

    /// <summary>For tests.</summary>
    internal SandboxLife Life => life;

    /// <inheritdoc/>
    public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (ExecBounds.WhyImpossible(request) is { } why)
            return new ExecResult(ExecOutcome.NotStarted, null, CapturedOutput.Empty, CapturedOutput.Empty, TimeSpan.Zero, why);
        using var run = new CommandRun(engine, time, life, request);
        return await run.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        ThrowIfLost();
        if (files.Count == 0)
            return;
        foreach (SandboxFile file in files)
            RefuseRelative(file.Path);
        await life.Sessions.FirstIsUnderWay.WaitAsync(cancellationToken).ConfigureAwait(false);
        await engine.PutArchiveAsync(Id, new SandboxFilesTar(files, time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        ThrowIfLost();
        RefuseRelative(path);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (await TryReadInSessionAsync(path, maxBytes, cancellationToken).ConfigureAwait(false) is { } read && (read.Bytes is null || read.Bytes.Length <= maxBytes))
            return read.Bytes;
        // Also for a file that is too large: the archive knows how large.
        return await engine.GetFileAsync(Id, path, maxBytes, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ResetProcessesAsync(CancellationToken cancellationToken)
    {
        ThrowIfLost();
        await life.RestartAsync(life.Generation, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => life.ReadUsageAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => life.DisposeAsync();

    private async Task<ReadFile?> TryReadInSessionAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        if (life.SessionsAreUnusable)
            return null;
        await _oneReader.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await SessionFileReader.TryReadAsync(life.Sessions, time, path, maxBytes, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneReader.Release();
        }
    }

    private static void RefuseRelative(string path)
    {
        if (!path.StartsWith('/'))
            throw new ArgumentException($"A path in a sandbox is absolute; '{path}' is not.", nameof(path));
    }

    private void ThrowIfLost()
    {
        if (life.Lost is { } why)
            throw new SandboxException(SandboxFault.Lost, $"The sandbox {Id[..12]} is lost: {why}.");
    }
}
