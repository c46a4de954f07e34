using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Harness.Experiments;

/// <summary>Chooses where an experiment's commands run.</summary>
public static class SandboxProviders
{
    /// <summary>With the value <c>1</c>: without an engine nothing is run elsewhere, and nothing is skipped.</summary>
    public const string RequireDockerVariable = "TANDEM_REQUIRE_DOCKER";

    /// <summary>Opens the provider that the configuration asks for; <c>auto</c> is the engine if one answers, else the process sandbox if
    /// the agent and the task set allow it.</summary>
    /// <param name="configuration">The experiment's.</param>
    /// <param name="agent">Its agent.</param>
    /// <param name="taskSet">Its tasks.</param>
    /// <param name="storeFolder">The store that keeps the output of image builds that failed.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">There is none that may serve.</exception>
    public static async Task<ISandboxProvider> OpenAsync(
        ExperimentConfiguration configuration, AgentKind agent, TaskSet taskSet, string storeFolder, TimeProvider clock,
            CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(taskSet);
        if (configuration.Sandbox.Provider == SandboxChoice.Process)
            return AllowsProcess(agent, taskSet) is string whyNot ? throw new SandboxException(SandboxFault.Unsupported, whyNot)
                : new ProcessSandboxProvider(timeProvider: clock);
        try
        {
            return await DockerSandboxes.ConnectAsync(clock, storeFolder, cancellationToken);
        }
        catch (SandboxException exception)
            when (configuration.Sandbox.Provider == SandboxChoice.Auto && Environment.GetEnvironmentVariable(RequireDockerVariable) != "1")
        {
            return AllowsProcess(agent, taskSet) is string whyNot
                ? throw new SandboxException(SandboxFault.Engine, $"{exception.Message} {whyNot}", exception)
                : new ProcessSandboxProvider(timeProvider: clock);
        }
    }

    /// <summary>Why the process sandbox may not serve; null if it may.</summary>
    public static string? AllowsProcess(AgentKind agent, TaskSet taskSet)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(taskSet);
        return agent.NeedsIsolation ? $"The agent '{agent.Kind}' needs an isolated sandbox; the process sandbox has none."
            : !taskSet.Options.AllowProcessSandbox
            ? $"The task set {taskSet.Folder} does not say that it runs without containers (allow_process_sandbox in taskset.json)."
            : null;
    }
}
