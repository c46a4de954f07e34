namespace Tandem.Records.Runs;

/// <summary>What one message does, among those before it.</summary>
/// <param name="Act">What it does foremost.</param>
/// <param name="HasPlan">Whether a plan is in it, whatever else it does.</param>
/// <param name="HasQuestion">Whether a question is in it, whatever else it does.</param>
/// <param name="Answered">How many open questions it answers.</param>
public readonly record struct MessageActs(SpeechAct Act, bool HasPlan, bool HasQuestion, int Answered);

/// <summary>
/// Reads the messages of one run in the order of sending, by the words of <see cref="MessageText"/>: a heuristic. A question is answered by
/// the first message of its recipient that was sent after it had been delivered (sent, where deliveries were not recorded), and that is no
/// question itself.
/// </summary>
public sealed class SpeechActReader
{
    private readonly List<MessageRecord> _open = [];

    /// <param name="messages">The run's messages: whether deliveries were recorded is a matter of all of them.</param>
    public SpeechActReader(IReadOnlyList<MessageRecord> messages) =>
        KnowsDelivery = messages.Any(message => message.DeliveredAt is not null || message.SentStep is not null);

    /// <summary>Whether deliveries were recorded; in imported logs they are not.</summary>
    public bool KnowsDelivery { get; }

    /// <summary>Questions that nobody has answered so far.</summary>
    public IReadOnlyList<MessageRecord> Open => _open;

    /// <summary>Reads the next message.</summary>
    public MessageActs Read(MessageRecord message)
    {
        ReadOnlySpan<char> text = message.Message;
        SpeechAct? label = MessageText.LabelOf(text);
        bool hasPlan = label == SpeechAct.Plan || MessageText.HasPlan(text);
        bool hasQuestion = label == SpeechAct.Question || MessageText.HasQuestion(text);
        int waiting = _open.Count == 0 ? 0 : _open.Count(asked => IsAnswerable(asked, message));
        SpeechAct act = label
            ?? (hasQuestion ? SpeechAct.Question
            : waiting > 0 ? SpeechAct.Answer
            : hasPlan ? SpeechAct.Plan
            : MessageText.Acknowledges(text) ? SpeechAct.Acknowledgement
            : SpeechAct.Update);
        int answered = act != SpeechAct.Question && waiting > 0 ? _open.RemoveAll(asked => IsAnswerable(asked, message)) : 0;
        if (hasQuestion)
            _open.Add(message);
        return new MessageActs(act, hasPlan, hasQuestion, answered);
    }

    private bool IsAnswerable(MessageRecord asked, MessageRecord reply) =>
        (KnowsDelivery ? asked.DeliveredAt : asked.SentAt) is DateTimeOffset arrived && arrived <= reply.SentAt && asked.To == reply.From
            && asked.From == reply.To;
}
