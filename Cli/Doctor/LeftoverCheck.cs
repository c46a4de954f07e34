using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Records.Runs;

namespace Tandem.Cli.Doctor;

/// <summary>Has a run that died left sandboxes? The next run of the same store removes its own; nothing is removed here.</summary>
internal static class LeftoverCheck
{
    /// <exception cref="SandboxException">The engine does not answer.</exception>
    public static async Task<Finding> ExamineAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        IList<ContainerListResponse> containers = await engine.ListContainersAsync([SandboxLabels.Owner], cancellationToken);
        int dead = containers.Count(container => ProcessIdentity.TryParse(SandboxLabels.Value(container.Labels, SandboxLabels.Owner)) is
        { IsProvenDead: true });
        return Judge(dead, containers.Count - dead);
    }

    /// <summary>Judges the numbers of sandboxes whose owner is proven dead, and of the others.</summary>
    public static Finding Judge(int dead, int others)
    {
        string evidence = others == 0 ? "" : $"{others} {(others == 1 ? "sandbox" : "sandboxes")} of other runs";
        return dead == 0
            ? Finding.Ok("LEFTOVERS", evidence.Length == 0 ? "none" : $"none; {evidence}")
            : new Finding(
                "LEFTOVERS",
                Severity.Note,
                $"{dead} {(dead == 1 ? "sandbox" : "sandboxes")} of runs that died{(evidence.Length == 0 ? "" : $", {evidence}")}",
                "start that run again: it saves the agents' work and removes the sandboxes");
    }
}
