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
/// through the sandbox's own way in: no network, no shared folder, and whose sandbox it is says who sends. A listener that is killed is
/// started again and finds what came meanwhile.
/// </summary>
internal sealed partial class CommandChannel : IAsyncDisposable
{
    private const int MostRestarts = 100;
    private const int MostTries = 5;
    private const int Killed = 128 + 9; // exit code
    private const int LongestLine = 2 * Mailroom.MaxMessageBytes;
    private const int ArgumentCharacters = 96 * 1024;
    private const double LongestWaitSeconds = 3600;

    private readonly ISandbox _sandbox;
    private readonly IAgentMessages _messages;
    private readonly MessagePages _pages;
    private readonly string _mail;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Task> _requests = new();
    private readonly List<byte> _line = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _listening = Task.CompletedTask;

    private CommandChannel(ISandbox sandbox, IAgentMessages messages, MessagePages pages) =>
        (_sandbox, _messages, _pages, _mail) = (sandbox, messages, pages, sandbox.Paths.Scratch + "/mail");

    /// <summary>The value of PATH by which the agent's own commands find the channel's first.</summary>
    public string SearchPath { get; private set; } = "";

    /// <summary>Puts the commands into the sandbox and begins to listen.</summary>
    /// <param name="sandbox">One agent's.</param>
    /// <param name="agentId">Its id, for messages of faults.</param>
    /// <param name="messages">Where its requests go.</param>
    /// <param name="pages">What it reads, page by page.</param>
    /// <param name="abilities">What the sandbox can do.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">The sandbox is lost or cannot hold the channel.</exception>
    public static async Task<CommandChannel> OpenAsync(
        ISandbox sandbox, string agentId, IAgentMessages messages, MessagePages pages, SandboxAbilities abilities,
        CancellationToken cancellationToken)
    {
        var channel = new CommandChannel(sandbox, messages, pages);
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
                    Command = ["/bin/sh", "-c", ChannelScripts.Listen, "listen", _mail],
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
                if (_line.Count < LongestLine)
                    _line.Add(b);
                continue;
            }
            string[] words = Encoding.ASCII.GetString([.. _line]).Split(' ');
            _line.Clear();
            if (words is ["ready"])
                _ready.TrySetResult();
            // A request may be printed twice, by a listener that was killed and by the next.
            else if (words.Length == 6)
                _requests.GetOrAdd(words[0], _ =>
                    Task.Run(() => ServeAsync(words[0], words[1], Decode(words[2]), words[3], Decode(words[4]), words[5])));
        }
    }

    private async Task ServeAsync(string name, string kind, byte[]? peer, string wait, byte[]? text, string process)
    {
        string folder = $"{_mail}/new/{name}";
        // What was read for a command that a time limit has killed would reach nobody; unread, it is in the next prompt.
        if (kind == "read" && !await WaitsAsync(folder, process))
            return;
        (int code, string answer) = kind == "read"
            ? (0, _pages.Next(MessagePages.Text(await _messages.ReadMessagesAsync(_stop.Token))) is { Length: > 0 } page
                ? page : "no new messages\n")
            : await SendAsync(ToText(peer), wait, ToText(text), () => WaitsAsync(folder, process));
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(answer));
        for (int at = 0; at < encoded.Length; at += ArgumentCharacters)
            await BringAsync(at.ToString("d8", CultureInfo.InvariantCulture), folder,
                encoded.Substring(at, Math.Min(ArgumentCharacters, encoded.Length - at)));
        await BringAsync("end", folder, code.ToString(CultureInfo.InvariantCulture));
    }

    private async Task<(int Code, string Answer)> SendAsync(string? peer, string wait, string? text, Func<Task<bool>> stillWaits)
    {
        if (peer is null || text is null)
            return (1, "not sent: the message is not valid Unicode\n");
        if (await _messages.SendAsync(peer, text, _stop.Token) is string refusal)
            return (1, $"not sent: {refusal}\n");
        if (wait == "-")
            return (0, $"sent to {peer}\n");
        double seconds = Math.Min(LongestWaitSeconds, double.Parse(wait, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
        Answer answer = await _messages.WaitForAnswerAsync(peer, TimeSpan.FromSeconds(seconds), stillWaits, _stop.Token);
        return answer.WhyNone is null ? (0, $"sent to {peer}\n{_pages.Show(MessagePages.Text(answer.Messages))}")
            : (3, $"sent to {peer}\nno answer: {answer.WhyNone}\n");
    }

    /// <summary>Whether the command that asked is still there to be answered. A look that the agent has killed says nothing, and is
    /// repeated.</summary>
    private async Task<bool> WaitsAsync(string folder, string process) =>
        (await RunAsync(ChannelScripts.Waits, [folder, process], looked => looked.ExitCode is not Killed)).Succeeded;

    /// <summary>The agent may kill the command that brings its answer; whoever asked would wait in vain.</summary>
    private Task<ExecResult> BringAsync(string what, string folder, string value) =>
        RunAsync(ChannelScripts.Answer, [what, folder, value], static brought => brought.Succeeded);

    /// <summary>Runs a short command of ours, again if it did not come to its end.</summary>
    private async Task<ExecResult> RunAsync(string script, string[] arguments, Predicate<ExecResult> isDone)
    {
        for (int tried = 1; ; tried++)
        {
            ExecResult result = await _sandbox.ExecAsync(
                new ExecRequest
                {
                    Command = ["/bin/sh", "-c", script, .. arguments],
                    WorkingDirectory = "/",
                    TimeLimit = TimeSpan.FromSeconds(30),
                    KeepBytes = 1024
                },
                _stop.Token);
            if (isDone(result) || result.Outcome is ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken || tried == MostTries)
                return result;
        }
    }

    private static byte[]? Decode(string base64)
    {
        if (base64 == "=")
            return [];
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) ? bytes[..length] : null;
    }

    private static string? ToText(byte[]? utf8)
    {
        try
        {
            return utf8 is null ? null : Mailroom.StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            return null;
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
