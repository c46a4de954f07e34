using System.CommandLine;

namespace Tandem.Cli.Setup;

/// <summary>What the user said that needs an engine.</summary>
internal static class EngineRequirement
{
    /// <summary>The option or the variable; null if the process sandbox may serve.</summary>
    public static string? Of(ParseResult parsed) =>
        parsed.GetValue(CommonOptions.InstallDocker) ? "--install-docker"
        : Project.Variable("TANDEM_REQUIRE_DOCKER") == "1" ? "TANDEM_REQUIRE_DOCKER=1"
        : null;
}
