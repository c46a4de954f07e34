using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents.Recordings;

/// <summary>What both kinds of recorded work share: an answer that a teammate gave, or did not give.</summary>
internal abstract class RecordedJournal(string agentId, TrajectoryWriter trajectory, TimeProvider clock, AgentRecording recording)
    : Journal(agentId, trajectory, clock)
{
    protected AgentRecording Recording => recording;

    public override bool Holds(int step) =>
        recording.Ahead(TrajectoryKinds.Response, step).Count > 0 || recording.Ahead(TrajectoryKinds.Unusable, step).Count > 0;

    public override async Task<Answer> WaitAsync(string from, IMailbox mailbox, Func<Task<Answer>> wait,
        CancellationToken cancellationToken)
    {
        if (recording.Ahead(TrajectoryKinds.MessageUnanswered, Step).FirstOrDefault(e => e.Text == from) is TrajectoryEvent unanswered)
        {
            Note(TrajectoryKinds.MessageUnanswered, from, unanswered.Output);
            return new Answer([], unanswered.Output);
        }
        if (recording.Ahead(TrajectoryKinds.MessageRead, Step).Count > 0)
            return new Answer(await TakeAsync(mailbox, byCommand: true, cancellationToken), null);
        return await base.WaitAsync(from, mailbox, wait, cancellationToken);
    }

    protected MessageRecord[] Recorded(bool byCommand) =>
        [.. recording.Ahead(KindOf(byCommand), Step).Select(e => AgentRecording.ToMessage(e, byCommand))];

    /// <summary>Whether the teammate had finished when a message was sent is the recording's to say.</summary>
    protected TrajectoryEvent? Refused(string to, string text) =>
        recording.Use(TrajectoryKinds.MessageRefused, Step, $"{to}: {Beginning(text)}");
}

/// <summary>Does again what a recording holds, by real commands and messages, and nothing else. A model call costs nothing.</summary>
internal sealed class ReplayJournal(string agentId, TrajectoryWriter trajectory, TimeProvider clock, AgentRecording recording)
    : RecordedJournal(agentId, trajectory, clock, recording)
{
    public override async Task<ExecResult> RunCommandAsync(string command, Func<Task<ExecResult>> run, CancellationToken cancellationToken)
    {
        TrajectoryEvent? recorded = Recording.Use(TrajectoryKinds.Command, Step, command);
        ExecResult result = await RunAsync(command, run);
        if (recorded is not null
            && (DifferenceOfEnd(command, recorded, result) ?? DifferenceOfOutput(command, recorded, result)) is string difference)
            Note(difference);
        WriteCommand(command, result);
        return result;
    }

    /// <exception cref="RecordingEndedException">No further answer is recorded.</exception>
    public override Task<ChatReply> GetReplyAsync(Func<Task<ChatReply>> ask, CancellationToken cancellationToken)
    {
        TrajectoryEvent recorded = Recording.Use(TrajectoryKinds.Response, Step) ?? throw new RecordingEndedException();
        ChatReply again = RecordedReply.Read(recorded, isPaid: false);
        Append(TrajectoryKinds.Response, recorded.Text, null, null, 0, again.Cost, again.Tokens, isDurable: true);
        return Task.FromResult(again);
    }

    public override async Task<string?> SendAsync(string to, string text, Func<Task<string?>> send)
    {
        TrajectoryEvent? refused = Refused(to, text);
        string? refusal = refused is not null ? refused.Output : await send();
        NoteSent(to, text, refusal);
        return refusal;
    }

    public override async Task<IReadOnlyList<MessageRecord>> TakeAsync(IMailbox mailbox, bool byCommand,
        CancellationToken cancellationToken)
    {
        MessageRecord[] recorded = Recorded(byCommand);
        if (recorded.Length == 0)
            return [];
        IReadOnlyList<MessageRecord>? again = await mailbox.TakeRecordedAsync(recorded, Step, byCommand, cancellationToken);
        if (again is null)
            Note($"a message from {recorded[0].From} did not come again");
        NoteMessages(KindOf(byCommand), again ?? []);
        return again ?? [];
    }

    /// <exception cref="RecordingEndedException">Always: nobody answers but the recording.</exception>
    public override Task GoLiveAsync(CancellationToken cancellationToken) => throw new RecordingEndedException();

    public override void NoteDifference(string difference, bool isDecisive) => Note(difference);

    private void Note(string difference)
    {
        if (Depart(difference))
            Append(TrajectoryKinds.Divergence, Divergence);
    }
}
