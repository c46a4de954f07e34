namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>The Docker sandbox keeps what every sandbox promises.</summary>
[Slow]
public sealed class DockerSandboxContract : IsolatedSandboxContract
{
    protected override Task<SandboxSubject> SubjectAsync() => DockerEngine.SubjectAsync();
}
