using System.Diagnostics;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>What one agent of one case has to work with: its task, its sandbox, its limits, its trajectory and, where the setting has them,
/// its messages.</summary>
public sealed partial class AgentContext
{
    private const int RefusedCharactersKept = 500;

    private readonly TrajectoryWriter _trajectory;
    private readonly AgentLimits _limits;
    private readonly TimeProvider _clock;
    private readonly StepTurns? _turns;
    private readonly Lock _books = new();
    private TokenCounts? _tokens;
    private decimal _cost;
    private bool _isPriced = true;
    private bool _isInRecordedCommand;
    private bool _isLive;

    internal AgentContext(
        CaseId caseId, string agentId, FeatureSet features, CodingTask task, AgentSettings settings, string prompt,
            ISandbox sandbox, string baseCommit,
        IMailbox? mailbox, StepTurns? turns, TrajectoryWriter trajectory, AgentLimits limits, TimeProvider clock)
    {
        (CaseId, AgentId, Features, Task, Settings, Prompt, Sandbox, BaseCommit, Mailbox, _turns, _trajectory, _limits, _clock) =
            (caseId, agentId, features, task, settings, prompt, sandbox, baseCommit, mailbox, turns, trajectory, limits, clock);
    }

    /// <summary>The case.</summary>
    public CaseId CaseId { get; }

    /// <summary><c>solo</c>, <c>agent1</c>, <c>agent2</c>, ...</summary>
    public string AgentId { get; }

    /// <summary>The features it is asked to build: all of the case for solo, its own one otherwise.</summary>
    public FeatureSet Features { get; }

    /// <summary>What the experiment says about its agent.</summary>
    public AgentSettings Settings { get; }

    /// <summary>The descriptions of its features, and nothing else.</summary>
    public string Prompt { get; }

    /// <summary>Where it works. Commands of steps go through <see cref="ExecAsync"/>, so that they are bounded and recorded.</summary>
    public ISandbox Sandbox { get; }

    /// <summary>The commit that its patch is taken against.</summary>
    public string BaseCommit { get; }

    /// <summary>The file by which it may hand in a patch of its own making; outside the repository.</summary>
    public string SubmissionFile => Sandbox.Paths.SubmissionFile;

    /// <summary>Its messages; null where the setting has none. It writes through <see cref="SendAsync"/>, so that what it says is
    /// recorded.</summary>
    public IMailbox? Mailbox { get; }

    /// <summary>Wall clock of one of its commands.</summary>
    public TimeSpan CommandLimit => _limits.Command;

    /// <summary>The model's name, as the experiment says; null where it names none.</summary>
    public string? ModelName { get; internal init; }

    /// <summary>Steps begun so far.</summary>
    public int Steps { get; private set; }

    /// <summary>Cost so far in USD; null once a call could not be priced.</summary>
    public decimal? Cost => _isPriced ? _cost : null;

    /// <summary>Tokens so far; null if no model was called.</summary>
    public TokenCounts? Tokens => _tokens;

    /// <summary>Model calls so far; malformed ones included.</summary>
    public int ModelCalls { get; private set; }

    /// <summary>Answers of the model without a usable tool call.</summary>
    public int MalformedCalls { get; private set; }

    /// <summary>The task's folder, with its gold patches: for agents that are part of the harness. Nobody else's agent sees it.</summary>
    internal CodingTask Task { get; }

    /// <summary>The experiment's model; null where the agent uses none.</summary>
    internal IChatModel? Model { get; init; }

    /// <summary>Tokens of a prompt near which the history is to be compacted.</summary>
    internal int ContextTokens { get; init; } = new ModelSettings().ContextTokens;

    /// <summary>What the agent is told; null where its kind has no prompts.</summary>
    internal ShellPrompts? Prompts { get; init; }

    /// <summary>What to do again; null for an agent that begins anew.</summary>
    internal AgentRecording? Recording { get; init; }

    /// <summary>Where agents of one case wait for each other before the first goes on behind its recording.</summary>
    internal StepBarrier? Gate { get; init; }

    /// <summary>What must not be written down; the trajectory and the record see to it by themselves.</summary>
    internal SecretFilter Secrets { get; init; } = SecretFilter.None;

    /// <summary>The agent's wall clock.</summary>
    internal AgentWatch? Watch { get; set; }

    /// <summary>The folder of commands that its own commands find first; null if there is none.</summary>
    internal string? SearchPath { get; set; }

    /// <summary>What a replay's commands or messages did not do as recorded, the first of it; null if all was the same.</summary>
    internal string? Divergence { get; private set; }

