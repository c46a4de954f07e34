using System.Text.Json;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>The work of agents that an earlier attempt left on disk.</summary>
internal static class EarlierWork
{
    /// <summary>The work in an attempt's folder; null if its agents had not come to an end.</summary>
    public static AgentPhaseResult? TryRead(string folder)
    {
        try
        {
            return Of(folder, StoreJson.Read<AgentsReport>(RegularFile.ReadOwn(Revisions.Latest(folder, StoreLayout.AgentsFile))));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Why the work that a record names can no longer be evaluated: the first patch that is not what it was. Null if it
    /// can.</summary>
    public static string? WhyLost(StoreLayout layout, RunRecord record)
    {
        string folder = layout.AttemptFolder(record.CaseId, record.Attempt);
        return record.Artifacts
            .Where(artifact => record.Agents.Any(agent => StoreLayout.RawPatch(agent.AgentId) == artifact.Path))
            .Select(artifact => FileFault.Of(folder, artifact)?.ToString()).FirstOrDefault(fault => fault is not null);
    }

    private static AgentPhaseResult Of(string folder, AgentsReport report) => new()
    {
        Agents = report.Agents,
        Patches = [.. report.Agents.Select(agent => ReadIfThere(Path.Combine(folder, StoreLayout.RawPatch(agent.AgentId))))],
        Messages = report.Messages,
        BaseCommit = report.BaseCommit,
        Image = report.Image is string image && report.ImageId is string id ? new SandboxImage(image, id) : null,
        Sandboxes = report.Sandboxes,
        ProvisionSeconds = report.Time.Provision,
        AgentSeconds = report.Time.Agent,
    };

    /// <summary>What the trajectory shows of agents that were killed: their steps, costs and messages; null if they had not
    /// begun.</summary>
    /// <param name="folder">The attempt's folder.</param>
    /// <param name="agents">Its agents.</param>
    /// <param name="kind">Their kind.</param>
    public static AgentPhaseResult? FromTrajectory(string folder, IReadOnlyList<AgentRun> agents, AgentKind kind)
    {
        if (Recording.TryRead(Path.Combine(folder, StoreLayout.TrajectoryFile)) is not { Events.Count: > 0 } recording)
            return null;
        return new AgentPhaseResult
        {
            Agents = [.. agents.Select(agent =>
                WithLost(ReportOf(agent.NotRun(), [.. recording.Events.Where(e => e.AgentId == agent.AgentId)], kind), folder))],
            Messages = recording.Conversation(id => agents.FirstOrDefault(agent => agent.AgentId == id)?.Features[0] ?? 0),
            ProvisionSeconds = ProvisionSeconds(Path.Combine(folder, StoreLayout.EventsFile)),
            IsInterrupted = true,
        };
    }

    /// <summary>What one agent's events show of its work.</summary>
    internal static AgentReport ReportOf(AgentReport nothing, TrajectoryEvent[] events, AgentKind kind)
    {
        // What a simulated agent says looks like an answer, but no model was asked, and none is owed for it.
        TrajectoryEvent[] responses = kind.IsSimulated ? [] : [.. events.Where(e => e.Kind == TrajectoryKinds.Response)];
        TrajectoryEvent[] paid = [.. events.Where(e => e.Kind == TrajectoryKinds.Unusable), .. responses];
        TokenCounts[] tokens = [.. paid.Select(e => e.Tokens).OfType<TokenCounts>()];
        return events.Length == 0 ? nothing : nothing with
        {
            Steps = kind.IsOneCommand ? null : events.Max(e => e.Step),
            // A command states its cost at its end only.
            Cost = paid.Any(e => e.Cost is null) || (kind.IsOneCommand && responses.Length == 0 && events.Max(e => e.Step) > 0)
                ? null : paid.Sum(e => e.Cost ?? 0),
            Tokens = Totals.OfTokens(tokens),
            ModelCalls = kind.IsOneCommand ? null : responses.Length,
            Seconds = Attempt.Seconds(Recording.Worked(events)),
        };
    }

    /// <summary>A call that was under way at the gateway when the process was killed may have been paid.</summary>
    private static AgentReport WithLost(AgentReport report, string folder) =>
        GatewayFiles.HasLostCall(StoreLayout.GatewayFolder(folder, report.AgentId)) ? report with { Cost = null } : report;

    internal static double? ProvisionSeconds(string eventsFile) => !File.Exists(eventsFile) ? null : JsonLines.Read(eventsFile)
        .Where(line => line.IsTerminated)
        .Select(line => StoreJson.Read<AttemptEvent>(line.Utf8.Span))
        .FirstOrDefault(e => e.Phase == CasePhase.Provision)?.Seconds;

    /// <summary>Takes the work of an earlier attempt over into one that only evaluates it; files are copied, so that the new attempt stands
    /// by itself.</summary>
    public static AgentPhaseResult TakeOver(RunEnvironment environment, Attempt attempt, int earlier)
    {
        string folder = environment.Layout.AttemptFolder(attempt.Intent.CaseId, earlier);
        AgentPhaseResult? work = TryRead(folder);
        if (work is null && environment.Index.Find(attempt.Intent.CaseId)?.Records.LastOrDefault(one => one.Attempt == earlier)
            is RunRecord record && RecordedWork.IsFinished(record))
        {
            // Its report is lost; the record has what it said.
            AgentsReport report = RecordedWork.Agents(record);
            attempt.WriteJson(StoreLayout.AgentsFile, report);
            work = Of(folder, report);
        }
        else if (ReadIfThere(Revisions.Latest(folder, StoreLayout.AgentsFile)) is byte[] report)
        {
            attempt.Write(StoreLayout.AgentsFile, report);
        }
        if (work is null)
            throw new IOException($"{folder} holds no work of agents that could be evaluated.");
        foreach (string name in work.Agents.SelectMany(agent => new[] { StoreLayout.RawPatch(agent.AgentId),
            StoreLayout.RefusedSubmission(agent.AgentId) }).Append(StoreLayout.TrajectoryFile).Append(StoreLayout.ConversationFile))
        {
            if (ReadIfThere(Revisions.Latest(folder, name)) is byte[] content)
                attempt.Write(name, content);
        }
        return work;
    }

    private static byte[]? ReadIfThere(string path) => File.Exists(path) ? RegularFile.ReadOwn(path) : null;
}
