using System.Text;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents.Recordings;

/// <summary>
/// Takes up an interrupted attempt: what its recording holds is done again without asking the model and without writing it a second time;
/// behind the recording's end the agent goes on by itself. Exit codes must be as recorded; what commands print may differ, which is noted.
/// </summary>
/// <param name="agentId">Whose it is.</param>
/// <param name="trajectory">Where lines go; it begins with the recording's own.</param>
/// <param name="clock">The time of lines.</param>
/// <param name="recording">What the agent had done.</param>
/// <param name="barrier">Where the agents of the case wait for each other before the first goes on.</param>
/// <param name="onLive">Called once, with the time that the agent had worked, when it goes on by itself.</param>
internal sealed class ResumedJournal(string agentId, TrajectoryWriter trajectory, TimeProvider clock, AgentRecording recording,
    StepBarrier barrier, Action<TimeSpan> onLive)
    : RecordedJournal(agentId, trajectory, clock, recording)
{
    private bool _isInRecordedCommand;
    private bool _isLive;
    private int _replies;

    public override async Task<ExecResult> RunCommandAsync(string command, Func<Task<ExecResult>> run, CancellationToken cancellationToken)
    {
        TrajectoryEvent? recorded = Recording.Use(TrajectoryKinds.Command, Step, command);
        _isInRecordedCommand = recorded is not null;
        if (recorded is null)
        {
            await GoLiveAsync(cancellationToken);
            return await base.RunCommandAsync(command, run, cancellationToken);
        }
        ExecResult result = await RunAsync(command, run);
        if (DifferenceOfEnd(command, recorded, result) is string difference)
            throw new DivergenceException(AgentId, Step, difference);
        // A hash, a number of a process, a random order: it is no reason to pay again, and the agent goes on from what its model has seen.
        if (DifferenceOfOutput(command, recorded, result) is string other)
            Depart(other);
        byte[] seen = Encoding.UTF8.GetBytes(recorded.Output ?? "");
        return result with { Stdout = new CapturedOutput(seen, default, seen.Length), Stderr = CapturedOutput.Empty };
    }

    /// <exception cref="DivergenceException">What is recorded is no answer of a model: the attempt begins anew instead.</exception>
    public override async Task<ChatReply> GetReplyAsync(Func<Task<ChatReply>> ask, CancellationToken cancellationToken)
    {
        if (Recording.Use(TrajectoryKinds.Response, Step) is not TrajectoryEvent recorded)
        {
            await GoLiveAsync(cancellationToken);
            return await base.GetReplyAsync(ask, cancellationToken);
        }
        try
        {
            _replies++;
            return RecordedReply.Read(recorded, isPaid: true);
        }
        catch (InvalidDataException exception)
        {
            throw new DivergenceException(AgentId, Step, exception.Message);
        }
    }

    public override IReadOnlyList<UnusableAnswer> TakeUnusable()
    {
        var taken = new List<UnusableAnswer>();
        while (Recording.Use(TrajectoryKinds.Unusable, Step) is TrajectoryEvent one)
            taken.Add(new UnusableAnswer(one.Text ?? "", one.Tokens ?? new TokenCounts(0, 0, null, null), one.Cost));
        return taken;
    }

    public override async Task<string?> SendAsync(string to, string text, Func<Task<string?>> send)
    {
        // The conversation was taken up with this message in it.
        if (Recording.Use(TrajectoryKinds.MessageSent, Step, $"{to}: {text}") is not null)
            return null;
        return Refused(to, text) is { Output: string refusal } ? refusal : await base.SendAsync(to, text, send);
    }

    public override async Task<IReadOnlyList<MessageRecord>> TakeAsync(IMailbox mailbox, bool byCommand,
        CancellationToken cancellationToken)
    {
        List<MessageRecord> messages = [.. Recorded(byCommand)];
        if (byCommand ? !_isInRecordedCommand : !Recording.Reaches(Step))
            messages.AddRange(await ReceiveAsync(mailbox, byCommand, cancellationToken));
        NoteMessages(KindOf(byCommand), messages);
        return messages;
    }

    /// <summary>What the recording holds already is not written again.</summary>
    public override void Note(string kind, string? text = null, string? output = null, int? exitCode = null, double? seconds = null)
    {
        if (Recording.Use(kind, Step, text) is null)
            base.Note(kind, text, output, exitCode, seconds);
    }

    /// <exception cref="DivergenceException">The difference is decisive: the attempt begins anew instead.</exception>
    public override void NoteDifference(string difference, bool isDecisive)
    {
        if (isDecisive)
            throw new DivergenceException(AgentId, Step, difference);
        Depart(difference);
    }

    public override async Task GoLiveAsync(CancellationToken cancellationToken)
    {
        if (_isLive)
            return;
        _isLive = true;
        await barrier.WaitForOthersAsync(AgentId, cancellationToken);
        onLive(Recording.Elapsed);
        Append(TrajectoryKinds.Resumed, $"{_replies} model calls were taken over");
        if (Divergence is not null)
            Append(TrajectoryKinds.Divergence, Divergence);
    }
}
