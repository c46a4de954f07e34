using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Defined;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;

namespace Tandem.Harness.Cases;

/// <summary>How the experiment's agents reach their model: by a connection, by the gateway, by means of their own, or not at all.</summary>
internal sealed class AgentModels : IAsyncDisposable
{
    /// <summary>What models cost; null where the agent uses none that the experiment names.</summary>
    public PriceTable? Prices { get; private init; }

    /// <summary>For agents that are part of the harness; null for others, or if something is missing.</summary>
    public ModelConnection? Connection { get; private init; }

    /// <summary>For command-line agents by definition; null for others, or if something is missing.</summary>
    public GatewayAccess? Gateway { get; private init; }

    /// <summary>The rate limit of this process; null where nobody is asked.</summary>
    public RequestGate? Gate => Connection?.Gate ?? Gateway?.Gate;

    /// <summary>What is missing, and what to set; null if nothing is.</summary>
    public string? Missing { get; private init; }

    /// <summary>What must never be written down.</summary>
    public SecretFilter Secrets { get; private init; } = SecretFilter.None;

    /// <summary>Who answers; null where nobody is asked.</summary>
    public ModelProvider? Provider => Connection?.Provider ?? Gateway?.Provider;

    /// <summary>The model's name, as agents and records have it; null where the agent uses none.</summary>
    public string? Name { get; private init; }

    /// <summary>Opens the way of an experiment's agents; nothing is sent yet.</summary>
    /// <param name="configuration">The experiment.</param>
    /// <param name="taskSet">Its tasks.</param>
    /// <param name="agent">Its kind of agent.</param>
    /// <param name="provider">Where sandboxes come from.</param>
    /// <param name="index">What is recorded: whoever was answered there had these settings.</param>
    /// <param name="clock">The one clock.</param>
    /// <exception cref="SettingsException">The price table cannot be read.</exception>
    public static AgentModels Open(ExperimentConfiguration configuration, TaskSet taskSet, AgentKind agent, ISandboxProvider provider,
        RunIndex index, TimeProvider clock)
    {
        ModelSettings settings = agent.Definition is null ? configuration.Model
            : GatewayAccess.SettingsFor(agent.Definition.Dialect, agent.RecordedModel ?? configuration.Model);
        PriceTable? prices = agent.UsesModel || agent.Definition is not null || (agent.IsOneCommand && settings.Name is not null)
            ? PriceTable.Read(Path.Combine(ProjectFolder.Find(), settings.Prices)) : null;
        string[] keys = agent.IsOneCommand ? [.. configuration.Agent.Command?.Keys ?? []] : [];
        if (!agent.UsesModel && agent.Definition is null)
            return new AgentModels
            {
                Prices = prices,
                Name = settings.Name,
                Missing = WhyNoCommand(configuration, taskSet, keys),
                Secrets = keys.Length == 0 ? SecretFilter.None
                    : new SecretFilter(keys.Select(Environment.GetEnvironmentVariable).OfType<string>()),
            };
        string? missing = agent.IsReplay ? null
            : agent.Definition is null ? ModelConnection.WhyUnusable(settings, Environment.GetEnvironmentVariable)
            : GatewayAccess.WhyUnusable(settings, Environment.GetEnvironmentVariable);
        if (missing is not null)
            return new AgentModels { Prices = prices, Name = settings.Name, Missing = missing };
        bool hasAnswered = index.All.Any(history => history.Records.Any(record => record.Agents.Any(one => one.ModelCalls > 0)));
        if (agent.Definition is null)
        {
            ModelConnection connection = ModelConnection.Open(settings, Environment.GetEnvironmentVariable, prices!, clock);
            if (hasAnswered)
                connection.HasAnsweredBefore();
            return new AgentModels { Prices = prices, Name = settings.Name, Connection = connection, Secrets = connection.Secrets };
        }
        string? key = agent.IsReplay ? null : ModelKey.Find(settings, Environment.GetEnvironmentVariable);
        var gateway = new GatewayAccess(agent.Definition, settings, key, prices!.Find(settings.Name!), provider, clock);
        if (hasAnswered)
            gateway.HasAnsweredBefore();
        return new AgentModels { Prices = prices, Name = settings.Name, Gateway = gateway, Secrets = gateway.Secrets };
    }

    public async ValueTask DisposeAsync()
    {
        Connection?.Dispose();
        if (Gateway is not null)
            await Gateway.DisposeAsync();
    }

    /// <summary>A command that is given a key is meant to reach a model by itself.</summary>
    private static string? WhyNoCommand(ExperimentConfiguration configuration, TaskSet taskSet, string[] keys)
    {
        if (keys.FirstOrDefault(name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) is string unset)
            return $"agent.command.keys names {unset}, which is not set: put the key into that variable";
        return keys.Length > 0 && (configuration.Sandbox.AgentNetwork ?? taskSet.Options.AgentNetwork) != SandboxNetwork.Bridge
            ? "agent.command.keys gives the command a key, and its sandbox has no network to use it: set sandbox.agent_network to bridge"
            : null;
    }
}
