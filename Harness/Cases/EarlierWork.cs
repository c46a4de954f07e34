using System.Text.Json;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Recordings;
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
            AgentsReport report = StoreJson.Read<AgentsReport>(File.ReadAllBytes(Path.Combine(folder, StoreLayout.AgentsFile)));
            return new AgentPhaseResult
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
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

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
                ReportOf(agent.NotRun(), [.. recording.Events.Where(e => e.AgentId == agent.AgentId)], kind))],
            Messages = recording.Conversation(id => agents.First(agent => agent.AgentId == id).Features[0]),
            ProvisionSeconds = ProvisionSeconds(Path.Combine(folder, StoreLayout.EventsFile)),
            IsInterrupted = true,
        };
    }

    private static AgentReport ReportOf(AgentReport nothing, TrajectoryEvent[] events, AgentKind kind)
    {
        // What a simulated agent says looks like an answer, but no model was asked, and none is owed for it.
        TrajectoryEvent[] responses = kind.IsSimulated ? [] : [.. events.Where(e => e.Kind == TrajectoryKinds.Response)];
        TokenCounts[] tokens = [.. responses.Select(e => e.Tokens).OfType<TokenCounts>()];
        return events.Length == 0 ? nothing : nothing with
        {
            Steps = events.Max(e => e.Step),
            // A command states its cost at its end only.
            Cost = responses.Any(e => e.Cost is null) || (kind.IsOneCommand && responses.Length == 0 && events.Max(e => e.Step) > 0)
                ? null : responses.Sum(e => e.Cost ?? 0),
            Tokens = Totals.OfTokens(tokens),
            ModelCalls = responses.Length,
            Seconds = Attempt.Seconds(Recording.Worked(events)),
        };
    }

    private static double? ProvisionSeconds(string eventsFile) => !File.Exists(eventsFile) ? null : JsonLines.Read(eventsFile)
        .Where(line => line.IsTerminated)
        .Select(line => StoreJson.Read<AttemptEvent>(line.Utf8.Span))
        .FirstOrDefault(e => e.Phase == CasePhase.Provision)?.Seconds;

    /// <summary>Takes the work of an earlier attempt over into one that only evaluates it; files are copied, so that the new attempt stands
    /// by itself.</summary>
    public static AgentPhaseResult TakeOver(StoreLayout layout, Attempt attempt, int earlier)
    {
        string folder = layout.AttemptFolder(attempt.Intent.CaseId, earlier);
        AgentPhaseResult work = TryRead(folder) ?? throw new IOException($"{folder} holds no work of agents that could be evaluated.");
        foreach (string name in work.Agents.Select(agent => StoreLayout.RawPatch(agent.AgentId)).Append(StoreLayout.TrajectoryFile)
            .Append(StoreLayout.ConversationFile).Append(StoreLayout.AgentsFile))
        {
            if (ReadIfThere(Path.Combine(folder, name)) is byte[] content)
                attempt.Write(name, content);
        }
        return work;
    }

    private static byte[]? ReadIfThere(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}
