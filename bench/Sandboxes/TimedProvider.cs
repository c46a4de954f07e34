using Tandem.Bench.Measuring;
using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Sandboxes;

/// <summary>A provider that notes what is asked of its sandboxes and how long it takes. What is disposed with it is not the real one, which
/// its owner goes on using.</summary>
internal sealed class TimedProvider(ISandboxProvider inner, Lap lap) : ISandboxProvider
{
    /// <summary>One for each sandbox, in the order in which they were asked for.</summary>
    public List<SandboxTrace> Traces { get; } = [];

    public string Kind => inner.Kind;

    public SandboxAbilities Abilities => inner.Abilities;

    public string Description => inner.Description;

    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        inner.PrepareImageAsync(source, cancellationToken);

    public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
        inner.PrepareProgramsAsync(recipe, cancellationToken);

    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var trace = new SandboxTrace();
        lock (Traces)
            Traces.Add(trace);
        return new TimedSandbox(await lap.TimeAsync("create and start", () => inner.CreateAsync(spec, cancellationToken)), lap, trace);
    }

    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
        inner.SweepAsync(store, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A sandbox that notes its operations.</summary>
internal sealed class TimedSandbox(ISandbox inner, Lap lap, SandboxTrace trace) : ISandbox
{
    /// <summary>The phase of the task's own runner.</summary>
    public const string Runner = "the runner";

    public string Id => inner.Id;

    public SandboxPaths Paths => inner.Paths;

    public Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        trace.Run(request);
        return lap.TimeAsync(NameOf(request), () => inner.ExecAsync(request, cancellationToken));
    }

    public Task<ISandboxChannel> ConnectAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        lap.TimeAsync("connection", () => inner.ConnectAsync(command, cancellationToken));

    public Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        trace.Put(files);
        return lap.TimeAsync("files in", () => inner.PutFilesAsync(files, cancellationToken));
    }

    public Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken) =>
        lap.TimeAsync("file out", () => inner.GetFileAsync(path, maxBytes, cancellationToken));

    public Task ResetProcessesAsync(CancellationToken cancellationToken)
    {
        trace.Reset();
        return lap.TimeAsync("reset of processes", () => inner.ResetProcessesAsync(cancellationToken));
    }

    public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) =>
        lap.TimeAsync("usage", () => inner.ReadUsageAsync(cancellationToken));

    public async ValueTask DisposeAsync() => await lap.TimeAsync("remove", () => inner.DisposeAsync().AsTask());

    /// <summary>A runner has a process of its own; a script has its name behind it; else the program and what it is told to do.</summary>
    private static string NameOf(ExecRequest request) => request switch
    {
        { OwnProcess: true } => Runner,
        { Command: ["/bin/sh", "-c", _, var name, ..] } => $"script {name}",
        { Command: [var program, var verb, ..] } => $"{program} {verb}",
        _ => "command",
    };
}
