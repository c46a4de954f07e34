using Tandem.Cli.Setup;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Doctor;

internal sealed record ExaminationScope
{
    public required EngineState Engine { get; init; }

    /// <summary>The store, absolute.</summary>
    public required string StoreFolder { get; init; }

    /// <summary>Null looks at no experiment.</summary>
    public ExperimentCheck? Experiment { get; init; }

    /// <summary>Why an engine is needed, beside the experiment: an option or a variable, as a sentence; null for no reason.</summary>
    public string? WhyEngineNeeded { get; init; }

    /// <summary>Whether to ask the network too; a run finds out by itself.</summary>
    public bool AsksRegistry { get; init; }
}

/// <summary>All checks, one after another. They change nothing; a check that fails is itself a finding.</summary>
internal static class Examination
{
    private const long DefaultSandboxBytes = 2L << 30;

    public static async Task<IReadOnlyList<Finding>> RunAsync(ExaminationScope scope, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        ExperimentCheck? experiment = scope.Experiment;
        EngineFacts? engine = scope.Engine.Answer.Engine;
        findings.Add(EngineCheck.Judge(scope.Engine, scope.WhyEngineNeeded ?? experiment?.NeedsEngine));
        if (engine is not null)
            await AskEngineAsync(scope, findings, cancellationToken);

        if (DockerConfigCheck.Examine() is { } damaged)
            findings.Add(damaged);
        Add(findings, "DISK", () => DiskCheck.Examine(scope.StoreFolder, engine is { IsLocal: true } ? engine.DataFolder : null));
        Add(findings, "STORE", () => [StoreCheck.Examine(scope.StoreFolder)]);
        long sandboxBytes = experiment?.Configuration is { } configuration ? (long)configuration.Sandbox.MemoryMb << 20
            : DefaultSandboxBytes;
        Add(findings, "MEMORY", () => MachineCheck.Read(engine).Judge(sandboxBytes, experiment?.Configuration?.Run.Concurrency));
        Add(findings, "DESCRIPTORS", MachineCheck.ExamineDescriptors);
        findings.Add(await GitCheck.ExamineAsync(isUsed: engine is null, cancellationToken));
        if (experiment is not null)
            findings.Add(experiment.Judge());
        return findings;
    }

    /// <summary>Prints the warnings and faults before a run or the tests start. The engine is left out: its set-up has printed its
    /// own.</summary>
    public static async Task WriteTroubleAsync(ExaminationScope scope, TextWriter output, CancellationToken cancellationToken)
    {
        foreach (Finding finding in await RunAsync(scope, cancellationToken))
        {
            if (finding.Severity >= Severity.Warning && finding.Id != EngineCheck.Id)
                await output.WriteLineAsync(finding.ToString());
        }
    }

    private static async Task AskEngineAsync(ExaminationScope scope, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            using EngineClient client = await EngineProbe.ConnectAsync(cancellationToken);
            findings.Add(await NetworkCheck.ExamineAsync(client, cancellationToken));
            findings.Add(await LeftoverCheck.ExamineAsync(client, cancellationToken));
            if (scope.AsksRegistry)
                findings.Add(await ImageCheck.ExamineAsync(client, cancellationToken));
        }
        catch (SandboxException exception)
        {
            findings.Add(new Finding("ENGINE-API", Severity.Fault, $"the engine answers, but not every request: {exception.Message}",
                "read the engine's log, and restart the engine"));
        }
    }

    private static void Add(List<Finding> findings, string id, Func<IEnumerable<Finding>> examine)
    {
        try
        {
            findings.AddRange(examine());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            findings.Add(new Finding(id, Severity.Warning, $"cannot be checked: {exception.Message}"));
        }
    }
}
