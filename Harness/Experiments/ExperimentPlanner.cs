using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Experiments;

/// <summary>An experiment in the store is another one than the configuration says, or cannot be read.</summary>
public sealed class ExperimentMismatchException(string message) : Exception(message);

/// <summary>Makes an experiment's plan, and freezes it in the store.</summary>
public static class ExperimentPlanner
{
    /// <summary>Every case of an experiment: setting by setting, so that solo, from which the difficulty comes, is first; within a setting
    /// seed by seed, pair by pair. With <c>run.order: blocks</c> see <see cref="CaseOrder"/>.</summary>
    /// <exception cref="TaskSetException">The task set does not hold what the configuration names.</exception>
    public static ExperimentPlan Plan(ExperimentConfiguration configuration, TaskSet taskSet, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(taskSet);
        IReadOnlyList<TaskPair> pairs = taskSet.Select(TaskFilter.All with { Subset = configuration.Tasks.Subset });
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (CodingTask task in pairs.Select(pair => pair.Task).Distinct())
            digests[$"{task.Repo}/{task.TaskId}"] = task.Digest;
        JsonElement saved = JsonSerializer.SerializeToElement(configuration, ConfigurationJson.TypeInfo);
        return new ExperimentPlan
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            Experiment = configuration.Name,
            CreatedAt = now,
            SettingsHash = Hash(configuration, digests),
            Settings = saved,
            TaskDigests = digests,
            Cases = CaseOrder.Of(
                [.. from setting in configuration.Settings
                    from seed in configuration.SeedsOf(setting)
                    from pair in pairs
                    select pair.Case(setting, seed)],
                configuration.Run),
        };
    }

    /// <summary>Writes the plan into the store, or joins the one that is there: cases of seeds, settings or pairs added later are added to
    /// it, none is ever dropped.</summary>
    /// <exception cref="ExperimentMismatchException">There is an experiment of that name with another configuration, or its file cannot be
    /// read.</exception>
    public static ExperimentPlan Freeze(ExperimentPlan plan, StoreLayout layout)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(layout);
        if (DurableFile.TryCreate(layout.PlanFile, StoreJson.ToFile(plan)))
            return plan;
        ExperimentPlan old = ReadSame(plan, layout);
        HashSet<CaseId> planned = [.. plan.Cases];
        if (planned.SetEquals(old.Cases))
            return old;
        ExperimentPlan joined = plan with
        { CreatedAt = old.CreatedAt, Cases = [.. plan.Cases, .. old.Cases.Where(c => !planned.Contains(c))] };
        if (joined.Cases.Count > old.Cases.Count)
            DurableFile.Write(layout.PlanFile, StoreJson.ToFile(joined));
        return joined;
    }

    /// <summary>Sees to it that what the store has under the plan's name is the same experiment, before its results are taken for those of
    /// this one. Reads only.</summary>
    /// <exception cref="ExperimentMismatchException">It is another one, or its file cannot be read.</exception>
    public static void RequireSame(ExperimentPlan plan, StoreLayout layout)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(layout);
        if (File.Exists(layout.PlanFile))
            ReadSame(plan, layout);
    }

    /// <summary>The plan that the store has, for what does not add to it: all that changes results is the same, but for the files of its
    /// tasks.</summary>
    /// <param name="plan">As the configuration plans it now.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <exception cref="ExperimentMismatchException">It is another one, or its file cannot be read.</exception>
    public static ExperimentPlan Stored(ExperimentPlan plan, StoreLayout layout)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(layout);
        if (new StoreReader(layout).ReadPlan() is ExperimentPlan old
            && plan.TaskDigests.Keys.ToHashSet().SetEquals(old.TaskDigests.Keys)
            && plan.Settings.Deserialize(ConfigurationJson.TypeInfo) is ExperimentConfiguration configuration
            && Hash(configuration, old.TaskDigests) == old.SettingsHash)
            return old;
        return ReadSame(plan, layout);
    }

    private static ExperimentPlan ReadSame(ExperimentPlan plan, StoreLayout layout)
    {
        var reader = new StoreReader(layout);
        ExperimentPlan? old = reader.ReadPlan();
        if (old is null || reader.Faults.Count > 0)
            throw new ExperimentMismatchException(
                $"The experiment in {layout.ExperimentFolder} cannot be read: {string.Join("; ", reader.Faults)}. Restore "
                + $"{layout.PlanFile} or name another store with --store.");
        if (old.SettingsHash != plan.SettingsHash)
        {
            throw new ExperimentMismatchException(
                $"The store {layout.StoreFolder} has an experiment '{plan.Experiment}' with another configuration: "
                + $"{Difference(old, plan)}. "
                + "Results of both would be mixed. Give this one another name (TANDEM__Name=...), name another store with --store, or "
                + "restore the configuration.");
        }
        return old;
    }

    private static string Hash(ExperimentConfiguration configuration, IEnumerable<KeyValuePair<string, string>> digests)
    {
        JsonObject identity = JsonSerializer.SerializeToNode(Identity(configuration), ConfigurationJson.TypeInfo)!.AsObject();
        // What is at its default is left out, so that a setting which a later version adds does not make an old store's experiment another
        // one.
        RemoveSame(identity, JsonSerializer.SerializeToNode(Identity(new ExperimentConfiguration { Name = configuration.Name }),
            ConfigurationJson.TypeInfo)!.AsObject());
        AgentKind? agent = AgentCatalog.Find(configuration.Agent);
        if (agent?.ReadPrompts?.Invoke(configuration.Agent) is { } prompts)
            identity["prompts"] = prompts.Digest;
        if (agent?.Definition is { } definition)
            identity["agent_definition"] = definition.Digest;
        identity["task_digests"] = new JsonObject(digests.OrderBy(d => d.Key, StringComparer.Ordinal)
            .Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Value)));
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(identity.ToJsonString())));
    }

    private static void RemoveSame(JsonObject from, JsonObject defaults)
    {
        foreach ((string key, JsonNode? value) in from.ToArray())
        {
            if (JsonNode.DeepEquals(value, defaults[key]))
                from.Remove(key);
            else if (value is JsonObject section && defaults[key] is JsonObject sectionDefaults)
                RemoveSame(section, sectionDefaults);
        }
    }

    /// <summary>What changes results: never the name, the selection, the provider of sandboxes, the budget of the whole, or how the matrix
    /// is run.</summary>
    private static ExperimentConfiguration Identity(ExperimentConfiguration configuration) => new()
    {
        Name = "identity",
        Settings = [],
        // What the prompts say counts, not where they lie.
        Agent = configuration.Agent with { Prompts = null },
        Model = configuration.Model.Identity(),
        Limits = configuration.Limits with { MaxCostUsd = null },
        Sandbox = configuration.Sandbox with { Provider = SandboxChoice.Auto },
    };

    private static string Difference(ExperimentPlan old, ExperimentPlan plan)
    {
        var differences = new List<string>();
        foreach (string section in new[] { "agent", "model", "limits", "sandbox" })
        {
            JsonObject before = ObjectOf(old.Settings, section);
            JsonObject after = ObjectOf(plan.Settings, section);
            foreach (string key in before.Select(p => p.Key).Union(after.Select(p => p.Key))
                .Where(key => !JsonNode.DeepEquals(before[key], after[key])))
                differences.Add($"{section}.{key} was {TextOf(before[key])} and is {TextOf(after[key])}");
        }
        differences.AddRange(plan.TaskDigests.Where(d => old.TaskDigests.TryGetValue(d.Key, out string? digest) && digest != d.Value)
            .Select(d => $"the files of task {d.Key} changed"));
        string[] other = [.. plan.TaskDigests.Keys.Except(old.TaskDigests.Keys).Concat(old.TaskDigests.Keys.Except(plan.TaskDigests.Keys))];
        if (other.Length > 0)
            differences.Add($"it is of other tasks ({string.Join(", ", other.Take(5))})");
        return differences.Count > 0 ? string.Join("; ", differences) : "the hash of its configuration differs";
    }

    private static string TextOf(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static JsonObject ObjectOf(JsonElement configuration, string section) =>
        configuration.TryGetProperty(section, out JsonElement found) && found.ValueKind == JsonValueKind.Object
            ? JsonObject.Create(found)! : [];
}
