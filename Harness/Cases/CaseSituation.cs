using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>What is known of a claimed case before anything is done for it.</summary>
internal sealed record CaseSituation
{
    public required RunStatus Status { get; init; }

    /// <summary>Its records; null if it has none.</summary>
    public CaseHistory? History { get; init; }

    /// <summary>The latest attempt whose agents came to their end; null if there is none, or nobody asks (only for
    /// <see cref="RunStatus.Results"/>).</summary>
    public int? FinishedAttempt { get; init; }

    /// <summary>Why its agents cannot be started; null if they can.</summary>
    public string? WhyNoAgent { get; init; }

    /// <summary>What a replay agent is to do again; null for every other agent.</summary>
    public Recording? Replay { get; init; }

    /// <summary>What an attempt without a result left; null if nothing can be taken up.</summary>
    public Continuation? Continuation { get; init; }

    /// <summary>Reads it from the store.</summary>
    public static CaseSituation Read(RunEnvironment environment, CaseId caseId)
    {
        CaseHistory? history = environment.Index.Find(caseId);
        RunStatus status = RunStatusReader.Of(environment.Layout, caseId, history);
        Recording? replay = ReplayOf(environment, caseId);
        return new CaseSituation
        {
            Status = status,
            History = history,
            FinishedAttempt = status == RunStatus.Results ? RunStatusReader.LatestFinished(environment.Layout, caseId) : null,
            WhyNoAgent = environment.WhyNoAgent() ?? (environment.Agent.IsReplay && replay is null
                ? $"there is no recording of it with answers of a model in {environment.Configuration.Agent.Recording} (agent.recording)"
                : null),
            Replay = replay,
            Continuation = Continuation.Find(environment, caseId),
        };
    }

    /// <summary>What the replay agent does again: of an experiment's case the latest attempt that a model was asked in. Null for every
    /// other agent, and where there is no such recording.</summary>
    private static Recording? ReplayOf(RunEnvironment environment, CaseId caseId)
    {
        if (!environment.Agent.IsReplay || environment.Configuration.Agent.Recording is not string named)
            return null;
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(ProjectFolder.Find(), named)));
        var layout = new StoreLayout(Path.GetDirectoryName(folder)!, Path.GetFileName(folder));
        return layout.AttemptNumbers(caseId).Reverse().Select(number => layout.AttemptFolder(caseId, number))
            .Prepend(Path.Combine(folder, caseId.ToString()))
            .Select(attempt => Recording.TryRead(Path.Combine(attempt, StoreLayout.TrajectoryFile)))
            .FirstOrDefault(recording => recording is { Responses: > 0 });
    }
}

/// <summary>What an attempt that met an infrastructure error left for the next one.</summary>
/// <param name="AgentsFinished">Whether its agents came to their end, so that only the evaluation is missing.</param>
/// <param name="Continuation">What its agents had done, if that can be taken up.</param>
internal sealed record CaseRemains(bool AgentsFinished, Continuation? Continuation)
{
    /// <summary>Whether another evaluation would come to the same error.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Reads it from the store; nothing is looked for after an attempt without such an error.</summary>
    public static CaseRemains Of(RunEnvironment environment, RunRecord record) => !record.InfraError
        ? new CaseRemains(false, null)
        : new CaseRemains(
            RunStatusReader.AgentsFinished(environment.Layout, record.CaseId, record.Attempt),
            Continuation.Find(environment, record.CaseId));
}

/// <summary>What an attempt that did not come to its end leaves to the next.</summary>
/// <param name="Recording">What its agents did.</param>
/// <param name="Attempt">Its number.</param>
internal sealed record Continuation(Recording Recording, int Attempt)
{
    /// <summary>The latest attempt of a case whose model was asked, if nothing came of it.</summary>
    public static Continuation? Find(RunEnvironment environment, CaseId caseId)
    {
        if (!environment.Agent.CanResume || environment.Index.Find(caseId)?.Counting is not null)
            return null;
        string[] agents = [.. AgentPhase.RolesOf(caseId).Select(role => role.AgentId)];
        foreach (int number in environment.Layout.AttemptNumbers(caseId).Reverse())
        {
            // Lines of agents that the case does not have are of another one: nothing of such a recording is taken up.
            if (Recording.TryRead(Path.Combine(environment.Layout.AttemptFolder(caseId, number), StoreLayout.TrajectoryFile)) is
                { Responses: > 0 } recording && recording.Events.All(e => agents.Contains(e.AgentId)))
                return new Continuation(recording, number);
        }
        return null;
    }
}
