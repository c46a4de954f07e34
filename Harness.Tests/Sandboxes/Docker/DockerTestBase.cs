using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Tests against the real engine. Each has a store of its own, of which nothing may be left.</summary>
[Slow]
public abstract class DockerTestBase : IAsyncLifetime
{
    protected const int BackstopMs = 600_000;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected DockerSandboxProvider Provider { get; private set; } = null!;

    protected SandboxImage Image { get; private set; } = null!;

    protected string Store { get; } = "test" + Guid.NewGuid().ToString("N")[..12];

    private protected EngineClient Engine => Provider.Engine;

    public virtual async ValueTask InitializeAsync()
    {
        Provider = await DockerEngine.RequireOrSkip();
        Image = (await DockerEngine.SubjectAsync()).Image;
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Provider is not null)
            (await ContainersAsync()).Should().BeEmpty("a test removes its sandboxes");
    }

    private protected Task<IList<ContainerListResponse>> ContainersAsync() =>
        Engine.ListContainersAsync([$"tandem.store={Store}"], CancellationToken.None);

    protected SandboxSpec Spec() => DockerEngine.Spec(Store, Image);

    protected async Task<ISandbox> CreateAsync(Func<SandboxSpec, SandboxSpec>? with = null) =>
        await Provider.CreateAsync(with?.Invoke(Spec()) ?? Spec(), Token);

    /// <summary>Runs a script that must work, and gives its output.</summary>
    protected static async Task<string> PrintAsync(ISandbox sandbox, string script)
    {
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell(script), Token);
        result.Succeeded.Should()
            .BeTrue("`{0}` should work, but: {1} {2} {3} {4}", script, result.Outcome, result.ExitCode, result.Detail, result.Stderr.Text);
        return result.Stdout.Text;
    }

    private protected async Task<State> StateAsync(string id) =>
        (await Engine.InspectContainerAsync(id, TimeSpan.FromSeconds(10), Token)).State!;

    private protected async Task WaitUntilStoppedAsync(string id)
    {
        for (int look = 0; look < 100; look++)
        {
            if (!(await StateAsync(id)).Running)
                return;
            await Task.Delay(100, Token);
        }
        Assert.Fail("The container goes on running.");
    }
}
