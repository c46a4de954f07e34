using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Messaging;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <content>What it writes to teammates and hears from them.</content>
public sealed partial class AgentContext : IAgentMessages
{
    /// <inheritdoc/>
    public async Task<string?> SendAsync(string to, string text, CancellationToken cancellationToken)
    {
        // The conversation was taken up with this message in it.
        if (Recording is { IsResumed: true } && Recording.Use(TrajectoryKinds.MessageSent, Steps, $"{to}: {text}") is not null)
            return null;
        // Whether the teammate had finished by then is the recording's to say.
        TrajectoryEvent? refused = Recording?.Use(TrajectoryKinds.MessageRefused, Steps, $"{to}: {Beginning(text)}");
        string? refusal = refused is not null
            ? refused.Output
            : await Box.SendAsync(to, text, Steps, cancellationToken).ConfigureAwait(false);
        if (refusal is null)
            Note(TrajectoryKinds.MessageSent, text: $"{to}: {text}");
        else if (Recording is not { IsResumed: true } || refused is null)
            WriteLine(TrajectoryKinds.MessageRefused, $"{to}: {Beginning(text)}", refusal, null, null);
        return refusal;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MessageRecord>> ReadMessagesAsync(CancellationToken cancellationToken)
    {
        _ = Box;
        return TakeAsync(TrajectoryKinds.MessageRead, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Answer> WaitForAnswerAsync(string from, TimeSpan atMost, Func<Task<bool>>? stillWaits,
        CancellationToken cancellationToken)
    {
        if (Recording?.Ahead(TrajectoryKinds.MessageUnanswered, Steps).FirstOrDefault(e => e.Text == from) is TrajectoryEvent unanswered)
        {
            Note(TrajectoryKinds.MessageUnanswered, from, unanswered.Output);
            return new Answer([], unanswered.Output);
        }
        if (Recording?.Ahead(TrajectoryKinds.MessageRead, Steps).Count > 0)
            return new Answer(await TakeAsync(TrajectoryKinds.MessageRead, cancellationToken).ConfigureAwait(false), null);
        Answer answer = await Box.WaitForAsync(from, atMost, Steps, stillWaits, cancellationToken).ConfigureAwait(false);
        foreach (MessageRecord message in answer.Messages)
            Note(TrajectoryKinds.MessageRead, text: $"{message.From}: {message.Message}");
        if (answer.WhyNone is not null)
            Note(TrajectoryKinds.MessageUnanswered, from, answer.WhyNone);
        return answer;
    }

    private IMailbox Box => Mailbox ?? throw new InvalidOperationException($"The setting of {CaseId} has no messages.");

    /// <summary>Takes messages: those that the recording has at this place, and behind its end those that are there.</summary>
    private async Task<IReadOnlyList<MessageRecord>> TakeAsync(string kind, CancellationToken cancellationToken)
    {
        if (Mailbox is null)
            return [];
        bool byCommand = kind == TrajectoryKinds.MessageRead;
        var messages = new List<MessageRecord>();
        IReadOnlyList<TrajectoryEvent> recorded = Recording?.Ahead(kind, Steps) ?? [];
        if (recorded.Count > 0)
        {
            MessageRecord[] told = [.. recorded.Select(e => AgentRecording.ToMessage(e, byCommand))];
            if (Recording!.IsResumed)
                messages.AddRange(told);
            else if (await Mailbox.TakeRecordedAsync(told, Steps, byCommand, cancellationToken).ConfigureAwait(false) is { } again)
                messages.AddRange(again);
            else
                Depart($"a message from {told[0].From} did not come again");
        }
        bool isLive = Recording is null || (Recording.IsResumed && (byCommand ? !_isInRecordedCommand : !Recording.Reaches(Steps)));
        if (isLive)
            messages.AddRange(byCommand ? await Mailbox.ReadAsync(Steps, cancellationToken).ConfigureAwait(false)
                : await Mailbox.ReceiveAsync(Steps, cancellationToken).ConfigureAwait(false));
        foreach (MessageRecord message in messages)
            Note(kind, text: $"{message.From}: {message.Message}");
        return messages;
    }
}
