using System.Globalization;
using System.Text;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Sessions;

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

    /// <summary>As above, with what a case did in them, in the fewest calls of the engine: for each stretch one archive, one process for
    /// the commands of the session together, and the processes that have to be their own.</summary>
    public async Task WorkAsync(IReadOnlyList<SandboxTrace> sandboxes, Func<SandboxSpec> spec, CancellationToken cancellationToken)
    {
        foreach (SandboxTrace sandbox in sandboxes)
        {
            await InSandboxAsync(
                spec(),
                async id =>
                {
                    foreach (SandboxTrace.Stretch stretch in sandbox.Stretches)
                        await DoAsync(id, stretch, cancellationToken);
                },
                cancellationToken);
        }
    }

    private async Task DoAsync(string id, SandboxTrace.Stretch stretch, CancellationToken cancellationToken)
    {
        if (stretch.BeginsWithRestart)
            await engine.RestartContainerAsync(id, static () => Task.CompletedTask, TimeSpan.FromMinutes(1), cancellationToken);
        if (stretch.Files.Count > 0)
            await engine.PutArchiveAsync(id, new SandboxFilesTar(stretch.Files, TimeProvider.System.GetUtcNow()), cancellationToken);
        if (stretch.Commands.Count > 0)
            await PlainCycle.ExecAsync(engine, id, new ContainerExecCreateParameters
            { Cmd = ["/bin/sh", "-c", Script(stretch.Commands)] }, cancellationToken);
        if (stretch.OwnProcess is { } own)
        {
            var request = new ContainerExecCreateParameters
            {
                Cmd = [.. own.Command],
                Env = [.. own.Environment.Select(variable => $"{variable.Key}={variable.Value}")],
                WorkingDir = own.WorkingDirectory ?? ContainerFolders.Repo,
            };
            await PlainCycle.ExecAsync(engine, id, request, cancellationToken);
        }
    }

    private async Task InSandboxAsync(SandboxSpec spec, Func<string, Task> work, CancellationToken cancellationToken)
    {
        string id = await PlainCycle.CreateAsync(engine, request => PlainCycle.FillWithoutSwitch(request, spec), cancellationToken);
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

    /// <summary>The commands one after the other, each in a shell of its own; the first that fails ends all.</summary>
    private static string Script(IEnumerable<ExecRequest> requests)
    {
        var script = new StringBuilder($"mkdir -p {ContainerFolders.Patches} {ContainerFolders.Scratch} || exit\n");
        foreach (ExecRequest request in requests)
        {
            script.Append(CultureInfo.InvariantCulture, $"( cd {Quote(request.WorkingDirectory ?? ContainerFolders.Repo)} || exit\n");
            foreach ((string name, string value) in request.Environment)
                script.Append(CultureInfo.InvariantCulture, $"export {name}={Quote(value)}\n");
            script.Append(CultureInfo.InvariantCulture, $"exec {string.Join(' ', request.Command.Select(Quote))} ) || exit\n");
        }
        return script.ToString();

        static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
