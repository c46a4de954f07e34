using System.Globalization;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents.Recordings;

/// <summary>
/// Does what one agent asks for, and writes it into the trajectory. An agent that begins anew has this one; <see cref="ReplayJournal"/> and
/// <see cref="ResumedJournal"/> take from a recording what they find there. Safe for concurrent use.
/// </summary>
internal class Journal(string agentId, TrajectoryWriter trajectory, TimeProvider clock)
{
    private const int RefusedCharactersKept = 500;

    private readonly AsyncLocal<int?> _at = new();
    private int _step;

    /// <summary>The agent's step, from 1; 0 before the first. Within <see cref="At"/> the step that is named there.</summary>
    public int Step
    {
        get => _at.Value ?? _step;
        set => _step = value;
    }

    /// <summary>The first command or message, done again, that was not as recorded; null if all was the same.</summary>
    public string? Divergence { get; private set; }

    /// <summary>Whether a recording holds what became of the model call of a step.</summary>
    public virtual bool Holds(int step) => false;

    /// <summary>The agent is about to ask a model by itself.</summary>
    public virtual Task GoLiveAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What the agent does differs from its recording; the first difference is kept and noted.</summary>
    /// <param name="difference">In words.</param>
    /// <param name="isDecisive">Whether what follows can no longer be what was recorded.</param>
    public virtual void NoteDifference(string difference, bool isDecisive)
    {
    }

    /// <summary>Until it is disposed of, this flow of control belongs to that step, whatever others have begun since.</summary>
    public IDisposable At(int step)
    {
        _at.Value = step;
        return new Back(_at);
    }

    protected string AgentId => agentId;

    /// <summary>Runs a command of the present step.</summary>
    /// <param name="command">How the trajectory shows it.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    public virtual async Task<ExecResult> RunCommandAsync(string command, Func<Task<ExecResult>> run, CancellationToken cancellationToken)
    {
        ExecResult result = await RunAsync(command, run);
        WriteCommand(command, result);
        return result;
    }

    /// <summary>Gets an answer of the model; when this returns, it is on disk.</summary>
    public virtual async Task<ChatReply> GetReplyAsync(Func<Task<ChatReply>> ask, CancellationToken cancellationToken)
    {
        ChatReply reply = await ask();
        NoteUnusable(reply.Unusable);
        Append(TrajectoryKinds.Response, RecordedReply.Write(reply), null, null, reply.Latency.TotalSeconds, reply.Cost, reply.Tokens,
            isDurable: true);
        return reply;
    }

    /// <summary>What the recording holds of this step that was paid and could not be used; each is given once.</summary>
    public virtual IReadOnlyList<UnusableAnswer> TakeUnusable() => [];

    /// <summary>Writes down answers that were paid and could not be used; they are on disk when this returns.</summary>
    public void NoteUnusable(IReadOnlyList<UnusableAnswer> answers)
    {
        foreach (UnusableAnswer answer in answers)
            Append(TrajectoryKinds.Unusable, answer.Why, cost: answer.Cost, tokens: answer.Tokens, isDurable: true);
    }

    /// <returns>Null if it was accepted, else why not.</returns>
    public virtual async Task<string?> SendAsync(string to, string text, Func<Task<string?>> send)
    {
        string? refusal = await send();
        NoteSent(to, text, refusal);
        return refusal;
    }

    /// <summary>Waits for a teammate's answer.</summary>
    public virtual async Task<Answer> WaitAsync(string from, IMailbox mailbox, Func<Task<Answer>> wait, CancellationToken cancellationToken)
    {
        Answer answer = await wait();
        NoteMessages(TrajectoryKinds.MessageRead, answer.Messages);
        if (answer.WhyNone is not null)
            Note(TrajectoryKinds.MessageUnanswered, from, answer.WhyNone);
        return answer;
    }

    /// <param name="mailbox">The agent's.</param>
    /// <param name="byCommand">Whether the agent asks in the middle of its step; else its step begins.</param>
    /// <param name="cancellationToken">Gives up before anything is taken.</param>
    public virtual async Task<IReadOnlyList<MessageRecord>> TakeAsync(IMailbox mailbox, bool byCommand, CancellationToken cancellationToken)
    {
        IReadOnlyList<MessageRecord> messages = await ReceiveAsync(mailbox, byCommand, cancellationToken);
        NoteMessages(KindOf(byCommand), messages);
        return messages;
    }

