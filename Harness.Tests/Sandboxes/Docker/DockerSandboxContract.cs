namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>The Docker sandbox keeps what every sandbox promises.</summary>
public sealed class DockerSandboxContract : SandboxContract
{
    protected override Task<SandboxSubject> SubjectAsync() => DockerEngine.SubjectAsync();
}
