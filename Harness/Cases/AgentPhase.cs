using Tandem.Harness.Admission;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Messaging;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>Steps 2 to 4 of a case: one sandbox per agent, the agents under their limits, their patches on disk.</summary>
internal sealed class AgentPhase(RunEnvironment environment, CodingTask task, ICaseClaim? claim = null)
{
    /// <summary>The agents of a case, with their features: one for all features, or one per feature, the smallest first.</summary>
    public static IReadOnlyList<(string AgentId, FeatureSet Features)> RolesOf(CaseId caseId) => caseId.Setting switch
    {
        Setting.Solo => [("solo", caseId.Features)],
        Setting.CoopNocomm or Setting.CoopComm =>
            [.. caseId.Features.Select((id, i) => ($"agent{i + 1}", FeatureSet.Create([id])))],
        _ => throw new ArgumentOutOfRangeException(nameof(caseId), caseId.Setting, null),
    };

    public IReadOnlyList<AgentRun> AgentsOf(CaseId caseId) =>
        [.. RolesOf(caseId).Select(role => new AgentRun(environment, task, claim, caseId, role.AgentId, role.Features))];

    /// <summary>Ends, never with an error, when the sandboxes of the last run are gone. Nobody needs them any more, so the evaluation's may
    /// be made meanwhile.</summary>
    public Task Removal { get; private set; } = Task.CompletedTask;

    /// <summary>Runs the agents of an attempt; faults are in what it returns. Its sandboxes are on their way out when it does: see
    /// <see cref="Removal"/>.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="recording">What its agents do again; null if they begin anew.</param>
    /// <param name="cancellationToken">Interrupts them.</param>
    public async Task<AgentPhaseResult> RunAsync(Attempt attempt, Recording? recording, CancellationToken cancellationToken)
    {
        IReadOnlyList<AgentRun> agents = AgentsOf(attempt.Intent.CaseId);
        AgentPhaseResult result = new() { Agents = [.. agents.Select(agent => agent.NotRun())] };
        long started = environment.Clock.GetTimestamp();
        ISandbox[] sandboxes = [];
        using (Instrumentation.Phase(CasePhase.Provision))
            try
            {
                SandboxImage image = await environment.Provider.PrepareImageAsync(task.Image, cancellationToken);
                result = result with { Image = image };
                ProgramVolume? programs = environment.Gateway is { } gateway ? await gateway.PrepareProgramsAsync(cancellationToken) : null;
                sandboxes = await CreateAllAsync(agents, attempt, image, programs, cancellationToken);
                result = result with { ProvisionSeconds = Attempt.Seconds(environment.Clock.GetElapsedTime(started)) };
                attempt.NotePhase(CasePhase.Provision, "ok", environment.Clock.GetElapsedTime(started));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                attempt.TryNotePhase(CasePhase.Provision, "interrupted", environment.Clock.GetElapsedTime(started));
                return result with { IsInterrupted = true };
            }
            catch (Exception exception) when (exception is SandboxException or IOException)
            {
                RunError error = InfraErrors.Of(exception, CasePhase.Provision);
                attempt.TryNotePhase(CasePhase.Provision, EnumNames.NameOf(error.Class), environment.Clock.GetElapsedTime(started));
                // They are there if it was the journal that could not be written.
                Removal = RemoveAsync(sandboxes);
                return result with { Error = error };
            }

        try
        {
            return await WorkAsync(agents, sandboxes, attempt, recording, result, cancellationToken);
        }
        finally
        {
            Removal = RemoveAsync(sandboxes);
        }
    }

    private static Task RemoveAsync(ISandbox[] sandboxes) => Task.WhenAll(sandboxes.Select(sandbox => sandbox.DisposeAsync().AsTask()));

