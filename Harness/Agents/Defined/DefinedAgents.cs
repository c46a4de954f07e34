using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Agents.Defined;

/// <summary>The kinds of agents that are files: one for each definition.</summary>
internal static class DefinedAgents
{
    private const string Prompts = "prompts/agents";

    /// <summary>The kind of a definition.</summary>
    public static AgentKind Of(AgentDefinition definition) => new(definition.Name, definition.Description, IsSimulated: false,
        NeedsIsolation: true, CostsMoney: true, () => new DefinedAgent())
    {
        UsesModel = true,
        TalksByCommands = true,
        ReadPrompts = settings => ShellPrompts.Of(settings, Prompts),
        Definition = definition,
    };

    /// <summary>The kind of that name; null if there is no such definition.</summary>
    /// <exception cref="SettingsException">There is, and it cannot be used.</exception>
    public static AgentKind? Find(string name) =>
        AgentDefinitions.OfProject is { } all && all.Has(name) ? Of(all.Find(name)) : null;

    /// <summary>What does again what such an agent did; null if the recording is not of one.</summary>
    /// <param name="settings">With the recording: an experiment's folder in a store.</param>
    /// <exception cref="SettingsException">Its definition cannot be used.</exception>
    public static AgentKind? ReplayOf(AgentSettings settings)
    {
        if (settings.Recording is null)
            return null;
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(ProjectFolder.Find(), settings.Recording)));
        var layout = new StoreLayout(Path.GetDirectoryName(folder)!, Path.GetFileName(folder));
        if (!File.Exists(layout.PlanFile) || new StoreReader(layout).ReadPlan() is not ExperimentPlan plan)
            return null;
        ExperimentConfiguration recorded = ConfigurationReader.Read(plan, new Dictionary<string, string>());
        return Find(recorded.Agent.Kind) is not { Definition: { } definition } ? null
            : new AgentKind("replay", $"does again what a recorded trajectory of {definition.Name} holds, by real commands and at no cost",
                IsSimulated: false, NeedsIsolation: true, CostsMoney: false, () => new DefinedAgent())
            {
                TalksByCommands = true,
                IsReplay = true,
                ReadPrompts = replayed => ShellPrompts.Of(replayed with { Prompts = replayed.Prompts ?? recorded.Agent.Prompts }, Prompts),
                Definition = definition,
                RecordedModel = recorded.Model,
            };
    }
}
