using System.CommandLine;
using Tandem.Cli.Doctor;
using Tandem.Cli.Setup;

namespace Tandem.Cli;

/// <summary><c>doctor</c>: looks at what a run needs, and says how to mend what it finds.</summary>
internal static class DoctorVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create()
    {
        Command verb = new Command("doctor",
            "Looks at what a run needs of this machine, one line each, and says how to mend it. With --install-docker it mends the engine.")
            .With(CommonOptions.Experiment, CommonOptions.Store, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker,
            CommonOptions.Verbose);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var project = Project.Find();
        TextWriter output = parsed.InvocationConfiguration.Output;
        EngineState engine = await EngineSetup.For(parsed).EnsureAsync(parsed.EngineWish(unsaid: EngineWish.Look), cancellationToken)
            .ConfigureAwait(false);
        var scope = new ExaminationScope
        {
            Engine = engine,
            ProjectFolder = project.Folder,
            StoreFolder = project.StoreFolder(parsed.GetValue(CommonOptions.Store)),
            ExperimentFile = project.ExperimentFile(parsed.GetValue(CommonOptions.Experiment)),
            WhyEngineNeeded = EngineRequirement.Of(parsed) is { } requirement ? $"{requirement} asks for an engine." : null,
            AsksRegistry = true,
        };
        IReadOnlyList<Finding> findings = await Examination.RunAsync(scope, cancellationToken).ConfigureAwait(false);
        foreach (Finding finding in findings)
            await output.WriteLineAsync(finding.ToString()).ConfigureAwait(false);
        return findings.Any(finding => finding.Severity == Severity.Fault) ? ExitCodes.HostLacks : ExitCodes.Ok;
    }
}
