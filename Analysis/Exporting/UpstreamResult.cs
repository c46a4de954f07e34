using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Exporting;

/// <summary>A record as upstream's <c>result.json</c>. Upstream's numbers are never null: what we do not know is 0 there, as it is in its
/// own logs.</summary>
internal static class UpstreamResult
{
    // What can end a line for Python's splitlines, by which upstream counts a patch's.
    private const string LineEnds = "\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029";

    public static JsonObject Of(RunRecord record, CaseFiles files, string logFolder)
    {
        bool isSolo = record.Setting == Setting.Solo;
        var result = new JsonObject
        {
            ["repo"] = record.Repo,
            ["task_id"] = record.TaskId,
            ["features"] = new JsonArray([.. record.Features.Select(feature => JsonValue.Create(feature))]),
            ["setting"] = UpstreamRun.FolderOf(record.Setting),
            ["run_id"] = RunIdOf(record.AttemptId),
            ["run_name"] = record.RunName,
            ["agent_framework"] = record.Agent,
            ["model"] = record.Model ?? "",
            ["started_at"] = UpstreamClock.Format(record.StartedAt),
            ["ended_at"] = UpstreamClock.Format(record.StartedAt.AddSeconds(record.DurationSeconds)),
            ["duration_seconds"] = record.DurationSeconds,
        };
        if (isSolo)
            result["agent"] = Agent(record, record.Agents.Count > 0 ? record.Agents[0] : null, files);
        else
            result["agents"] = new JsonObject(Agents(record, files));
        result["total_cost"] = record.TotalCost ?? 0;
        result["total_steps"] = record.TotalSteps ?? 0;
        if (!isSolo)
            result["messages_sent"] = record.Messages.Count;
        result["log_dir"] = logFolder;
        // Ours: upstream passes over what it does not know, and import takes it instead of searching the errors' texts.
        result["infra_error"] = record.InfraError;
        result["simulated"] = record.Simulated;
        return result;
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Agents(RunRecord record, CaseFiles files)
    {
        for (int i = 0; i < record.Features.Count; i++)
        {
            AgentReport? agent = record.Agents.FirstOrDefault(agent => agent.Features.Contains(record.Features[i]));
            JsonObject one = Agent(record, agent, files);
            one.Insert(0, "feature_id", record.Features[i]);
            yield return KeyValuePair.Create<string, JsonNode?>(agent?.AgentId ?? FormattableString.Invariant($"agent{i + 1}"), one);
        }
    }

    private static JsonObject Agent(RunRecord record, AgentReport? agent, CaseFiles files)
    {
        AgentStatus status = agent?.Status ?? AgentStatus.Unknown;
        // Upstream runs a case again if an agent's status is Error, and only then.
        if (record.InfraError && status == AgentStatus.Unknown)
            status = AgentStatus.Error;
        UpstreamTokens tokens = UpstreamTokens.Of(agent?.Tokens, record.Agent);
        return new JsonObject
        {
            ["status"] = EnumNames.NameOf(status),
            ["cost"] = agent?.Cost ?? 0,
            ["steps"] = agent?.Steps ?? 0,
            ["input_tokens"] = tokens.Input,
            ["output_tokens"] = tokens.Output,
            ["cache_read_tokens"] = tokens.CacheRead,
            ["cache_write_tokens"] = tokens.CacheWrite,
            ["patch_lines"] = agent is not null && files.Patch(agent.AgentId) is byte[] patch ? LinesOf(Encoding.UTF8.GetString(patch)) : 0,
            ["error"] = agent?.Error ?? (status == AgentStatus.Error ? record.Error?.Message : null),
        };
    }

    private static int LinesOf(string text)
    {
        int lines = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (LineEnds.Contains(text[i], StringComparison.Ordinal) && !(text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n'))
                lines++;
        }
        return lines + (text.Length > 0 && !LineEnds.Contains(text[^1], StringComparison.Ordinal) ? 1 : 0);
    }

    // Eight hex digits there; an imported record has upstream's own in the middle of its id.
    private static string RunIdOf(string attemptId) =>
        attemptId.Split('-') is [Provenance.Imported, { Length: > 0 } own, _] && own != "none"
        ? own
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(attemptId)))[..8];
}
