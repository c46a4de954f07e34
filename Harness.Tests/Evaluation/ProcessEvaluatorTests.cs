using Tandem.Harness.Tests.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Evaluations in folders of the host.</summary>
public sealed class ProcessEvaluatorTests(ProcessSandboxFixture sandboxes, TinyTasks tiny) : EvaluatorContract(tiny), IClassFixture<ProcessSandboxFixture>, IClassFixture<TinyTasks>
{
    protected override async Task<SandboxSubject> SubjectAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        return new SandboxSubject(sandboxes.Provider, await sandboxes.Provider.PrepareImageAsync(Tiny.Image, Token));
    }
}
