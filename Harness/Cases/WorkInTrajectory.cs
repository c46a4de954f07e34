using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Recordings;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>The report of agents that had come to their end, from their trajectory and their patches: a crash left both and nothing
/// else.</summary>
internal static class WorkInTrajectory
{
    /// <summary>Null unless every agent's last line says that it ended by itself or at a limit, and its patch is there. An agent that
    /// ended with an error may have met one of the infrastructure: the trajectory does not say which, so nothing is made of it.</summary>
    public static AgentsReport? TryRead(string folder, CaseId caseId, AgentKind kind)
    {
        if (Recording.TryRead(Path.Combine(folder, StoreLayout.TrajectoryFile)) is not { Events.Count: > 0 } recording)
            return null;
        var reports = new List<AgentReport>();
        IReadOnlyList<(string AgentId, FeatureSet Features)> agents = AgentPhase.RolesOf(caseId);
        foreach ((string agentId, FeatureSet features) in agents)
        {
            var patch = new FileInfo(Path.Combine(folder, StoreLayout.RawPatch(agentId)));
            TrajectoryEvent[] events = [.. recording.Events.Where(e => e.AgentId == agentId)];
            // What is noted behind its end, a message that came too late, is not its own; but it may have been taken up again.
            if (!patch.Exists || events.LastOrDefault(e => e.Kind is TrajectoryKinds.End or TrajectoryKinds.Resumed)
                is not { Kind: TrajectoryKinds.End } end || EndOf(end.Text ?? "") is not (AgentStatus status, var limit))
                return null;
            reports.Add(EarlierWork.ReportOf(AgentReport.NotRun(agentId, features), events, kind) with
            {
                Status = status,
                Limit = limit,
                Seconds = end.Seconds is double seconds ? Math.Round(seconds, 3) : null,
                PatchBytes = patch.Length,
                Error = end.Output,
            });
        }
        return new AgentsReport(RunRecord.CurrentSchemaVersion, Finished: true, BaseCommit: null, reports,
            caseId.Setting == Setting.CoopComm
                ? recording.Conversation(id => agents.First(agent => agent.AgentId == id).Features[0]) : [],
            Image: null, ImageId: null, Sandboxes: [],
            new TimeBreakdown(null, EarlierWork.ProvisionSeconds(Path.Combine(folder, StoreLayout.EventsFile)),
                reports.Max(report => report.Seconds), null, null));
    }

    /// <summary>How an agent ended, as the last line of its trajectory writes it: <c>LimitsExceeded (steps)</c>.</summary>
    private static (AgentStatus Status, string? Limit)? EndOf(string text)
    {
        if (text == AgentStatus.Submitted.ToString())
            return (AgentStatus.Submitted, null);
        string limited = AgentStatus.LimitsExceeded.ToString();
        return text.StartsWith(limited, StringComparison.Ordinal)
            ? (AgentStatus.LimitsExceeded, text[limited.Length..].Trim(' ', '(', ')') is { Length: > 0 } limit ? limit : null) : null;
    }
}
