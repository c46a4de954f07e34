using Tandem.Cli;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>The solution's programs, built with the tests.</summary>
internal static class Programs
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>A program's assembly.</summary>
    public static string Built(string project)
    {
        Tier.RequireSlow("starts a program");
        return Path.Combine(Project.Find().Folder, project, "bin", "Debug", "net10.0", $"Tandem.{project}.dll");
    }

    /// <summary>Runs the analysis' validation over an experiment, which is to be whole unless told otherwise.</summary>
    public static Task<ChildResult> ValidateAsync(string store, string experiment, params string[] options) =>
        AnalysisAsync(["validate", experiment, "--store", store, .. options]);

    /// <summary>Runs the analysis.</summary>
    public static Task<ChildResult> AnalysisAsync(params string[] arguments) => ChildProcess.RunAsync(
        new ChildCommand("dotnet", [Built("Analysis"), .. arguments])
        { Environment = ChildEnvironment.Usual("DOTNET_ROOT"), TimeLimit = s_limit }, TestContext.Current.CancellationToken);
}
