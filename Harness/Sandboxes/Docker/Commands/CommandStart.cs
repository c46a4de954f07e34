using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Commands;

/// <summary>Hands a command over to the sandbox: to a session where that is the same to it, else to a process of the engine's
/// own.</summary>
internal sealed class CommandStart(EngineClient engine, TimeProvider time, SandboxLife life, ExecRequest request, string marker,
    CommandOutput output)
{
    /// <summary>Whether a session cannot serve it: it wants its exit code from the engine, an input, another user, or a variable that a
    /// shell cannot set.</summary>
    public bool WantsOwnProcess { get; } =
        request.OwnProcess || request.User is not null || request.Stdin is { IsEmpty: false }
            || !request.Environment.Keys.All(SessionScript.CanSet);

    private IEnumerable<KeyValuePair<string, string>> Environment => request.Environment.Append(new(SessionScript.Marker, marker));

    private string WorkingDirectory => request.WorkingDirectory ?? ContainerFolders.Repo;

    /// <summary>Runs it to its end. Until it is handed over, <paramref name="beforeStart"/> calls it off; later, <paramref name="abort"/>
    /// closes its channel, which kills nothing.</summary>
    public async Task<CommandEnd> RunAsync(CancellationToken beforeStart, CancellationToken abort)
    {
        if (life.Lost is { } lost)
            return new CommandEnd.NeverBegan(lost);
        if (WantsOwnProcess || life.SessionsAreUnusable)
            return await RunOwnProcessAsync(beforeStart, abort);
        ShellSessionPool sessions = life.Sessions;
        ShellSession session;
        try
        {
            session = await sessions.RentAsync(beforeStart);
        }
        catch (SessionException exception) when (exception.IsPermanent)
        {
            life.SessionsAreUnusable = true;
            return await RunOwnProcessAsync(beforeStart, abort);
        }
        catch (Exception exception) when (exception is SandboxException or SessionException or OperationCanceledException)
        {
            return new CommandEnd.NeverBegan(exception.Message);
        }
        try
        {
            return await session.RunAsync(WorkingDirectory, Environment, request.Command, output, abort);
        }
        finally
        {
            sessions.Return(session);
        }
    }

    private async Task<CommandEnd> RunOwnProcessAsync(CancellationToken beforeStart, CancellationToken abort)
    {
        // The engine would make a folder that is not there.
        if (request.WorkingDirectory is { } folder && await HasFolderAsync(folder) == false)
            return new CommandEnd.NotStarted($"There is no folder {folder}");
        int? oomKills = await life.CountOomKillsAsync();
        var exec = new ContainerExecCreateParameters
        {
            Cmd = [.. request.Command],
            Env = [.. Environment.Select(variable => $"{variable.Key}={variable.Value}")],
            User = request.User ?? "",
            WorkingDir = WorkingDirectory,
            AttachStdin = request.Stdin is not null,
        };
        CommandEnd end = await new PlainExec(engine, time).RunAsync(life.Id, exec, request.Stdin?.ToArray(), output, beforeStart, abort);
        return end is CommandEnd.Exited { Code: not 0 } exited && await life.CountOomKillsAsync() > oomKills
            ? exited with { OutOfMemory = true }
            : end;
    }

    private Task<bool?> HasFolderAsync(string folder) =>
        life.Sessions.AskAsync<bool?>(async (session, token) => await session.HasFolderAsync(folder, token),
            CancellationToken.None);
}
