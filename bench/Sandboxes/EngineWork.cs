using System.Text;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Files;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Bench.Sandboxes;

/// <summary>What the engine has to do for a solo case, without any of us around it.</summary>
internal sealed class EngineWork(EngineClient engine)
{
    /// <summary>The two sandboxes of a case, one after the other: created, started, removed.</summary>
    public async Task SandboxesAsync(Func<SandboxSpec> spec, CancellationToken cancellationToken)
    {
        await InSandboxAsync(spec(), static _ => Task.CompletedTask, cancellationToken);
        await InSandboxAsync(spec(), static _ => Task.CompletedTask, cancellationToken);
    }

    /// <summary>As above, with the processes, archives and the restart that a case asks for, each process being <c>true</c>: what no harness that keeps the design's promises could leave out.</summary>
    public async Task OperationsAsync(Func<SandboxSpec> spec, CancellationToken cancellationToken)
    {
        await InSandboxAsync(
            spec(),
            async id =>
            {
                await Task.WhenAll(ProcessAsync(id, cancellationToken), PutAsync(id, cancellationToken));
            },
            cancellationToken);
        await InSandboxAsync(
            spec(),
            async id =>
            {
                await Task.WhenAll(ProcessAsync(id, cancellationToken), PutAsync(id, cancellationToken));
                await PutAsync(id, cancellationToken);
                await ProcessAsync(id, cancellationToken);
                await engine.RestartContainerAsync(id, TimeSpan.FromMinutes(1), cancellationToken);
                await Task.WhenAll(ProcessAsync(id, cancellationToken), PutAsync(id, cancellationToken));
                await ProcessAsync(id, cancellationToken);
            },
            cancellationToken);
    }

    private async Task InSandboxAsync(SandboxSpec spec, Func<string, Task> work, CancellationToken cancellationToken)
    {
        string id = await engine.CreateContainerAsync(ContainerDefinition.NameOf(spec), PlainCycle.WithoutSwitch(spec), cancellationToken);
        try
        {
            await engine.StartContainerAsync(id, cancellationToken);
            await work(id);
        }
        finally
        {
            await engine.RemoveContainerAsync(id, CancellationToken.None);
        }
    }

    private Task<string> ProcessAsync(string id, CancellationToken cancellationToken) => PlainCycle.ExecAsync(engine, id, ["true"], cancellationToken);

    private async Task PutAsync(string id, CancellationToken cancellationToken)
    {
        using var tar = new SandboxFilesTar([new SandboxFile("/tandem/file", Encoding.ASCII.GetBytes("content"))], TimeProvider.System.GetUtcNow());
        await engine.PutArchiveAsync(id, tar, cancellationToken);
    }
}