    /// <summary>Writes a line of the trajectory; it is on its way to the disk when this returns.</summary>
    public virtual void Note(string kind, string? text = null, string? output = null, int? exitCode = null, double? seconds = null) =>
        Append(kind, text, output, exitCode, seconds);

    /// <summary>Writes a line with a cost.</summary>
    public void Append(string kind, string? text, string? output = null, int? exitCode = null, double? seconds = null,
        decimal? cost = null, TokenCounts? tokens = null, bool isDurable = false) =>
        trajectory.Append(
            new TrajectoryEvent(clock.GetUtcNow(), agentId, Step, kind, text, output, exitCode,
                seconds is double s ? Math.Round(s, 4) : null, cost, tokens),
            isDurable);

    protected static string KindOf(bool byCommand) => byCommand ? TrajectoryKinds.MessageRead : TrajectoryKinds.MessageReceived;

    protected static string OutputOf(ExecResult result) => result.Stdout.Text + result.Stderr.Text;

    // What was refused may be of any length, and no Unicode.
    protected static string Beginning(string text) =>
        string.Concat(text.EnumerateRunes().Take(RefusedCharactersKept)) + (text.Length > RefusedCharactersKept ? " [...]" : "");

    protected async Task<ExecResult> RunAsync(string command, Func<Task<ExecResult>> run)
    {
        ExecResult result = await run();
        if (result.Outcome is not (ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken))
            return result;
        Append(TrajectoryKinds.Command, command, result.Detail, null, result.Duration.TotalSeconds);
        throw result.Outcome == ExecOutcome.SandboxBroken
            ? new SandboxException(SandboxFault.Broken,
                $"{agentId} made its sandbox unusable, up to step {Step}: {result.Detail}")
            : new SandboxException(SandboxFault.Lost, $"The sandbox of {agentId} was lost during step {Step}: {result.Detail}");
    }

    protected void WriteCommand(string command, ExecResult result) =>
        Append(TrajectoryKinds.Command, command, OutputOf(result), result.ExitCode, result.Duration.TotalSeconds);

    protected void NoteSent(string to, string text, string? refusal)
    {
        if (refusal is null)
            Note(TrajectoryKinds.MessageSent, $"{to}: {text}");
        else
            Append(TrajectoryKinds.MessageRefused, $"{to}: {Beginning(text)}", refusal);
    }

    protected void NoteMessages(string kind, IReadOnlyList<MessageRecord> messages)
    {
        foreach (MessageRecord message in messages)
            Note(kind, $"{message.From}: {message.Message}");
    }

    protected Task<IReadOnlyList<MessageRecord>> ReceiveAsync(IMailbox mailbox, bool byCommand, CancellationToken cancellationToken) =>
        byCommand ? mailbox.ReadAsync(Step, cancellationToken) : mailbox.ReceiveAsync(Step, cancellationToken);

    /// <summary>How a command's end differs from its recording; null if it does not.</summary>
    protected static string? DifferenceOfEnd(string command, TrajectoryEvent recorded, ExecResult result) =>
        recorded.ExitCode == result.ExitCode ? null
            : $"'{Beginning(command)}' ended with exit code {CodeOf(result.ExitCode)}, not {CodeOf(recorded.ExitCode)}";

    /// <summary>How what a command printed differs from its recording; null if it does not.</summary>
    protected static string? DifferenceOfOutput(string command, TrajectoryEvent recorded, ExecResult result) =>
        AgentRecording.AreAlike(recorded.Output, OutputOf(result)) ? null : $"'{Beginning(command)}' printed something else";

    /// <summary>Keeps the first difference from a recording.</summary>
    /// <returns>Whether it is the first.</returns>
    protected bool Depart(string difference)
    {
        if (Divergence is not null)
            return false;
        Divergence = $"step {Step}: {difference}";
        return true;
    }

    private sealed class Back(AsyncLocal<int?> at) : IDisposable
    {
        public void Dispose() => at.Value = null;
    }

    private static string CodeOf(int? code) => code?.ToString(CultureInfo.InvariantCulture) ?? "none";
}
