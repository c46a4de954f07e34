using System.ComponentModel;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Server;
using Tandem.Harness.Messaging;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway;

/// <summary>What an agent writes and reads by tools of its own; the channel, the names and the records are those of the commands
/// <c>send_message</c> and <c>read_messages</c>.</summary>
[McpServerToolType]
internal sealed class MessageTools(IHttpContextAccessor requests)
{
    // Clients give a tool up after a minute.
    private const int LongestWait = 45;

    [McpServerTool(Name = "send_message"), Description("Sends a message to a teammate. It arrives at the teammate's next step.")]
    public async Task<string> SendAsync(
        [Description("The teammate's name.")] string to, [Description("What you want to say.")] string text,
        CancellationToken cancellationToken) =>
        await Session!.SendMessageAsync(Box, to, text, cancellationToken) is string refusal
            ? throw new McpException($"not sent: {refusal}") : $"sent to {to}";

    [McpServerTool(Name = "read_messages"), Description("Shows what teammates have written since you last looked.")]
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<MessageRecord> messages = await Box.ReadMessagesAsync(cancellationToken);
        return messages.Count == 0 ? "no new messages" : Text(messages);
    }

    [McpServerTool(Name = "wait_for_message"),
        Description("Waits until a teammate has written something after your last message to it, and shows it.")]
    public async Task<string> WaitAsync([Description("The teammate's name.")] string from,
        [Description("Seconds to wait at most, 1 to 45. Default 30.")] double seconds = 30, CancellationToken cancellationToken = default)
    {
        TimeSpan most = TimeSpan.FromSeconds(double.IsFinite(seconds) ? Math.Clamp(seconds, 1, LongestWait) : LongestWait);
        Answer answer = await Box.WaitForAnswerAsync(from, most, null, cancellationToken);
        return answer.WhyNone ?? Text(answer.Messages);
    }

    private GatewaySession? Session => requests.HttpContext?.Features.Get<GatewaySession>();

    private IAgentMessages Box => Session?.Client.Messages
        ?? throw new McpException("There are no teammates to write to in this run.");

    private static string Text(IReadOnlyList<MessageRecord> messages) =>
        string.Join("\n\n", messages.Select(message => $"[Message from {message.From}]\n{message.Message}"));
}
