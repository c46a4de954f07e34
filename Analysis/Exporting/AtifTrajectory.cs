using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Exporting;

/// <summary>One agent's work as a trajectory of ATIF. What is unknown is left out, and never 0.</summary>
internal static class AtifTrajectory
{
    public const string SchemaVersion = "ATIF-v1.7";

    /// <param name="record">The record that counts.</param>
    /// <param name="agent">The agent's part of it.</param>
    /// <param name="events">The agent's lines of the trajectory, at least one.</param>
    /// <param name="unreadable">Lines of the whole trajectory that cannot be read.</param>
    public static JsonObject Of(RunRecord record, AgentReport agent, IReadOnlyList<TrajectoryEvent> events, int unreadable)
    {
        JsonArray steps = AtifSteps.Of(record, events);
        var trajectory = new JsonObject
        {
            ["schema_version"] = SchemaVersion,
            ["session_id"] = record.AttemptId,
            ["trajectory_id"] = $"{record.AttemptId}/{agent.AgentId}",
            ["agent"] = AgentOf(record, agent),
            ["steps"] = steps,
        };
        if (unreadable > 0)
            trajectory["notes"] = string.Create(CultureInfo.InvariantCulture,
                $"Lines of the attempt's trajectory that cannot be read and are left out: {unreadable}.");
        trajectory["final_metrics"] = FinalMetrics(agent, steps.Count);
        trajectory["extra"] = Extra(record, agent);
        return trajectory;
    }

    /// <summary>Adds a member, unless it is unknown.</summary>
    public static void Set(this JsonObject to, string name, JsonNode? value)
    {
        if (value is not null)
            to[name] = value;
    }

    /// <summary>The counts of a call, or of all; cached tokens are among those of the prompt, as they are in ours.</summary>
    /// <param name="prefix">Of the names of tokens and cost; empty for a call's.</param>
    /// <param name="tokens">Null is unknown.</param>
    /// <param name="cost">USD; null is unknown.</param>
    public static JsonObject Metrics(string prefix, TokenCounts? tokens, decimal? cost)
    {
        var metrics = new JsonObject();
        metrics.Set(prefix + "prompt_tokens", tokens?.Input);
        metrics.Set(prefix + "completion_tokens", tokens?.Output);
        metrics.Set(prefix + "cached_tokens", tokens?.CacheRead);
        metrics.Set(prefix + "cost_usd", cost);
        if (tokens?.CacheWrite is long written)
            metrics["extra"] = new JsonObject { ["cache_creation_input_tokens"] = written };
        return metrics;
    }

    private static JsonObject AgentOf(RunRecord record, AgentReport agent)
    {
        var one = new JsonObject { ["name"] = record.Agent, ["version"] = record.Provenance.Harness };
        one.Set("model_name", record.Model);
        var extra = new JsonObject { ["harness"] = "tandem", ["agent_id"] = agent.AgentId, ["simulated"] = record.Simulated };
        extra.Set("prompt_digest", record.Provenance.PromptDigest);
        one["extra"] = extra;
        return one;
    }

    private static JsonObject FinalMetrics(AgentReport agent, int steps)
    {
        JsonObject metrics = Metrics("total_", agent.Tokens, agent.Cost);
        metrics["total_steps"] = steps;
        JsonObject extra = metrics["extra"] as JsonObject ?? [];
        extra.Set("agent_steps", agent.Steps);
        extra.Set("model_calls", agent.ModelCalls);
        extra.Set("seconds", agent.Seconds);
        if (extra.Count > 0 && extra.Parent is null)
            metrics["extra"] = extra;
        return metrics;
    }

    private static JsonObject Extra(RunRecord record, AgentReport agent)
    {
        var extra = new JsonObject
        {
            ["experiment"] = record.Experiment,
            ["case_id"] = record.CaseId.ToString(),
            ["attempt"] = record.Attempt,
            ["attempt_kind"] = EnumNames.NameOf(record.AttemptKind),
            ["features"] = new JsonArray([.. agent.Features.Select(feature => JsonValue.Create(feature))]),
            ["agent_status"] = EnumNames.NameOf(agent.Status),
        };
        extra.Set("limit", agent.Limit);
        extra.Set("error", agent.Error);
        extra.Set("both_passed", record.BothPassed);
        return extra;
    }
}
