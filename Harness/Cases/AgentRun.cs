using System.Diagnostics;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Channel;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>One agent of an attempt: runs it under its limits, decides its row of the outcome table, and takes its patch in every exit path
/// while its sandbox lives.</summary>
internal sealed class AgentRun(RunEnvironment environment, CodingTask task, ICaseClaim? claim, CaseId caseId, string agentId,
    FeatureSet features)
{
    private static readonly TimeSpan OneCommandGrace = TimeSpan.FromMinutes(1);

    public string AgentId => agentId;

    public FeatureSet Features => features;

    /// <summary>What is known of an agent that never ran.</summary>
    public AgentReport NotRun() => AgentReport.NotRun(agentId, features);

    /// <summary>Runs the agent; does not throw, whatever happens. Its team, if it has one, knows that it has ended before its patch is
    /// taken.</summary>
    public async Task<AgentResult> RunAsync(ISandbox sandbox, Team? team, TrajectoryWriter trajectory, Replay? replay,
        CancellationToken cancellationToken)
    {
        using Activity? span = Instrumentation.Agent(agentId, environment.Agent.Kind, environment.ModelProvider?.Name,
            environment.ModelProvider is null ? null : environment.ModelName);
        try
        {
            AgentResult result = await RunToEndAsync(sandbox, team, trajectory, replay, cancellationToken);
            span?.SetTag("tandem.agent_status", result.Report.Status.ToString()).SetTag("tandem.steps", result.Report.Steps);
            return result;
        }
        finally
        {
            team?.Leave(agentId);
            replay?.Barrier.Leave(agentId);
        }
    }

    private async Task<AgentResult> RunToEndAsync(ISandbox sandbox, Team? team, TrajectoryWriter trajectory, Replay? replay,
        CancellationToken cancellationToken)
    {
        string baseCommit;
        try
        {
            baseCommit = await ImageCheck.ReadBaseCommitAsync(sandbox, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new AgentResult(NotRun(), null, null, IsInterrupted: true, null);
        }
        catch (SandboxException exception)
        {
            environment.Images.Refuse(task, exception);
            return new AgentResult(NotRun(), null, InfraErrors.Of(exception, CasePhase.Provision), IsInterrupted: false, null);
        }

        var limits = environment.Configuration.Limits;
        // A single command is ended by its own limit, so that what it printed is kept; the watch stands behind it.
        using var watch = new AgentWatch(environment.Clock, TimeSpan.FromMinutes(limits.AgentMinutes)
            + (environment.Agent.IsOneCommand ? OneCommandGrace : TimeSpan.Zero));
        var context = new AgentContext(
            new Assignment(caseId, agentId, features, task, TaskPrompt.For(task, features), baseCommit),
            environment.Configuration.Agent, sandbox, JournalOf(replay, trajectory, watch),
            new AgentLimits(limits.Steps, environment.Agent.IsOneCommand ? TimeSpan.FromMinutes(limits.AgentMinutes)
                : TimeSpan.FromSeconds(limits.CommandSeconds),
                limits.CaseCostUsd / (caseId.Setting == Setting.Solo ? 1 : caseId.Features.Count), limits.Tokens,
                limits.UnusableAnswers)
            { EndGrace = environment.Agent.IsOneCommand ? CommandAgent.EndGrace : TimeSpan.Zero },
            environment.Clock)
        {
            Mailbox = team?.Mailroom.BoxOf(agentId),
            Turns = team?.Turns,
            Model = environment.Model,
            MayPay = claim is null ? null : claim.RequireAsync,
            ModelName = environment.ModelName,
            Price = environment.ModelName is string model ? environment.Prices?.Find(model) : null,
            Prompts = environment.Prompts,
            ContextTokens = environment.Configuration.Model.ContextTokens,
            Secrets = environment.Secrets,
            Watch = watch,
            Gateway = environment.Gateway,
            GatewayFolder = StoreLayout.GatewayFolder(trajectory.Folder, agentId),
            RecordedGatewayFolder = replay is null ? null : StoreLayout.GatewayFolder(replay.Recording.Folder, agentId),
            ImageName = $"{task.Image.Name} {task.Image.BuildDigest}".TrimEnd(),
        };
        Ending ending = await EndAsync(context, watch, replay, cancellationToken);
        watch.Pause();
        team?.Leave(agentId);
        replay?.Barrier.Leave(agentId);
        TimeSpan duration = watch.Elapsed;
        if (ending.Divergence is not null)
            return new AgentResult(Report(ending.Status, null, context, Attempt.Seconds(duration), null, ending.Message), null, null,
                IsInterrupted: true, baseCommit, ending.Divergence);

        TakenPatch? patch = null;
        if (ending.Error?.Class is not ErrorClass.SandboxLost)
            (patch, ending) = await LastPatch.TakeAsync(context, ending, environment.PatchTime, environment.Clock);
        try
        {
            if (environment.Agent.TalksByCommands && !ending.IsInterrupted && context is { Mailbox: not null, MessageCalls: 0, Steps: > 0 })
                context.Note(TrajectoryKinds.MessagesUnused, "it never asked to send or to read a message");
            context.Note(TrajectoryKinds.End, text: ending.Limit is null ? ending.Status.ToString()
                : $"{ending.Status} ({ending.Limit})", output: ending.Message, seconds: duration.TotalSeconds);
        }
        catch (TrajectoryException exception) when (ending.Error is null && !ending.IsInterrupted)
        {
            ending = Ending.Lost(exception);
        }
        catch (TrajectoryException)
        {
            // What ended the agent is the one to report.
        }
        string? message = ending.Message ?? context.Departure(isResumed: replay is { IsResumed: true });
        return new AgentResult(Report(ending.Status, ending.Limit, context, Attempt.Seconds(duration), patch, message), patch?.Content,
            ending.Error, ending.IsInterrupted, baseCommit)
        { RefusedSubmission = patch?.RefusedSubmission };
    }

    private async Task<Ending> EndAsync(AgentContext context, AgentWatch watch, Replay? replay,
        CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(watch.Token, cancellationToken);
        try
        {
            context.Note(TrajectoryKinds.Start, text: context.Prompt);
            AgentEnd end = await WorkAsync(context, either.Token);
            return new Ending(end.Status, Message: end.Error);
        }
        catch (RecordingEndedException)
        {
            return Ending.Of(replay!.Recording.Of(agentId));
        }
        catch (DivergenceException exception)
        {
            return new Ending(AgentStatus.Unknown, Message: exception.Message, IsInterrupted: true, Divergence: exception.Message);
        }
        catch (ModelException exception)
        {
            return new Ending(AgentStatus.Error, Message: exception.Message, Error: InfraErrors.Of(exception, CasePhase.Agent));
        }
        catch (AgentLimitException limit)
        {
            return new Ending(AgentStatus.LimitsExceeded, limit.Limit, Message: limit.Detail);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new Ending(AgentStatus.Unknown, Message: "interrupted", IsInterrupted: true);
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested)
        {
            return new Ending(AgentStatus.LimitsExceeded, "wall_clock");
        }
        catch (SandboxException exception)
        {
            return Ending.Of(exception);
        }
        catch (TrajectoryException exception)
        {
            return Ending.Lost(exception);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return new Ending(AgentStatus.Error, Message: $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    private Journal JournalOf(Replay? replay, TrajectoryWriter trajectory, AgentWatch watch) => replay switch
    {
        null => new Journal(agentId, trajectory, environment.Clock),
        { IsResumed: false } => new ReplayJournal(agentId, trajectory, environment.Clock, replay.Recording.Of(agentId)),
        _ => new ResumedJournal(
            agentId, trajectory, environment.Clock, replay.Recording.Of(agentId), replay.Barrier, watch.GoOnFrom),
    };

    private async Task<AgentEnd> WorkAsync(AgentContext context, CancellationToken cancellationToken)
    {
        if (context.Mailbox is null || !environment.Agent.TalksByCommands)
            return await environment.Agent.Create().RunAsync(context, cancellationToken);
        CommandChannel channel = await CommandChannel.OpenAsync(context.Sandbox, agentId, context, context.Pages,
            (kind, text) => context.Note(kind, text), environment.Provider.Abilities, cancellationToken);
        context.SearchPath = channel.SearchPath;
        await using (channel)
            return await environment.Agent.Create().RunAsync(context, cancellationToken);
    }

    private AgentReport Report(AgentStatus status, string? limit, AgentContext context, double? seconds, TakenPatch? patch,
        string? error) => NotRun() with
        {
            Status = status,
            Limit = limit,
            Steps = context.OwnCounts is { } own ? own.Steps : context.Steps,
            Cost = context.Cost,
            Tokens = context.Tokens,
            ModelCalls = context.OwnCounts is { } counts ? counts.ModelCalls : context.ModelCalls,
            MalformedCalls = context.OwnCounts is null ? context.MalformedCalls : null,
            MessageCalls = context.Mailbox is null || (context.MessageCalls == 0 && !environment.Agent.TalksByCommands) ? null
                : context.MessageCalls,
            Seconds = seconds,
            PatchSource = patch?.Source,
            PatchBytes = patch?.Content.Length,
            Submission = patch?.Submission,
            LeftOut = patch is { LeftOut.Count: > 0 } ? patch.LeftOut : null,
            Gateway = context.GatewayReport,
            Error = error is null ? null : environment.Secrets.Clean(error),
        };
}
