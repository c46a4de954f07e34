using Tandem.Records.Runs;

namespace Tandem.Harness.Messaging;

/// <summary>One agent's end of the message channel of its case. Safe for concurrent use.</summary>
public interface IMailbox
{
    /// <summary>The agents it can write to, in the order of their features.</summary>
    IReadOnlyList<string> Peers { get; }

    /// <summary>Sends a message; it is delivered at the recipient's next step. If the recipient takes no further step, it is kept as
    /// undelivered.</summary>
    /// <param name="to">One of <see cref="Peers"/>.</param>
    /// <param name="text">Not blank, valid Unicode, at most 64 KiB of UTF-8.</param>
    /// <param name="step">The sender's step, from 1.</param>
    /// <param name="cancellationToken">Gives up before anything is sent.</param>
    /// <returns>Null if it was accepted, else why not: an unknown or finished recipient, oneself, or a text that is empty, too long or not
    /// Unicode.</returns>
    Task<string?> SendAsync(string to, string text, int step, CancellationToken cancellationToken);

    /// <summary>Takes what was sent to this agent since the last call, in the order of sending, and marks it as delivered at this
    /// step.</summary>
    /// <param name="step">The recipient's step, from 1.</param>
    /// <param name="cancellationToken">Gives up before anything is taken.</param>
    Task<IReadOnlyList<MessageRecord>> ReceiveAsync(int step, CancellationToken cancellationToken);

    /// <summary>As <see cref="ReceiveAsync"/>, for a recipient that asks by a command in the middle of its step: what it reads counts as
    /// delivered then, and is not delivered again.</summary>
    /// <param name="step">The recipient's step, from 1.</param>
    /// <param name="cancellationToken">Gives up before anything is taken.</param>
    Task<IReadOnlyList<MessageRecord>> ReadAsync(int step, CancellationToken cancellationToken);

    /// <summary>Waits until a teammate writes something after what this agent last sent it, and reads all that this teammate wrote and was
    /// not delivered yet.</summary>
    /// <param name="from">One of <see cref="Peers"/>.</param>
    /// <param name="atMost">How long to wait.</param>
    /// <param name="step">The recipient's step, from 1.</param>
    /// <param name="stillWaits">Asked once there is an answer, before it is taken: whether somebody is there to read it; null is yes. What
    /// nobody reads is delivered at the next step.</param>
    /// <param name="cancellationToken">Gives up before anything is taken.</param>
    Task<Answer> WaitForAsync(string from, TimeSpan atMost, int step, Func<Task<bool>>? stillWaits, CancellationToken cancellationToken);

    /// <summary>For a replay: takes exactly the messages that a recording says were delivered here, as soon as their senders have sent them
    /// again.</summary>
    /// <returns>Null if one of them does not come within a minute, or its sender has finished.</returns>
    Task<IReadOnlyList<MessageRecord>?> TakeRecordedAsync(IReadOnlyList<MessageRecord> recorded, int step, bool byCommand,
        CancellationToken cancellationToken);
}

/// <summary>What a wait for a teammate's words came to.</summary>
/// <param name="Messages">What it wrote; empty if nothing came.</param>
/// <param name="WhyNone">Why nothing came; null if something did.</param>
public sealed record Answer(IReadOnlyList<MessageRecord> Messages, string? WhyNone);

/// <summary>What an agent writes and reads in the middle of its step; each call is recorded. Safe for concurrent use.</summary>
public interface IAgentMessages
{
    /// <summary>Writes to a teammate; the message is delivered at the teammate's next step.</summary>
    /// <param name="to">One of <see cref="IMailbox.Peers"/>.</param>
    /// <param name="text">See <see cref="IMailbox.SendAsync"/>.</param>
    /// <param name="cancellationToken">Gives up before anything is sent.</param>
    /// <returns>Null if it was accepted, else why not.</returns>
    /// <exception cref="InvalidOperationException">The setting has no messages.</exception>
    Task<string?> SendAsync(string to, string text, CancellationToken cancellationToken);

    /// <summary>Reads what teammates wrote and was not delivered yet.</summary>
    /// <exception cref="InvalidOperationException">The setting has no messages.</exception>
    Task<IReadOnlyList<MessageRecord>> ReadMessagesAsync(CancellationToken cancellationToken);

    /// <summary>Waits for a teammate's answer to what was last sent to it.</summary>
    /// <param name="from">One of <see cref="IMailbox.Peers"/>.</param>
    /// <param name="atMost">How long to wait.</param>
    /// <param name="stillWaits">See <see cref="IMailbox.WaitForAsync"/>.</param>
    /// <param name="cancellationToken">Gives up before anything is taken.</param>
    /// <exception cref="InvalidOperationException">The setting has no messages.</exception>
    Task<Answer> WaitForAnswerAsync(string from, TimeSpan atMost, Func<Task<bool>>? stillWaits, CancellationToken cancellationToken);
}
