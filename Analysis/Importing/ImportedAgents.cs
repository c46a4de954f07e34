using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Importing;

/// <summary>The agents of a case, as <c>result.json</c> has them.</summary>
internal sealed record ImportedAgents
{
    private const decimal Cent = 0.01m;

    /// <summary>One per feature (coop) or one (solo), in the order of their features.</summary>
    public required IReadOnlyList<AgentReport> Reports { get; init; }

    /// <summary>The id that upstream's files know each agent by, in the same order.</summary>
    public required IReadOnlyList<string> UpstreamIds { get; init; }

    /// <summary>All agents added; null if upstream's 0 may as well mean that the model had no price.</summary>
    public required decimal? TotalCost { get; init; }

    public required int? TotalSteps { get; init; }

    public AgentStatus Status => Reports.Max(agent => agent.Status);

    /// <summary>What the crashed agents said; null if none crashed.</summary>
    public string? CrashText => Reports.Any(agent => agent.Status == AgentStatus.Error)
        ? string.Join("; ", Reports.Where(agent => agent.Status == AgentStatus.Error)
        .Select(agent => $"{agent.AgentId}: {agent.Error ?? "(no text)"}"))
        : null;

    /// <summary>Says which agents never worked; null if all did, as far as upstream says.</summary>
    public required string? IdleText { get; init; }

    /// <param name="result">The whole file.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="framework">The kind of agent.</param>
    /// <param name="patchBytes">Sizes of the patches, one per agent in the order of their features; null for one that is not there.</param>
    public static ImportedAgents Of(UpstreamObject result, CaseId caseId, string framework, IReadOnlyList<long?> patchBytes)
    {
        bool isSolo = caseId.Setting == Setting.Solo;
        List<(string Id, UpstreamObject? Agent)> found = isSolo ? [("solo", Required(result, "agent"))]
            : Assigned(result, caseId.Features);
        string[] ids = SafeIds(result, [.. found.Select(agent => agent.Id)]);
        AgentReport[] reports = [.. found.Select((agent, i) =>
            Report(ids[i], agent.Agent, isSolo ? caseId.Features : [caseId.Features[i]], framework, patchBytes[i]))];
        decimal? total = result.Amount("total_cost");
        int? steps = result.Count("total_steps");
        bool saysCost = found.Any(agent => agent.Agent?.Has("cost") == true);
        bool saysSteps = found.Any(agent => agent.Agent?.Has("steps") == true);
        decimal added = reports.Sum(agent => agent.Cost ?? 0);
        if (saysCost && total is decimal stated && Math.Abs(added - stated) > Cent)
            result.Warn("total_cost",
                FormattableString.Invariant($"is {stated}, but the agents' costs add up to {added}; what they add up to stands"));
        return new ImportedAgents
        {
            Reports = reports,
            UpstreamIds = [.. found.Select(agent => agent.Id)],
            IdleText = IdleTextOf([.. reports.Where((report, i) => NeverWorked(report, found[i].Agent, framework))
                .Select(report => report.AgentId)]),
            TotalCost = saysCost ? (reports.All(agent => agent.Cost is not null) ? reports.Sum(agent => agent.Cost) : null)
                : Priced(total, steps),
            TotalSteps = saysSteps ? (reports.Any(agent => agent.Steps is not null) ? reports.Sum(agent => agent.Steps ?? 0) : null)
                : steps,
        };
    }

    private static AgentReport Report(string id, UpstreamObject? agent, FeatureSet features, string framework, long? patchBytes)
    {
        string? word = agent?.Text("status");
        UpstreamStatus status = word is null ? new UpstreamStatus(AgentStatus.Unknown, null, IsKnown: false) : UpstreamStatus.Of(word);
        if (agent is not null && word is null)
            agent.Warn("status", "is missing; it is taken as Unknown");
        else if (agent is not null && !status.IsKnown)
            agent.Warn("status", $"'{word}' is no word that is known of upstream; it is taken as {status.Status}");
        int? steps = agent?.Count("steps");
        decimal? cost = agent?.Amount("cost");
        // An adapter that threw an exception reports no steps and no cost, whatever its agent had done.
        bool isLost = status.Status == AgentStatus.Error && steps is null or 0 && cost is null or 0;
        return new AgentReport
        {
            AgentId = id,
            Features = features,
            Status = status.Status,
            Limit = status.Limit,
            Steps = isLost ? null : steps,
            Cost = isLost ? null : Priced(cost, steps),
            Tokens = agent is null ? null : TokensOf(agent).ToCounts(framework),
            ModelCalls = null,
            MalformedCalls = null,
            Seconds = null,
            PatchSource = patchBytes is null ? null : SourceOf(framework),
            PatchBytes = patchBytes,
            ApplyStatus = null,
            Error = agent?.Content("error") ?? (status.IsKnown || word is null ? null : $"upstream's status is '{word}'"),
        };
    }

