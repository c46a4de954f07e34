using Tandem.Harness.Messaging;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <content>What it writes to teammates and hears from them.</content>
public sealed partial class AgentContext : IAgentMessages
{
    /// <inheritdoc/>
    public Task<string?> SendAsync(string to, string text, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _messageCalls);
        return _journal.SendAsync(to, text, () => Box.SendAsync(to, text, Steps, cancellationToken));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MessageRecord>> ReadMessagesAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _messageCalls);
        return _journal.TakeAsync(Box, byCommand: true, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Answer> WaitForAnswerAsync(string from, TimeSpan atMost, Func<Task<bool>>? stillWaits,
        CancellationToken cancellationToken) =>
        _journal.WaitAsync(from, Box, () => Box.WaitForAsync(from, atMost, Steps, stillWaits, cancellationToken), cancellationToken);

    /// <summary>Messages as the next prompt shows them: as much as fits into one page; the rest comes with <c>read_messages</c>.</summary>
    internal string ToPrompt(IReadOnlyList<MessageRecord> messages) => Pages.Show(MessagePages.Text(messages)).TrimEnd('\n');

    private IMailbox Box => Mailbox ?? throw new InvalidOperationException($"The setting of {CaseId} has no messages.");
}