    /// <summary>Begins a step: checks the limits, counts, and delivers what teammates wrote since the last one.</summary>
    /// <returns>The messages delivered by this step; the agent must put them where it will read them.</returns>
    /// <exception cref="AgentLimitException">Steps, cost or tokens are used up.</exception>
    public async Task<IReadOnlyList<MessageRecord>> BeginStepAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Steps >= _limits.Steps)
            throw new AgentLimitException("steps");
        if (_cost >= _limits.CostUsd)
            throw new AgentLimitException("cost");
        if (_limits.Tokens is long most && (_tokens?.Input + _tokens?.Output) >= most)
            throw new AgentLimitException("tokens");
        if (_turns is not null)
            await _turns.NextAsync(AgentId, cancellationToken).ConfigureAwait(false);
        Steps++;
        return await TakeAsync(TrajectoryKinds.MessageReceived, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a command of the current step under the command's time limit, and records it.</summary>
    /// <param name="request">The command; a longer time limit than <see cref="CommandLimit"/> is cut to it.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <param name="shown">How the trajectory shows the command; null is as it is.</param>
    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken, string? shown = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        string command = shown ?? (request.Command is ["/bin/sh", "-c", string script] ? script : string.Join(' ', request.Command));
        request = request with { TimeLimit = _limits.Command < request.TimeLimit ? _limits.Command : request.TimeLimit };
        if (SearchPath is string path)
            request = request with { Environment = new Dictionary<string, string>(request.Environment) { ["PATH"] = path } };
        TrajectoryEvent? recorded = Recording?.Use(TrajectoryKinds.Command, Steps, command);
        if (Recording is not null && recorded is null)
            await GoLiveAsync(cancellationToken).ConfigureAwait(false);
        _isInRecordedCommand = recorded is not null;
        using Activity? span = Instrumentation.Command(AgentId, Steps);
        ExecResult result = await Sandbox.ExecAsync(request, cancellationToken).ConfigureAwait(false);
        span?.SetTag("process.exit.code", result.ExitCode);
        if (result.Outcome == ExecOutcome.SandboxLost)
        {
            WriteLine(TrajectoryKinds.Command, command, result.Detail, null, result.Duration.TotalSeconds);
            throw new SandboxException(SandboxFault.Lost, $"The sandbox of {AgentId} was lost during step {Steps}: {result.Detail}");
        }
        string output = result.Stdout.Text + result.Stderr.Text;
        if (recorded is not null)
        {
            if (recorded.ExitCode != result.ExitCode)
                Depart($"'{Beginning(command)}' ended with exit code "
                    + $"{result.ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, not "
                    + $"{recorded.ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}");
            else if (!AgentRecording.AreAlike(recorded.Output, output))
                Depart($"'{Beginning(command)}' printed something else");
            if (Recording!.IsResumed)
            {
                // The agent goes on from what its model has seen.
                byte[] seen = System.Text.Encoding.UTF8.GetBytes(recorded.Output ?? "");
                return result with { Stdout = new CapturedOutput(seen, default, seen.Length), Stderr = CapturedOutput.Empty };
            }
        }
        WriteLine(TrajectoryKinds.Command, command, output, result.ExitCode, result.Duration.TotalSeconds);
        return result;
    }

    /// <summary>
    /// Asks the experiment's model, and books and records its answer; the answer is on disk when this returns. What a recording holds is
    /// not asked again.
    /// </summary>
    /// <exception cref="AgentLimitException">The history is longer than the model's context.</exception>
    /// <exception cref="ModelException">The model cannot be had.</exception>
    /// <exception cref="InvalidOperationException">The experiment has no model.</exception>
    public async Task<ChatReply> AskModelAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        if (Recording?.Use(TrajectoryKinds.Response, Steps) is TrajectoryEvent recorded)
        {
            ChatReply again = ReadAgain(recorded);
            Book(again.Tokens, again.Cost);
            if (!Recording.IsResumed)
                _trajectory.Append(Event(TrajectoryKinds.Response, recorded.Text, null, null, 0, again.Cost, again.Tokens),
                    isDurable: true);
            return again;
        }
        if (Recording is { IsResumed: false })
            throw new RecordingEndedException();
        await GoLiveAsync(cancellationToken).ConfigureAwait(false);
        IChatModel model = Model
            ?? throw new InvalidOperationException(
            $"The agent '{Settings.Kind}' asks a model, and the experiment names none (model.name).");
        ChatReply reply;
        TimeSpan counted = TimeSpan.Zero;
        Watch?.Pause();
        using Activity? span = Instrumentation.ModelCall(AgentId, Steps, ModelName, model.Provider);
        long asked = _clock.GetTimestamp();
        try
        {
            reply = await model.CompleteAsync(request, cancellationToken).ConfigureAwait(false);
            Instrumentation.Answered(span, ModelName, model.Provider, reply);
            counted = reply.Latency;
        }
        catch (ModelException exception)
        {
            Instrumentation.NotAnswered(span, ModelName, model.Provider, exception.Fault, _clock.GetElapsedTime(asked));
            if (exception.Fault == ModelFault.ContextOverflow)
                throw new AgentLimitException("context");
            throw;
        }
        finally
        {
            Watch?.GoOn(counted);
        }
        Book(reply.Tokens, reply.Cost);
        _trajectory.Append(Event(TrajectoryKinds.Response, RecordedReply.Write(reply), null, null, reply.Latency.TotalSeconds, reply.Cost,
            reply.Tokens), isDurable: true);
        return reply;
    }

    /// <summary>Counts an answer of the model that held no usable tool call.</summary>
    public void CountMalformed() => MalformedCalls++;

    /// <summary>Books and records a model call that the agent made by means of its own, not through <see cref="AskModelAsync"/>.</summary>
    /// <param name="tokens">What it used; null if the endpoint did not say.</param>
    /// <param name="cost">What it cost in USD; null if the model has no price.</param>
    /// <param name="isMalformed">Whether its answer held no usable tool call.</param>
    /// <param name="answer">What it said.</param>
    public void BookModelCall(TokenCounts? tokens, decimal? cost, bool isMalformed, string? answer = null)
    {
        Book(tokens, cost);
        MalformedCalls += isMalformed ? 1 : 0;
        _trajectory.Append(Event(TrajectoryKinds.Response, answer, null, null, null, cost, tokens));
    }

    /// <summary>Writes a line of the trajectory; it is on its way to the disk when this returns. What a resumed trajectory holds already is
    /// not written again.</summary>
    public void Note(string kind, string? text = null, string? output = null, int? exitCode = null, double? seconds = null)
    {
        if (Recording is not { IsResumed: true } || Recording.Use(kind, Steps, text) is null)
            WriteLine(kind, text, output, exitCode, seconds);
    }

    private async Task GoLiveAsync(CancellationToken cancellationToken)
    {
        if (Recording is not { IsResumed: true } || _isLive)
            return;
        _isLive = true;
        if (Gate is not null)
            await Gate.WaitForOthersAsync(AgentId, cancellationToken).ConfigureAwait(false);
        Watch?.GoOnFrom(Recording.Elapsed);
        WriteLine(TrajectoryKinds.Resumed, $"{ModelCalls} model calls were taken over", null, null, null);
    }

    /// <summary>What cannot be read is no fault of the agent: an attempt that is taken up begins anew instead.</summary>
    private ChatReply ReadAgain(TrajectoryEvent recorded)
    {
        try
        {
            return RecordedReply.Read(recorded, Recording!.IsResumed);
        }
        catch (InvalidDataException exception) when (Recording!.IsResumed)
        {
            throw new DivergenceException(AgentId, Steps, exception.Message);
        }
    }

    private void Depart(string difference)
    {
        if (Recording!.IsResumed)
            throw new DivergenceException(AgentId, Steps, difference);
        if (Divergence is not null)
            return;
        Divergence = $"step {Steps}: {difference}";
        WriteLine(TrajectoryKinds.Divergence, Divergence, null, null, null);
    }

    private void Book(TokenCounts? tokens, decimal? cost)
    {
        lock (_books)
        {
            ModelCalls++;
            _isPriced &= cost is not null;
            _cost += cost ?? 0;
            _tokens = Totals.OfTokens([_tokens, tokens]);
        }
    }

    private void WriteLine(string kind, string? text, string? output, int? exitCode, double? seconds) =>
        _trajectory.Append(Event(kind, text, output, exitCode, seconds, null, null));

    private TrajectoryEvent Event(string kind, string? text, string? output, int? exitCode, double? seconds, decimal? cost,
        TokenCounts? tokens) =>
        new(_clock.GetUtcNow(), AgentId, Steps, kind, text, output, exitCode, seconds is double s ? Math.Round(s, 4) : null, cost, tokens);

    // What was refused may be of any length, and no Unicode.
    private static string Beginning(string text) =>
        string.Concat(text.EnumerateRunes().Take(RefusedCharactersKept)) + (text.Length > RefusedCharactersKept ? " [...]" : "");
}
