using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;

namespace Tandem.Cli.Doctor;

/// <summary>Can the experiment and its tasks be read, and what do they need?</summary>
internal sealed record ExperimentCheck
{
    private readonly TaskSet? _tasks;
    private readonly string? _whyNot;

    private ExperimentCheck(ExperimentSettings? settings, TaskSet? tasks, string? whyNot) => (Settings, _tasks, _whyNot) = (settings, tasks, whyNot);

    /// <summary>Its settings; null if they cannot be read.</summary>
    public ExperimentSettings? Settings { get; }

    /// <summary>What of it does not do without an engine; null if the process sandbox may serve, or nothing is known.</summary>
    public string? NeedsEngine => Settings?.Sandbox.Provider switch
    {
        null or SandboxChoice.Process => null,
        SandboxChoice.Docker => $"experiment '{Settings.Name}' (sandbox.provider is docker)",
        SandboxChoice.Auto => _tasks is { Options.AllowProcessSandbox: false } ? $"the task set {_tasks.Folder}" : null,
        _ => throw new InvalidOperationException($"Unknown provider {Settings.Sandbox.Provider}."),
    };

    /// <summary>Reads the settings as a run would (the file, then variables), and the tasks that they name.</summary>
    public static ExperimentCheck Read(string file, string projectFolder)
    {
        ExperimentSettings? settings = null;
        try
        {
            settings = SettingsReader.Read(file, Project.Variables());
            return new ExperimentCheck(settings, TaskSetLoader.Load(Path.Combine(projectFolder, settings.Tasks.Path)), null);
        }
        catch (Exception exception) when (exception is SettingsException or TaskSetException)
        {
            return new ExperimentCheck(settings, null, exception.Message);
        }
    }

    /// <summary>Judges both.</summary>
    public Finding Judge()
    {
        if (Settings is null || _tasks is null)
            return new Finding("EXPERIMENT", Severity.Fault, _whyNot ?? "cannot be read", "correct it, or choose another experiment with --experiment");
        string evidence = $"{Settings.Name}: {_tasks.Tasks.Count} tasks, agent {Settings.Agent.Kind}";
        TaskSetFault[] faults = [.. _tasks.Faults.Where(fault => !fault.IsWarning)];
        return faults.Length == 0
            ? Finding.Ok("EXPERIMENT", evidence)
            : new Finding("EXPERIMENT", Severity.Warning, $"{evidence}; {faults.Length} faults in the task set, the first: {faults[0]}", "mend the task set; until then what is faulty is left out");
    }
}
