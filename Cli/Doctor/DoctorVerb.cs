using System.CommandLine;
using Tandem.Cli.Setup;

namespace Tandem.Cli.Doctor;

/// <summary><c>doctor</c>: checks what a run needs, and says how to fix what it finds.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        Command verb = new Command("doctor",
            "Check what a run needs on this machine, one line each, and print a fix for each problem. With --install-docker, doctor also "
            + "installs and starts an engine.")
            .With(CommonOptions.Experiment, RunOptions.Tasks, CommonOptions.Store, CommonOptions.InstallDocker,
            CommonOptions.NoInstallDocker,
            CommonOptions.Verbose);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var project = Project.Find();
        TextWriter output = parsed.InvocationConfiguration.Output;
        EngineState engine = await EngineSetup.EnsureAsync(parsed, EngineWish.Look, cancellationToken);
        var scope = new ExaminationScope
        {
            Engine = engine,
            StoreFolder = project.StoreFolder(parsed.GetValue(CommonOptions.Store)),
            Experiment = ExperimentCheck.Read(
                project.ExperimentFile(parsed.GetValue(CommonOptions.Experiment)), project.Folder, RunOptions.VariablesOf(parsed, project)),
            WhyEngineNeeded = EngineRequirement.Of(parsed) is { } requirement ? $"{requirement} asks for an engine." : null,
            AsksRegistry = true,
        };
        IReadOnlyList<Finding> findings = await Examination.RunAsync(scope, cancellationToken);
        foreach (Finding finding in findings)
            await output.WriteLineAsync(finding.ToString());
        return findings.Any(finding => finding.Severity == Severity.Fault) ? ExitCodes.HostLacks : ExitCodes.Ok;
    }
}
