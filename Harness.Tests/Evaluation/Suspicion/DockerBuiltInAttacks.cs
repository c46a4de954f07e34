using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes.Docker;

namespace Tandem.Harness.Tests.Evaluation.Suspicion;

/// <summary>The attacks in containers of the tasks' own images.</summary>
[Long]
public sealed class DockerBuiltInAttacks : BuiltInAttacks
{
    protected override async Task<(ISandboxProvider Provider, SandboxImage Image)> SubjectAsync(CodingTask task)
    {
        DockerSandboxProvider provider = await DockerEngine.RequireOrSkip();
        return (provider, await provider.PrepareImageAsync(task.Image, Token));
    }
}
