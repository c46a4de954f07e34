using Tandem.Cli.Setup;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Doctor;

/// <summary>What is looked at.</summary>
internal sealed record ExaminationScope
{
    /// <summary>What engine set-up came to.</summary>
    public required EngineState Engine { get; init; }

    /// <summary>The project's folder.</summary>
    public required string ProjectFolder { get; init; }

    /// <summary>The store, absolute.</summary>
    public required string StoreFolder { get; init; }

    /// <summary>The experiment's file; null looks at no experiment.</summary>
    public required string? ExperimentFile { get; init; }

    /// <summary>Why there is no doing without an engine, beside the experiment: an option or a variable, as a sentence; null for no
    /// reason.</summary>
    public string? WhyEngineNeeded { get; init; }

    /// <summary>What overrides the experiment's file.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = Project.Variables();

    /// <summary>Whether to ask the network too; a run finds out by itself.</summary>
    public bool AsksRegistry { get; init; }
}

/// <summary>Everything that can spoil a run, looked at in one go. Nothing is changed; a check that cannot be done is itself a
/// finding.</summary>
internal static class Examination
{
    private const long DefaultSandboxBytes = 2L << 30;

    /// <summary>Looks at everything in scope.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(ExaminationScope scope, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        ExperimentCheck? experiment = scope.ExperimentFile is null
            ? null : ExperimentCheck.Read(scope.ExperimentFile, scope.ProjectFolder, scope.Variables);
        EngineFacts? engine = scope.Engine.Answer.Engine;
        findings.Add(EngineCheck.Judge(scope.Engine, scope.WhyEngineNeeded ?? experiment?.NeedsEngine));
        if (engine is not null)
            await AskEngineAsync(scope, findings, cancellationToken).ConfigureAwait(false);

        Add(findings, "DISK", () => DiskCheck.Examine(scope.StoreFolder, engine is { IsLocal: true } ? engine.DataFolder : null));
        Add(findings, "STORE", () => [StoreCheck.Examine(scope.StoreFolder)]);
        long sandboxBytes = experiment?.Settings is { } settings ? (long)settings.Sandbox.MemoryMb << 20 : DefaultSandboxBytes;
        Add(findings, "MEMORY", () => MachineCheck.Read(engine).Judge(sandboxBytes, experiment?.Settings?.Run.Concurrency));
        Add(findings, "DESCRIPTORS", MachineCheck.ExamineDescriptors);
        findings.Add(await GitCheck.ExamineAsync(isUsed: engine is null, cancellationToken).ConfigureAwait(false));
        if (experiment is not null)
            findings.Add(experiment.Judge());
        return findings;
    }

    /// <summary>What a run or the tests say before they start: the warnings and faults alone. The engine is left out, its set-up has said
    /// what there is to say.</summary>
    public static async Task WriteTroubleAsync(ExaminationScope scope, TextWriter output, CancellationToken cancellationToken)
    {
        foreach (Finding finding in await RunAsync(scope, cancellationToken).ConfigureAwait(false))
        {
            if (finding.Severity >= Severity.Warning && finding.Id != EngineCheck.Id)
                await output.WriteLineAsync(finding.ToString()).ConfigureAwait(false);
        }
    }

    private static async Task AskEngineAsync(ExaminationScope scope, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            using EngineClient client = await EngineProbe.ConnectAsync(cancellationToken).ConfigureAwait(false);
            findings.Add(await NetworkCheck.ExamineAsync(client, cancellationToken).ConfigureAwait(false));
            findings.Add(await LeftoverCheck.ExamineAsync(client, cancellationToken).ConfigureAwait(false));
            if (scope.AsksRegistry)
                findings.Add(await ImageCheck.ExamineAsync(client, cancellationToken).ConfigureAwait(false));
        }
        catch (SandboxException exception)
        {
            findings.Add(new Finding("ENGINE-API", Severity.Fault, $"the engine answers, but not to everything: {exception.Message}",
                "see the engine's log, and start it again"));
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
            findings.Add(new Finding(id, Severity.Warning, $"cannot be looked at: {exception.Message}"));
        }
    }
}
