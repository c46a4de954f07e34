using System.Diagnostics;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
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
    private readonly Assignment _assignment;
    private readonly Journal _journal;
    private readonly AgentLimits _limits;
    private readonly TimeProvider _clock;
    private readonly Lock _books = new();
    private TokenCounts? _tokens;
    private decimal _cost;
    private bool _isPriced = true;
    private int _messageCalls;

    internal AgentContext(Assignment assignment, AgentSettings settings, ISandbox sandbox, Journal journal, AgentLimits limits,
        TimeProvider clock)
    {
        (_assignment, Settings, Sandbox, _journal, _limits, _clock) = (assignment, settings, sandbox, journal, limits, clock);
        // With what else the command prints, a page stays below the bound of a command's output.
        Pages = new MessagePages(settings.OutputCharacters * 4 / 5);
    }

    /// <summary>The case.</summary>
    public CaseId CaseId => _assignment.CaseId;

    /// <summary><c>solo</c>, <c>agent1</c>, <c>agent2</c>, ...</summary>
    public string AgentId => _assignment.AgentId;

    /// <summary>The features it is asked to build: all of the case for solo, its own one otherwise.</summary>
    public FeatureSet Features => _assignment.Features;

    /// <summary>What the experiment says about its agent.</summary>
    public AgentSettings Settings { get; }

    /// <summary>The descriptions of its features, and nothing else.</summary>
    public string Prompt => _assignment.Prompt;

    /// <summary>Where it works. Commands of steps go through <see cref="ExecAsync"/>, so that they are bounded and recorded.</summary>
    public ISandbox Sandbox { get; }

    /// <summary>The commit that its patch is taken against.</summary>
    public string BaseCommit => _assignment.BaseCommit;

    /// <summary>The file by which it may hand in a patch of its own making; outside the repository.</summary>
    public string SubmissionFile => Sandbox.Paths.SubmissionFile;

    /// <summary>Its messages; null where the setting has none. It writes through <see cref="SendAsync"/>, so that what it says is
    /// recorded.</summary>
    public IMailbox? Mailbox { get; internal init; }

    /// <summary>What it has still to read of messages that were delivered.</summary>
    internal MessagePages Pages { get; }

    /// <summary>What it may cost, in USD.</summary>
    internal decimal CostLimitUsd => _limits.CostUsd;

    /// <summary>Wall clock of one of its commands.</summary>
    public TimeSpan CommandLimit => _limits.Command;

    /// <summary>The model's name, as the experiment says; null where it names none.</summary>
    public string? ModelName { get; internal init; }

    /// <summary>Steps begun so far.</summary>
    public int Steps => _journal.Step;

    /// <summary>Cost so far in USD; null once a call could not be priced.</summary>
    public decimal? Cost => _isPriced ? _cost : null;

    /// <summary>Tokens so far; null if no model was called.</summary>
    public TokenCounts? Tokens => _tokens;

    /// <summary>Model calls so far; malformed ones included.</summary>
    public int ModelCalls { get; private set; }

    /// <summary>Answers of the model without a usable tool call.</summary>
    public int MalformedCalls { get; private set; }

    /// <summary>How many of them in a row end the agent, from 1.</summary>
    public int MostUnusableAnswers => _limits.UnusableAnswers;

    /// <summary>The task's folder, with its gold patches: for agents that are part of the harness. Nobody else's agent sees it.</summary>
    internal CodingTask Task => _assignment.Task;

    /// <summary>The experiment's model; null where the agent uses none.</summary>
    internal IChatModel? Model { get; init; }

    /// <summary>Waited for before each call of a model: throws where the case is another worker's by now. Null asks nobody.</summary>
    internal Func<CancellationToken, Task>? MayPay { get; init; }

    /// <summary>Tokens of a prompt near which the history is to be compacted.</summary>
    internal int ContextTokens { get; init; } = new ModelSettings().ContextTokens;

    /// <summary>What the experiment's model costs; null where it has no price.</summary>
    internal ModelPrice? Price { get; init; }

    /// <summary>What an agent says of its steps and calls that works by one command, of which the harness sees one step alone; null where
    /// the harness counts.</summary>
    internal OwnCounts? OwnCounts { get; set; }

    /// <summary>How often it asked to send or to read messages.</summary>
    internal int MessageCalls => _messageCalls;

    /// <summary>The agent's prompts; null where its kind has none.</summary>
    internal ShellPrompts? Prompts { get; init; }

    /// <summary>The order of the agents' steps; null if each goes at its own pace.</summary>
    internal StepTurns? Turns { get; init; }

    /// <summary>What must not be written down; the trajectory and the record see to it by themselves.</summary>
    internal SecretFilter Secrets { get; init; } = SecretFilter.None;

    /// <summary>The agent's wall clock.</summary>
    internal AgentWatch? Watch { get; init; }

    /// <summary>The folder of commands that its own commands find first; null if there is none.</summary>
    internal string? SearchPath { get; set; }

    /// <summary>The first command or message, done again, that was not as recorded, in words; null if all was the same.</summary>
    internal string? Departure(bool isResumed) => _journal.Divergence is not string divergence ? null
        : $"departs from its recording in {divergence}{(isResumed ? "; it went on from what was recorded" : "")}";

    /// <summary>Begins a step: checks the limits, counts, and delivers what teammates wrote since the last one.</summary>
    /// <returns>The messages delivered by this step; the agent must put them where it will read them.</returns>
    /// <exception cref="AgentLimitException">Steps, cost or tokens are used up.</exception>
    public Task<IReadOnlyList<MessageRecord>> BeginStepAsync(CancellationToken cancellationToken) =>
        BeginStepAsync(takesMessages: true, cancellationToken);

    private async Task<IReadOnlyList<MessageRecord>> BeginStepAsync(bool takesMessages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Steps >= _limits.Steps)
            throw new AgentLimitException("steps");
        if (_cost >= _limits.CostUsd)
            throw new AgentLimitException("cost");
        if (_limits.Tokens is long most && (_tokens?.Input + _tokens?.Output) >= most)
            throw new AgentLimitException("tokens");
        if (Turns is not null)
            await Turns.NextAsync(AgentId, cancellationToken);
        _journal.Step++;
        return Mailbox is null || !takesMessages ? [] : await _journal.TakeAsync(Mailbox, byCommand: false, cancellationToken);
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
        TimeSpan most = _limits.Command + _limits.EndGrace;
        request = request with { TimeLimit = most < request.TimeLimit ? most : request.TimeLimit };
        if (SearchPath is string path)
            request = request with { Environment = new Dictionary<string, string>(request.Environment) { ["PATH"] = path } };
        return await _journal.RunCommandAsync(
            command,
            async () =>
            {
                using Activity? span = Instrumentation.Command(AgentId, Steps);
                ExecResult result = await Sandbox.ExecAsync(request, cancellationToken);
                span?.SetTag("process.exit.code", result.ExitCode);
                return result;
            },
            cancellationToken);
    }

    /// <summary>Writes a line of the trajectory; it is on its way to the disk when this returns. What a resumed trajectory holds already is
    /// not written again.</summary>
    public void Note(string kind, string? text = null, string? output = null, int? exitCode = null, double? seconds = null) =>
        _journal.Note(kind, text, output, exitCode, seconds);
}