    /// <summary>An agent that ended at its first call and left neither tokens, nor cost, nor a patch, nor a word of why: its model did not
    /// answer. A framework that counts no tokens says so only where the agent crashed.</summary>
    private static bool NeverWorked(AgentReport report, UpstreamObject? agent, string framework) =>
        agent is not null
        && report.PatchBytes is null or 0
        && agent.Amount("cost") is null or 0
        && agent.Count("steps") is null or <= 1
        && TokensOf(agent) == new UpstreamTokens(0, 0, 0, 0)
        && agent.Content("error") is null
        && (report.Status == AgentStatus.Error || (agent.Has("input_tokens") && CountsTokens(framework)));

    private static bool CountsTokens(string framework) => framework is "claude_code" or "openhands_sdk" or "swe_agent";

    private static string? IdleTextOf(string[] ids) => ids.Length == 0 ? null
        : $"{string.Join(" and ", ids)} never worked: no token, no cost, no patch, and no word of why";

    // A model without a price costs 0 in upstream's books.
    private static decimal? Priced(decimal? cost, int? steps) => cost == 0 && steps != 0 ? null : cost;

    private static UpstreamTokens TokensOf(UpstreamObject agent) =>
        new(agent.Count("input_tokens") ?? 0, agent.Count("output_tokens") ?? 0, agent.Count("cache_read_tokens")
            ?? 0, agent.Count("cache_write_tokens") ?? 0);

    private static PatchSource? SourceOf(string framework) => framework switch
    {
        "mini_swe_agent_v2" or "claude_code" => PatchSource.Submission,
        "openhands_sdk" or "swe_agent" => PatchSource.WorkTree,
        _ => null,
    };

    // The ids become names of files.
    private static string[] SafeIds(UpstreamObject result, string[] ids)
    {
        if (ids.All(SafeSegment.IsSafe) && ids.Distinct(StringComparer.OrdinalIgnoreCase).Count() == ids.Length)
            return ids;
        string[] own = [.. ids.Select((_, i) => FormattableString.Invariant($"agent{i + 1}"))];
        result.Warn("agents", $"has the ids '{string.Join("', '", ids)}', which cannot name files; they are called "
            + string.Join(", ", own));
        return own;
    }

    private static UpstreamObject? Required(UpstreamObject result, string name)
    {
        if (!result.Has(name))
            result.Warn(name, "is missing; how the agent ended is unknown");
        return result.Object(name);
    }

    /// <summary>An agent for each feature. Their order in the file is that in which they ended.</summary>
    private static List<(string Id, UpstreamObject? Agent)> Assigned(UpstreamObject result, FeatureSet features)
    {
        UpstreamObject? agents = Required(result, "agents");
        List<(string Id, UpstreamObject? Agent, int? Feature)> found =
            [.. (agents?.Names ?? []).Distinct().Order(StringComparer.Ordinal).Select(id => (Id: id, Agent: agents!.Object(id)))
                .Select(agent => (agent.Id, agent.Agent, agent.Agent?.Count("feature_id")))];
        var assigned = new List<(string, UpstreamObject?)>();
        foreach (int feature in features)
        {
            int at = found.FindIndex(agent => agent.Feature == feature);
            if (at < 0 && (at = found.FindIndex(agent => agent.Feature is null)) >= 0)
                result.Warn("agents", $"does not say which feature {found[at].Id} built; by the order of the ids it is feature {feature}");
            if (at < 0)
            {
                if (agents is not null)
                    result.Warn("agents", $"has no agent for feature {feature}; how it ended is unknown");
                assigned.Add((FormattableString.Invariant($"agent{assigned.Count + 1}"), null));
                continue;
            }
            assigned.Add((found[at].Id, found[at].Agent));
            found.RemoveAt(at);
        }
        foreach ((string id, _, int? feature) in found)
            result.Warn("agents", $"has {id} for feature {feature?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"}, "
                + $"which is none of the pair's or another agent's; it is left out");
        return assigned;
    }
}
