namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>Where things are inside a container: absolute paths.</summary>
internal static class ContainerFolders
{
    /// <summary>The task's repository, as CooperBench has it.</summary>
    public const string Repo = "/workspace/repo";

    /// <summary>Where runners look for patches, as CooperBench has it.</summary>
    public const string Patches = "/patches";

    public const string Scratch = "/tandem";
}
