using Tandem.Harness.Configuration;
using Tandem.Harness.Messaging;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>What one agent of one case has to work with: its task, its sandbox, its limits, its trajectory and, where the setting has them, its messages.</summary>
public sealed class AgentContext
{
    private const int RefusedCharactersKept = 500;

    private readonly TrajectoryWriter _trajectory;
    private readonly AgentLimits _limits;
    private readonly TimeProvider _clock;
    private readonly StepTurns? _turns;
    private TokenCounts? _tokens;
    private bool _isPriced = true;

    internal AgentContext(
        CaseId caseId, string agentId, FeatureSet features, CodingTask task, AgentSettings settings, string prompt, ISandbox sandbox, string baseCommit,
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

    /// <summary>The task's folder, with its gold patches: for agents that are part of the harness. It is never put into the sandbox.</summary>
    public CodingTask Task { get; }

    /// <summary>What the experiment says about its agent.</summary>
    public AgentSettings Settings { get; }

    /// <summary>What the agent is asked to do, in words.</summary>
    public string Prompt { get; }

    /// <summary>Where it works. Commands of steps go through <see cref="ExecAsync"/>, so that they are bounded and recorded.</summary>
    public ISandbox Sandbox { get; }

    /// <summary>The commit that its patch is taken against.</summary>
    public string BaseCommit { get; }

    /// <summary>Its messages; null where the setting has none. It writes through <see cref="SendAsync"/>, so that what it says is recorded.</summary>
    public IMailbox? Mailbox { get; }

    /// <summary>Steps begun so far.</summary>
    public int Steps { get; private set; }

    /// <summary>Cost so far in USD; null once a call could not be priced.</summary>
    public decimal? Cost => _isPriced ? _cost : null;

    private decimal _cost;

    /// <summary>Tokens so far; null if no model was called.</summary>
    public TokenCounts? Tokens => _tokens;

    /// <summary>Model calls so far; failed and malformed ones included.</summary>
    public int ModelCalls { get; private set; }

    /// <summary>Answers of the model without a usable tool call.</summary>
    public int MalformedCalls { get; private set; }

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
        IReadOnlyList<MessageRecord> messages = Mailbox is null ? [] : await Mailbox.ReceiveAsync(Steps, cancellationToken).ConfigureAwait(false);
        foreach (MessageRecord message in messages)
            Note("message_received", text: $"{message.From}: {message.Message}");
        return messages;
    }

    /// <summary>Runs a command of the current step under the command's time limit, and records it.</summary>
    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = request with { TimeLimit = _limits.Command < request.TimeLimit ? _limits.Command : request.TimeLimit };
        ExecResult result = await Sandbox.ExecAsync(request, cancellationToken).ConfigureAwait(false);
        string command = request.Command is ["/bin/sh", "-c", string script] ? script : string.Join(' ', request.Command);
        Note("command", command, result.Stdout.Text + result.Stderr.Text, result.ExitCode, result.Duration.TotalSeconds);
        return result.Outcome == ExecOutcome.SandboxLost
            ? throw new SandboxException(SandboxFault.Lost, $"The sandbox of {AgentId} was lost during step {Steps}: {result.Detail}")
            : result;
    }

    /// <summary>Writes to a teammate, and records it; the message is delivered at the teammate's next step.</summary>
    /// <param name="to">One of <see cref="IMailbox.Peers"/>.</param>
    /// <param name="text">See <see cref="IMailbox.SendAsync"/>.</param>
    /// <param name="cancellationToken">Gives up before anything is sent.</param>
    /// <returns>Null if it was accepted, else why not.</returns>
    /// <exception cref="InvalidOperationException">The setting has no messages.</exception>
    public async Task<string?> SendAsync(string to, string text, CancellationToken cancellationToken)
    {
        if (Mailbox is null)
            throw new InvalidOperationException($"The setting of {CaseId} has no messages.");
        string? refusal = await Mailbox.SendAsync(to, text, Steps, cancellationToken).ConfigureAwait(false);
        if (refusal is null)
            Note("message_sent", text: $"{to}: {text}");
        else
            Note("message_refused", text: $"{to}: {Beginning(text)}", output: refusal);
        return refusal;
    }

    /// <summary>Books a model call.</summary>
    /// <param name="tokens">What it used; null if the endpoint did not say.</param>
    /// <param name="cost">What it cost in USD; null if the model has no price.</param>
    /// <param name="isMalformed">Whether its answer held no usable tool call.</param>
    public void BookModelCall(TokenCounts? tokens, decimal? cost, bool isMalformed)
    {
        ModelCalls++;
        MalformedCalls += isMalformed ? 1 : 0;
        _isPriced &= cost is not null;
        _cost += cost ?? 0;
        if (tokens is not null)
            _tokens = _tokens is null ? tokens : new TokenCounts(_tokens.Input + tokens.Input, _tokens.Output + tokens.Output, Sum(_tokens.CacheRead, tokens.CacheRead), Sum(_tokens.CacheWrite, tokens.CacheWrite));
    }

    /// <summary>Writes a line of the trajectory; it is on its way to the disk when this returns.</summary>
    public void Note(string kind, string? text = null, string? output = null, int? exitCode = null, double? seconds = null, decimal? cost = null, TokenCounts? tokens = null) =>
        _trajectory.Append(new TrajectoryEvent(_clock.GetUtcNow(), AgentId, Steps, kind, text, output, exitCode, seconds is double s ? Math.Round(s, 4) : null, cost, tokens));

    // What was refused may be of any length, and no Unicode.
    private static string Beginning(string text) =>
        string.Concat(text.EnumerateRunes().Take(RefusedCharactersKept)) + (text.Length > RefusedCharactersKept ? " [...]" : "");

    private static long? Sum(long? a, long? b) => a is null && b is null ? null : (a ?? 0) + (b ?? 0);
}

/// <summary>What ends one agent.</summary>
/// <param name="Steps">Steps it may begin.</param>
/// <param name="Command">Wall clock of one command.</param>
/// <param name="CostUsd">Money it may spend; checked before each step.</param>
/// <param name="Tokens">Tokens it may use; null is no bound.</param>
internal sealed record AgentLimits(int Steps, TimeSpan Command, decimal CostUsd, long? Tokens);
