using System.Globalization;
using System.Text;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Messaging;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Channel;

/// <content>What becomes of a request.</content>
internal sealed partial class CommandChannel
{
    private const int MostRequests = 10_000;
    private const int MostWaiting = 64;
    private const int MostRefusalsNoted = 100;
    private const int MostTries = 5;
    private const int Killed = 128 + 9; // exit code
    private const int ArgumentCharacters = 96 * 1024;
    private int _waiting;
    private int _refused;

    private void Take(string line)
    {
        ChannelRequest? request = ChannelRequest.Read(line);
        // A request may be printed twice, by a listener that was killed and by the next.
        if (request is not null && _requests.ContainsKey(request.Name))
            return;
        string? refusal = request is null ? "it has no proper name"
            : _requests.Count >= MostRequests ? $"there were {MostRequests} requests, the most that are taken"
            : _waiting >= MostWaiting ? $"{MostWaiting} others wait to be answered"
            : null;
        if (refusal is not null)
            Refuse(refusal);
        else
            _requests.GetOrAdd(request!.Name, _ => Task.Run(() => ServeInTurnAsync(request)));
    }

    /// <summary>Says in the trajectory that a request could not be taken, as often as anybody may want to read it.</summary>
    private void Refuse(string why)
    {
        if (Interlocked.Increment(ref _refused) <= MostRefusalsNoted)
            _note(TrajectoryKinds.MessageRefused, $"a request by neither send_message nor read_messages: {why}");
    }

    private async Task ServeInTurnAsync(ChannelRequest request)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await ServeAsync(request);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task ServeAsync(ChannelRequest request)
    {
        string folder = $"{_mail}/new/{request.Name}";
        // What was read for a command that a time limit has killed would reach nobody; unread, it is in the next prompt.
        if (request.IsRead && !await WaitsAsync(folder, request.Process))
            return;
        (int code, string answer) = request.IsRead
            ? (0, _pages.Next(MessagePages.Text(await _messages.ReadMessagesAsync(_stop.Token))) is { Length: > 0 } page
                ? page : "no new messages\n")
            : await SendAsync(request, () => WaitsAsync(folder, request.Process));
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(answer));
        for (int at = 0; at < encoded.Length; at += ArgumentCharacters)
            await BringAsync(at.ToString("d8", CultureInfo.InvariantCulture), folder,
                encoded.Substring(at, Math.Min(ArgumentCharacters, encoded.Length - at)));
        await BringAsync("end", folder, code.ToString(CultureInfo.InvariantCulture));
    }

    private async Task<(int Code, string Answer)> SendAsync(ChannelRequest request, Func<Task<bool>> stillWaits)
    {
        if (request.WhyForged is string forged)
        {
            Refuse(forged);
            return (1, $"not sent: {forged}\n");
        }
        if (request is not { To: string peer, Text: string text })
            return (1, "not sent: the message is not valid Unicode\n");
        if (await _messages.SendAsync(peer, text, _stop.Token) is string refusal)
            return (1, $"not sent: {refusal}\n");
        if (request.Wait is not TimeSpan most)
            return (0, $"sent to {peer}\n");
        Answer answer = await _messages.WaitForAnswerAsync(peer, most, stillWaits, _stop.Token);
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
}
