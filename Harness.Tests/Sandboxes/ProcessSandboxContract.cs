using Tandem.Harness.Sandboxes.Process;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>The contract, kept by folders of the host.</summary>
[Slow]
public sealed class ProcessSandboxContract(ProcessSandboxFixture fixture) : SandboxContract, IClassFixture<ProcessSandboxFixture>
{
    protected override string? Folder => fixture.Folder;

    protected override Task<SandboxSubject> SubjectAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        return Task.FromResult(new SandboxSubject(fixture.Provider, ProcessSandboxProvider.EmptyImage));
    }
}

/// <summary>A provider with a folder of its own, which must be clean when all is done.</summary>
public sealed class ProcessSandboxFixture : IAsyncDisposable
{
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "tandem-tests-" + Guid.NewGuid().ToString("N")[..12]);

    public ProcessSandboxProvider Provider
    {
        get
        {
            Tier.RequireSlow("runs commands in sandboxes");
            return field ??= new ProcessSandboxProvider(Folder);
        }
    }

    public async ValueTask DisposeAsync()
    {
        string[] left = Directory.Exists(Folder) ? Directory.GetDirectories(Path.Combine(Folder, "sandboxes")) : [];
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        if (left.Length > 0)
            throw new InvalidOperationException($"Sandboxes outlived their tests: {string.Join(", ", left)}");
    }
}
