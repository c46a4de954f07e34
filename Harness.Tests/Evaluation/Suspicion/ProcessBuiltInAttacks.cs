using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation.Suspicion;

/// <summary>The attacks in folders of the host.</summary>
public sealed class ProcessBuiltInAttacks(ProcessSandboxFixture sandboxes) : BuiltInAttacks, IClassFixture<ProcessSandboxFixture>
{
    protected override async Task<(ISandboxProvider Provider, SandboxImage Image)> SubjectAsync(CodingTask task)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        return (sandboxes.Provider, await sandboxes.Provider.PrepareImageAsync(task.Image, Token));
    }
}
