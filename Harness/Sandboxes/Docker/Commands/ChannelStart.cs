using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Commands;

/// <summary>Starts a process of the engine's own and connects to it. A sandbox that was killed from inside is started again for
/// it.</summary>
internal static class ChannelStart
{
    private const int MostStarts = 3;

    /// <exception cref="SandboxException">The engine refused, or the sandbox is lost.</exception>
    public static async Task<DockerChannel> OpenAsync(EngineClient engine, TimeProvider time, SandboxLife life,
        IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var request = new ExecRequest { Command = command };
        if (ExecBounds.WhyImpossible(request) is { } why)
            throw new SandboxException(SandboxFault.Unsupported, $"A process cannot be started in the sandbox: {why}.");
        // Not in the repository: a file of it could stand for a part of the program.
        var exec = new ContainerExecCreateParameters { Cmd = [.. command], AttachStdin = true, WorkingDir = "/" };
        for (int start = 1; ; start++)
        {
            if (life.Lost is not null)
                throw life.LostException();
            int generation = life.Generation;
            try
            {
                string execId = await engine.CreateExecAsync(life.Id, exec, cancellationToken);
                return new DockerChannel(await engine.StartExecAsync(execId, cancellationToken), life);
            }
            catch (SandboxException exception)
            {
                var judge = new CommandJudge(engine, time, life, new CommandOutput(request), static () => Task.FromResult(true));
                ExecResult? end = await judge.JudgeAsync(new CommandEnd.NeverBegan(exception.Message), generation, start < MostStarts);
                if (end is null)
                    continue;
                if (life.Lost is not null)
                    throw life.LostException();
                throw;
            }
        }
    }
}
