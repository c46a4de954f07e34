using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Models;
using Tandem.Harness.TaskSets;
using Tandem.Records.Json;

namespace Tandem.Cli.Doctor;

/// <summary>Can the experiment, its agent and its tasks be found, and what do they need?</summary>
internal sealed record ExperimentCheck
{
    private const string Correct = "correct it, or choose another experiment with --experiment";

    private readonly AgentKind? _agent;
    private readonly TaskSet? _tasks;
    private readonly int _pairs;
    private readonly PriceTable? _prices;
    private readonly string? _whyNot;

    private ExperimentCheck(ExperimentConfiguration? configuration, AgentKind? agent, TaskSet? tasks, int pairs, string? whyNot,
        PriceTable? prices = null) =>
        (Configuration, _agent, _tasks, _pairs, _whyNot, _prices) = (configuration, agent, tasks, pairs, whyNot, prices);

    /// <summary>Null if they cannot be read.</summary>
    public ExperimentConfiguration? Configuration { get; }

    /// <summary>Why it needs an engine, a sentence; null if the process sandbox may serve, or nothing is known.</summary>
    public string? NeedsEngine => (Configuration?.Sandbox.Provider, _agent, _tasks) switch
    {
        (SandboxChoice.Docker, _, _) => "The experiment asks for Docker (sandbox.provider).",
        (SandboxChoice.Auto, not null, not null) => SandboxProviders.AllowsProcess(_agent, _tasks),
        _ => null,
    };

    /// <summary>Reads the configuration as a run would (the file, then variables), and looks for the agent and the tasks that it
    /// name.</summary>
    public static ExperimentCheck Read(string file, string projectFolder, IReadOnlyDictionary<string, string> variables)
    {
        ExperimentConfiguration? configuration = null;
        try
        {
            configuration = ConfigurationReader.Read(file, variables, AgentCatalog.Faults);
            return Of(configuration, AgentCatalog.Find(configuration.Agent.Kind)!,
                TaskSetLoader.Load(Path.Combine(projectFolder, configuration.Tasks.Path)), projectFolder);
        }
        catch (Exception exception) when (exception is SettingsException or TaskSetException)
        {
            return new ExperimentCheck(configuration, null, null, 0, exception.Message);
        }
    }

    /// <summary>Of an experiment that is loaded already.</summary>
    /// <exception cref="SettingsException">The price table cannot be read.</exception>
    /// <exception cref="TaskSetException">The task set lacks the experiment's subset.</exception>
    public static ExperimentCheck Of(ExperimentConfiguration configuration, AgentKind agent, TaskSet tasks, string projectFolder) => new(
        configuration, agent, tasks, tasks.Select(TaskFilter.All with { Subset = configuration.Tasks.Subset }).Count, null,
        agent.UsesModel ? PriceTable.Read(Path.Combine(projectFolder, configuration.Model.Prices)) : null);

    /// <summary>The worst that is wrong with it.</summary>
    public Finding Judge()
    {
        if (Configuration is null || _agent is null || _tasks is null)
            return new Finding("EXPERIMENT", Severity.Fault, _whyNot ?? "cannot be read", Correct);
        string evidence = $"{Configuration.Name}: agent {_agent.Kind}, {_pairs} {(_pairs == 1 ? "pair" : "pairs")}, "
            + $"{string.Join(", ", Configuration.Settings.Select(EnumNames.NameOf))}";
        if (Configuration.Sandbox.Provider == SandboxChoice.Process && SandboxProviders.AllowsProcess(_agent, _tasks) is { } whyNot)
            return new Finding("EXPERIMENT", Severity.Fault, $"{evidence}; {whyNot}", "set sandbox.provider to auto or docker");
        if (BudgetFault.Of(Configuration, _agent, _prices) is { } unpaid)
            return new Finding("EXPERIMENT", Severity.Warning, $"{evidence}; {unpaid.What}, so its cases are skipped", unpaid.Remedy);
        TaskSetFault[] faults = [.. _tasks.Faults.Where(fault => !fault.IsWarning)];
        return faults.Length == 0
            ? Finding.Ok("EXPERIMENT", evidence)
            : new Finding("EXPERIMENT", Severity.Warning, $"{evidence}; {faults.Length} faults in the task set, the first: {faults[0]}",
            "correct the task set; until then, runs leave the faulty parts out");
    }
}
