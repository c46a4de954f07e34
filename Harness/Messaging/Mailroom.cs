using System.Text;
using Tandem.Records.Runs;

namespace Tandem.Harness.Messaging;

/// <summary>
/// The message channel of one case, within this process: one clock, a mailbox per agent, and every message that was accepted, in the order
/// of sending. The sender's name is its mailbox's, so that nobody can write under another. Safe for concurrent use.
/// </summary>
internal sealed partial class Mailroom
{
    /// <summary>A longer text is refused; in bytes of UTF-8.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    /// <summary>Messages of one agent in a case; further ones are refused.</summary>
    public const int MaxMessages = 1000;

    /// <summary>Bytes of UTF-8 of all messages of one agent in a case.</summary>
    public const long MaxBytes = 64L * MaxMessageBytes;

    private static readonly TimeSpan RecordedMessageLimit = TimeSpan.FromMinutes(1);

    internal static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Lock _lock = new();
    private readonly List<MessageRecord> _messages = [];
    private readonly Dictionary<string, Mailbox> _boxes;
    private readonly TimeProvider _clock;
    private DateTimeOffset _latest;
    private TaskCompletionSource _bell = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="agents">Its agents, with the feature of each.</param>
    /// <param name="clock">Gives all times.</param>
    public Mailroom(IReadOnlyList<(string AgentId, int FeatureId)> agents, TimeProvider clock)
    {
        _clock = clock;
        _boxes = agents.ToDictionary(
            agent => agent.AgentId,
            agent => new Mailbox(
                this, agent.AgentId, agent.FeatureId, [.. agents.Select(peer => peer.AgentId).Where(id => id != agent.AgentId)]));
    }

    /// <summary>Whether a message to somebody who has finished is accepted: in a replay, where the recording says what was accepted.
    /// Default false.</summary>
    public bool AcceptsForFinished { get; init; }

    /// <summary>What was said so far, in the order of sending; without a time of delivery where it never arrived.</summary>
    public IReadOnlyList<MessageRecord> Conversation
    {
        get
        {
            lock (_lock)
                return [.. _messages];
        }
    }

    /// <summary>An agent's end of the channel.</summary>
    public IMailbox BoxOf(string agentId) => _boxes[agentId];

    /// <summary>An agent has ended: it takes no step any more, so nothing reaches it, and nothing is taken from it.</summary>
    public void Finish(string agentId)
    {
        lock (_lock)
        {
            _boxes[agentId].IsFinished = true;
            Ring();
        }
    }

    /// <summary>Takes up a conversation that was broken off; what had not been delivered waits for its recipient again.</summary>
    public void Restore(IReadOnlyList<MessageRecord> conversation)
    {
        lock (_lock)
        {
            foreach (MessageRecord message in conversation)
            {
                if (message.DeliveredAt is null && _boxes.TryGetValue(message.To, out Mailbox? box))
                    box.Waiting.Add(_messages.Count);
                _messages.Add(message);
                foreach (DateTimeOffset? time in (ReadOnlySpan<DateTimeOffset?>)[message.SentAt, message.DeliveredAt, message.ReadAt])
                    _latest = time > _latest ? time.Value : _latest;
            }
        }
    }

    /// <summary>The time, and never one before what a message has already: a clock that is set back must not let a message arrive before it
    /// was sent.</summary>
    private DateTimeOffset Now() => _latest = _clock.GetUtcNow() is var now && now > _latest ? now : _latest;

    private string? Send(Mailbox from, string to, string text, int step)
    {
        string? unfit = WhyUnfit(text);
        lock (_lock)
        {
            if ((unfit ?? WhyNot(from, to) ?? WhyTooMany(from.AgentId, text)) is string refusal)
                return refusal;
            _boxes[to].Waiting.Add(_messages.Count);
            _messages.Add(new MessageRecord(from.AgentId, to, text, Now(), DeliveredAt: null, ReadAt: null, from.FeatureId, step,
                DeliveredStep: null));
            Ring();
            return null;
        }
    }

    private MessageRecord[] Take(Mailbox box, int step, bool byCommand, string? from = null)
    {
        lock (_lock)
        {
            if (box.IsFinished)
                return [];
            int[] taken = [.. box.Waiting.Where(index => from is null || _messages[index].From == from)];
            DateTimeOffset now = Now();
            foreach (int index in taken)
                _messages[index] = _messages[index] with { DeliveredAt = now, DeliveredStep = step, ReadAt = byCommand ? now : null };
            box.Waiting.RemoveAll(index => taken.Contains(index));
            return [.. taken.Select(index => _messages[index])];
        }
    }

