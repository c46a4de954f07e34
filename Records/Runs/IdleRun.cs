namespace Tandem.Records.Runs;

/// <summary>Attempts whose agents left no sign of work. Several in a row are mostly an outage that showed in no error.</summary>
public static class IdleRun
{
    private static readonly string[] s_ownAgents = ["nop", "oracle", "replay"];

    /// <summary>Whether its agents used no token, sent no message and changed no file. Never for agents that are part of the
    /// harness.</summary>
    public static bool Is(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        // What cannot be taken has been tampered with, which is a sign of work. Imported records know less.
        bool isOwn = record.Provenance.TaskDigest != Provenance.Imported;
        return !record.Simulated && !s_ownAgents.Contains(record.Agent) && record.MessagesCount == 0 && record.Agents.Count > 0
            && record.Agents.All(agent => (agent.PatchBytes is 0 || (agent.PatchBytes is null
                && !(isOwn && agent.Status == AgentStatus.Error))) && agent.Tokens is null or { Input: 0, Output: 0 }
                // Nobody counts the calls of a command.
                && (record.Agent == "command" || agent.ModelCalls is null or 0));
    }

    /// <summary>When its record was made, about.</summary>
    public static DateTimeOffset EndOf(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.DurationSeconds is > 0 and < 1e9 ? record.StartedAt.AddSeconds(record.DurationSeconds) : record.StartedAt;
    }
}
