using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Messaging;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Channel;

/// <summary>
/// Gives the commands <c>send_message</c> and <c>read_messages</c> to one agent's sandbox. They leave their requests in a folder and ring a
/// bell (a FIFO); a listener, one long command of ours, prints what it finds, and the answer is brought by a short command. So all goes
/// through the sandbox's own way in: no network, no shared folder, and whose sandbox it is says who sends. A forged request is refused. A
/// listener that is killed is started again and finds what came meanwhile.
/// </summary>
internal sealed partial class CommandChannel : IAsyncDisposable
{
    private const int MostRestarts = 100;

    private readonly ISandbox _sandbox;
    private readonly IAgentMessages _messages;
    private readonly MessagePages _pages;
    private readonly string _mail;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Task> _requests = new();
    private readonly List<byte> _line = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<string, string> _note;
    private Task _listening = Task.CompletedTask;

    private CommandChannel(ISandbox sandbox, IAgentMessages messages, MessagePages pages, Action<string, string> note) =>
        (_sandbox, _messages, _pages, _note, _mail) = (sandbox, messages, pages, note, sandbox.Paths.Scratch + "/mail");

    /// <summary>The value of PATH by which the agent's own commands find the channel's first.</summary>
    public string SearchPath { get; private set; } = "";

    /// <summary>Puts the commands into the sandbox and begins to listen.</summary>
    /// <param name="sandbox">One agent's.</param>
    /// <param name="agentId">Its id, for messages of faults.</param>
    /// <param name="messages">Where its requests go.</param>
    /// <param name="pages">What it reads, page by page.</param>
    /// <param name="note">Writes a line of its trajectory: kind and text.</param>
    /// <param name="abilities">What the sandbox can do.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">The sandbox is lost or cannot hold the channel.</exception>
    public static async Task<CommandChannel> OpenAsync(
        ISandbox sandbox, string agentId, IAgentMessages messages, MessagePages pages, Action<string, string> note,
            SandboxAbilities abilities, CancellationToken cancellationToken)
    {
        var channel = new CommandChannel(sandbox, messages, pages, note);
        try
        {
            string commands = sandbox.Paths.Scratch + "/commands";
            ExecResult made = await sandbox.ExecAsync(
                new ExecRequest
                {
                    Command = ["/bin/sh", "-c", ChannelScripts.Install, "install", commands, channel._mail,
                        ChannelScripts.Send(channel._mail), ChannelScripts.Read(channel._mail)],
                    RunsNoAgentCode = true,
                },
                cancellationToken);
            if (!made.Succeeded)
            {
                throw new SandboxException(
                    made.Outcome == ExecOutcome.SandboxLost ? SandboxFault.Lost : SandboxFault.Image,
                    $"The commands for messages could not be put into the sandbox of {agentId} ({made.Outcome}, exit code "
                        + $"{made.ExitCode}): {(made.Detail ?? made.Stderr.Text).Trim()}. They need sh, mkfifo, mktemp and base64 in the "
                        + $"image.");
            }
            channel.SearchPath = $"{commands}:{made.Stdout.Text.TrimEnd('\n')}";
            await channel.OpenToLoginShellsAsync(commands, abilities, cancellationToken);
            channel._listening = channel.ListenAsync();
            await Task.WhenAny(channel._ready.Task, channel._listening).WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
            if (!channel._ready.Task.IsCompletedSuccessfully)
                throw new SandboxException(SandboxFault.Lost,
                    $"The sandbox of {agentId} was lost before its messages could be listened to.");
            return channel;
        }
        catch (TimeoutException)
        {
            await channel.DisposeAsync();
            throw new SandboxException(SandboxFault.Engine,
                $"The sandbox of {agentId} did not start to listen for messages within 30 s.");
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the channel: nothing is taken any more, and who still waits for an answer is killed with its command.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Quietly(_listening);
        await Quietly(Task.WhenAll(_requests.Values));
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        for (int started = 0; started < MostRestarts && !_stop.IsCancellationRequested; started++)
        {
            if (started > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(50), _stop.Token);
            ExecResult ended = await _sandbox.ExecAsync(
                new ExecRequest
                {
                    Command = ["/bin/sh", "-c", ChannelScripts.Listen, "listen", _mail,
                        (Mailroom.MaxMessageBytes + 1).ToString(CultureInfo.InvariantCulture)],
                    WorkingDirectory = "/",
                    TimeLimit = TimeSpan.FromDays(2),
                    KeepBytes = 4096,
                    RunsNoAgentCode = true,
                    OnOutput = (isError, piece) => Hear(isError, piece.Span),
                },
                _stop.Token);
            _line.Clear();
            if (ended.Outcome is ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken)
                return;
        }
    }

    private void Hear(bool isError, ReadOnlySpan<byte> piece)
    {
        if (isError)
            return;
        foreach (byte b in piece)
        {
            if (b != (byte)'\n')
            {
                if (_line.Count < ChannelRequest.LongestLine)
                    _line.Add(b);
                continue;
            }
            string line = Encoding.ASCII.GetString([.. _line]);
            _line.Clear();
            if (line == "ready")
                _ready.TrySetResult();
            else
                Take(line);
        }
    }

    /// <summary>What still runs at the end is stopped by us; a fault of the trajectory shows at the agent's own next line.</summary>
    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SandboxException or TrajectoryException or ObjectDisposedException)
        {
            // See above.
        }
    }
}