    /// <summary>Takes exactly the messages that a recording says were delivered here, as soon as they have been sent; null if one does not
    /// come.</summary>
    private async Task<IReadOnlyList<MessageRecord>?> TakeRecordedAsync(Mailbox box, IReadOnlyList<MessageRecord> recorded, int step,
        bool byCommand, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(RecordedMessageLimit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var taken = new List<MessageRecord>();
        while (true)
        {
            Task rung;
            lock (_lock)
            {
                foreach (MessageRecord message in recorded.Skip(taken.Count))
                {
                    int at = box.Waiting.FindIndex(i => _messages[i].From == message.From && _messages[i].Message == message.Message);
                    if (at < 0)
                        break;
                    DateTimeOffset now = Now();
                    int index = box.Waiting[at];
                    box.Waiting.RemoveAt(at);
                    taken.Add(_messages[index] = _messages[index] with
                    { DeliveredAt = now, DeliveredStep = step, ReadAt = byCommand ? now : null });
                }
                if (taken.Count == recorded.Count)
                    return taken;
                if (box.IsFinished || _boxes[recorded[taken.Count].From].IsFinished)
                    return null;
                rung = _bell.Task;
            }
            try
            {
                await rung.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private async Task<Answer> WaitAsync(Mailbox box, string from, TimeSpan atMost, int step, Func<Task<bool>>? stillWaits,
        CancellationToken cancellationToken)
    {
        bool isWanted = stillWaits is null;
        using var limit = new CancellationTokenSource(atMost, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            Task? rung = null;
            lock (_lock)
            {
                int lastSent = _messages.FindLastIndex(m => m.From == box.AgentId && m.To == from);
                int[] answers = [.. Enumerable.Range(lastSent + 1, _messages.Count - lastSent - 1)
                    .Where(i => _messages[i].From == from && _messages[i].To == box.AgentId)];
                if (answers.Length > 0 && isWanted)
                {
                    // One that reached a prompt meanwhile, since the wait went on behind a later step, is an answer too.
                    MessageRecord[] known = [.. answers.Except(box.Waiting).Select(i => _messages[i])];
                    return new Answer([.. known, .. Take(box, step, byCommand: true, from)], null);
                }
                if (answers.Length == 0)
                {
                    if (!_boxes.TryGetValue(from, out Mailbox? peer))
                        return new Answer([], $"there is no '{from}'; you can write to {string.Join(", ", box.Peers)}");
                    if (peer.IsFinished)
                        return new Answer([], $"{from} has finished and did not answer");
                    rung = _bell.Task;
                }
            }
            if (rung is null)
            {
                if (!await stillWaits!())
                    return new Answer([], "nobody waits for the answer any more");
                isWanted = true;
                continue;
            }
            try
            {
                await rung.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return new Answer([], string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"{from} did not answer within {atMost.TotalSeconds} s"));
            }
        }
    }

    /// <summary>Wakes who waits for something to happen. Called under the lock.</summary>
    private void Ring()
    {
        _bell.SetResult();
        _bell = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private string? WhyNot(Mailbox from, string to)
    {
        if (from.IsFinished)
            return "you have finished";
        if (to == from.AgentId)
            return $"'{to}' is yourself; you can write to {string.Join(", ", from.Peers)}";
        if (!_boxes.TryGetValue(to, out Mailbox? recipient))
            return $"there is no '{to}'; you can write to {string.Join(", ", from.Peers)}";
        return recipient.IsFinished && !AcceptsForFinished ? $"{to} has finished" : null;
    }

    private string? WhyTooMany(string from, string text)
    {
        (int count, long bytes) = (0, StrictUtf8.GetByteCount(text));
        foreach (MessageRecord sent in _messages.Where(message => message.From == from))
            (count, bytes) = (count + 1, bytes + StrictUtf8.GetByteCount(sent.Message));
        return count >= MaxMessages ? $"you have sent {count} messages, the most that are taken"
            : bytes > MaxBytes ? $"your messages would have {bytes} bytes together, and {MaxBytes} are the most that are taken" : null;
    }

    private static string? WhyUnfit(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "the message is empty";
        try
        {
            int bytes = StrictUtf8.GetByteCount(text);
            return bytes > MaxMessageBytes ? $"the message is {bytes} bytes long; at most {MaxMessageBytes} are taken" : null;
        }
        catch (EncoderFallbackException)
        {
            return "the message is not valid Unicode";
        }
    }
}
