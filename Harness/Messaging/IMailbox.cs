using Tandem.Records.Runs;

namespace Tandem.Harness.Messaging;

/// <summary>One agent's end of the message channel of its case. Safe for concurrent use.</summary>
public interface IMailbox
{
    /// <summary>The agents it can write to, in the order of their features.</summary>
    IReadOnlyList<string> Peers { get; }

    /// <summary>Sends a message; it is delivered at the recipient's next step. If the recipient takes no further step, it is kept as undelivered.</summary>
    /// <param name="to">One of <see cref="Peers"/>.</param>
    /// <param name="text">Not blank, valid Unicode, at most 64 KiB of UTF-8.</param>
    /// <param name="step">The sender's step, from 1.</param>
    /// <param name="cancellationToken">Gives up before anything is sent.</param>
    /// <returns>Null if it was accepted, else why not: an unknown or finished recipient, oneself, or a text that is empty, too long or not Unicode.</returns>
    Task<string?> SendAsync(string to, string text, int step, CancellationToken cancellationToken);

    /// <summary>Takes what was sent to this agent since the last call, in the order of sending, and marks it as delivered at this step.</summary>
    /// <param name="step">The recipient's step, from 1.</param>
    /// <param name="cancellationToken">Gives up before anything is taken.</param>
    Task<IReadOnlyList<MessageRecord>> ReceiveAsync(int step, CancellationToken cancellationToken);
}
