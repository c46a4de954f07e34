using System.Text;
using Tandem.Records.Runs;

namespace Tandem.Harness.Messaging;

/// <summary>
/// The message channel of one case, within this process: one clock, a mailbox per agent, and every message that was accepted, in the order of sending.
/// The sender's name is its mailbox's, so that nobody can write under another. Safe for concurrent use.
/// </summary>
internal sealed class Mailroom
{
    /// <summary>A longer text is refused; in bytes of UTF-8.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Lock _lock = new();
    private readonly List<MessageRecord> _messages = [];
    private readonly Dictionary<string, Mailbox> _boxes;
    private readonly TimeProvider _clock;

    /// <summary>Opens the channel.</summary>
    /// <param name="agents">Its agents, with the feature of each.</param>
    /// <param name="clock">Gives all times.</param>
    public Mailroom(IReadOnlyList<(string AgentId, int FeatureId)> agents, TimeProvider clock)
    {
        _clock = clock;
        _boxes = agents.ToDictionary(
            agent => agent.AgentId,
            agent => new Mailbox(this, agent.AgentId, agent.FeatureId, [.. agents.Select(peer => peer.AgentId).Where(id => id != agent.AgentId)]));
    }

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
            _boxes[agentId].IsFinished = true;
    }

    private string? Send(Mailbox from, string to, string text, int step)
    {
        string? unfit = WhyUnfit(text);
        lock (_lock)
        {
            if ((unfit ?? WhyNot(from, to)) is string refusal)
                return refusal;
            _boxes[to].Waiting.Add(_messages.Count);
            _messages.Add(new MessageRecord(from.AgentId, to, text, _clock.GetUtcNow(), DeliveredAt: null, ReadAt: null, from.FeatureId, step, DeliveredStep: null));
            return null;
        }
    }

    private MessageRecord[] Receive(Mailbox box, int step)
    {
        lock (_lock)
        {
            if (box.IsFinished || box.Waiting.Count == 0)
                return [];
            DateTimeOffset now = _clock.GetUtcNow();
            foreach (int index in box.Waiting)
                _messages[index] = _messages[index] with { DeliveredAt = now, DeliveredStep = step };
            MessageRecord[] delivered = [.. box.Waiting.Select(index => _messages[index])];
            box.Waiting.Clear();
            return delivered;
        }
    }

    private string? WhyNot(Mailbox from, string to)
    {
        if (from.IsFinished)
            return "you have finished";
        if (to == from.AgentId)
            return $"'{to}' is yourself; you can write to {string.Join(", ", from.Peers)}";
        if (!_boxes.TryGetValue(to, out Mailbox? recipient))
            return $"there is no '{to}'; you can write to {string.Join(", ", from.Peers)}";
        return recipient.IsFinished ? $"{to} has finished" : null;
    }

    private static string? WhyUnfit(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "the message is empty";
        try
        {
            int bytes = s_strictUtf8.GetByteCount(text);
            return bytes > MaxMessageBytes ? $"the message is {bytes} bytes long; at most {MaxMessageBytes} are taken" : null;
        }
        catch (EncoderFallbackException)
        {
            return "the message is not valid Unicode";
        }
    }

    private sealed class Mailbox(Mailroom room, string agentId, int featureId, IReadOnlyList<string> peers) : IMailbox
    {
        public string AgentId => agentId;

        public int FeatureId => featureId;

        public IReadOnlyList<string> Peers => peers;

        /// <summary>Places in the conversation of what was not delivered yet.</summary>
        public List<int> Waiting { get; } = [];

        public bool IsFinished { get; set; }

        public Task<string?> SendAsync(string to, string text, int step, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(room.Send(this, to, text, step));
        }

        public Task<IReadOnlyList<MessageRecord>> ReceiveAsync(int step, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult<IReadOnlyList<MessageRecord>>(room.Receive(this, step));
        }
    }
}