    private async Task<AgentPhaseResult> WorkAsync(
        IReadOnlyList<AgentRun> agents, ISandbox[] sandboxes, Attempt attempt, Recording? recording, AgentPhaseResult result,
            CancellationToken cancellationToken)
    {
        long started = environment.Clock.GetTimestamp();
        // An agent whose teammate's sandbox is lost works for nothing: the attempt has no verdict any more.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Team? team = TeamOf(agents, attempt.Intent.CaseId.Setting);
        bool isResumed = recording is not null && !environment.Agent.IsReplay;
        recording = isResumed ? recording!.WithoutInterruptedEnds() : recording;
        Replay? replay = recording is null
            ? null : new Replay(recording, isResumed, new StepBarrier(agents.Select(agent => agent.AgentId)));
        AgentResult[] results;
        bool isConversationKept = true;
        try
        {
            using var trajectory = new TrajectoryWriter(Path.Combine(attempt.Folder, StoreLayout.TrajectoryFile), environment.Secrets);
            if (isResumed)
            {
                foreach (TrajectoryEvent earlier in recording!.Events)
                    trajectory.Append(earlier);
                team?.Mailroom.Restore(recording.Conversation(id => agents.First(agent => agent.AgentId == id).Features[0]));
            }
            results = await Task.WhenAll(agents.Select((agent, i) => Task.Run(
                async () =>
                {
                    AgentResult one = await agent.RunAsync(sandboxes[i], team, trajectory, replay, stop.Token);
                    if (one.Error is not null || one.Divergence is not null)
                        await stop.CancelAsync();
                    return one;
                },
                CancellationToken.None)));
        }
        finally
        {
            try
            {
                if (team is not null)
                    attempt.WriteJson(StoreLayout.ConversationFile, ConversationOf(team));
            }
            catch (IOException)
            {
                isConversationKept = false;
            }
        }
        SandboxReport[] used = await Task.WhenAll(agents
            .Select(async (agent, i) =>
            ToReport(agent.AgentId, sandboxes[i].Id, await sandboxes[i].ReadUsageAsync(CancellationToken.None))));
        TimeSpan duration = environment.Clock.GetElapsedTime(started);
        result = result with
        {
            Agents = [.. results.Select(r => r.Report)],
            Patches = [.. results.Select(r => r.Patch)],
            Messages = ConversationOf(team),
            Error = results.Select(r => r.Error).FirstOrDefault(e => e is not null),
            IsInterrupted = (cancellationToken.IsCancellationRequested && results.Any(r => r.IsInterrupted))
                || results.Any(r => r.Divergence is not null),
            Divergence = results.Select(r => r.Divergence).FirstOrDefault(d => d is not null),
            BaseCommit = results.Select(r => r.BaseCommit).FirstOrDefault(c => c is not null),
            Sandboxes = used,
            AgentSeconds = Attempt.Seconds(duration),
        };
        result = result with { Error = result.Error ?? await environment.IdleGuard.LookAsync(attempt.Intent, result, cancellationToken) };
        void Keep()
        {
            if (!isConversationKept)
                attempt.WriteJson(StoreLayout.ConversationFile, ConversationOf(team));
            foreach (AgentResult one in results.Where(r => r.Patch is not null))
                attempt.Write(StoreLayout.RawPatch(one.Report.AgentId), one.Patch);
            foreach (AgentResult one in results.Where(r => r.RefusedSubmission is not null))
                attempt.Write(StoreLayout.RefusedSubmission(one.Report.AgentId), one.RefusedSubmission);
            attempt.WriteJson(StoreLayout.AgentsFile, new AgentsReport(
                RunRecord.CurrentSchemaVersion, result.Error is null && !results.Any(r => r.IsInterrupted), result.BaseCommit,
                    result.Agents, result.Messages, result.Image?.Reference, result.Image?.Id, used,
                new TimeBreakdown(null, result.ProvisionSeconds, result.AgentSeconds, null, null)));
        }
        try
        {
            // The agents were paid: what they left waits for room.
            await environment.Breaker.KeepAsync(Keep, cancellationToken);
        }
        catch (StoreUnwritableException exception)
        {
            // It cannot be kept: the record must say both.
            result = result with { Error = InfraErrors.Of(exception.InnerException!, CasePhase.Agent) };
        }
        catch (OperationCanceledException)
        {
            result = result with { IsInterrupted = true };
        }
        attempt.TryNotePhase(CasePhase.Agent, result.IsInterrupted ? "interrupted" : result.Error is RunError error
            ? EnumNames.NameOf(error.Class) : "ok", duration);
        return result;
    }

    /// <summary>What was said, without the keys that an agent may know.</summary>
    private IReadOnlyList<MessageRecord> ConversationOf(Team? team) =>
        [.. (team?.Mailroom.Conversation ?? []).Select(message => message with { Message = environment.Secrets.Clean(message.Message) })];

    /// <summary>Only in coop-comm can the agents write to each other.</summary>
    private Team? TeamOf(IReadOnlyList<AgentRun> agents, Setting setting) => setting != Setting.CoopComm ? null : new Team(
        new Mailroom([.. agents.Select(agent => (agent.AgentId, agent.Features[0]))], environment.Clock)
        { AcceptsForFinished = environment.Agent.IsReplay },
        environment.Agent.TakesTurns ? new StepTurns([.. agents.Select(agent => agent.AgentId)]) : null);

    private async Task<ISandbox[]> CreateAllAsync(IReadOnlyList<AgentRun> agents, Attempt attempt, SandboxImage image,
        ProgramVolume? programs, CancellationToken cancellationToken)
    {
        Task<ISandbox>[] creations = [.. agents.Select(agent => environment.Provider.CreateAsync(
            Specs.For(environment, attempt.Intent, image, agent.AgentId, environment.Configuration.Sandbox.AgentNetwork
                ?? environment.TaskSet.Options.AgentNetwork, programs), cancellationToken))];
        try
        {
            return await Task.WhenAll(creations);
        }
        catch
        {
            foreach (Task<ISandbox> creation in creations.Where(c => c.IsCompletedSuccessfully))
                await creation.Result.DisposeAsync();
            throw;
        }
    }

    internal static SandboxReport ToReport(string role, string id, SandboxUsage usage) =>
        new(role, id, usage.PeakMemoryBytes, usage.CpuSeconds, usage.ThrottledSeconds, usage.OomKills);
}
