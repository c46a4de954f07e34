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

    /// <summary>Our own folder.</summary>
    public const string ScratchFolder = "/tandem";

    /// <inheritdoc/>
    public string Id => life.Id;

    /// <inheritdoc/>
    public SandboxPaths Paths { get; } = new(RepoFolder, PatchesFolder, ScratchFolder);

    /// <summary>For tests: lets go of the dead man's switch, as our death would.</summary>
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
        using var tar = new TarContent(files, time.GetUtcNow());
        await engine.PutArchiveAsync(Id, tar, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        ThrowIfLost();
        RefuseRelative(path);
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
