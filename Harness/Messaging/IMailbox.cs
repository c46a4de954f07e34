using Tandem.Records.Runs;

namespace Tandem.Harness.Messaging;

/// <summary>One agent's end of the message channel of its case.</summary>
public interface IMailbox
{
    /// <summary>The agents it can write to.</summary>
    IReadOnlyList<string> Peers { get; }

    /// <summary>Sends a message; it is delivered at the recipient's next step.</summary>
    /// <returns>Null if it was accepted, else why not: an unknown or finished recipient, or a text that is empty or too long.</returns>
    Task<string?> SendAsync(string to, string text, int step, CancellationToken cancellationToken);

    /// <summary>Takes what was sent to this agent since the last call, and marks it as delivered at this step.</summary>
    Task<IReadOnlyList<MessageRecord>> ReceiveAsync(int step, CancellationToken cancellationToken);
}
