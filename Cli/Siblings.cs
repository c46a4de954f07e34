namespace Tandem.Cli;

/// <summary>The other programs of the solution, built beside this one.</summary>
internal static class Siblings
{
    /// <summary>The dotnet host that runs this program.</summary>
    public static string DotNet => Environment.ProcessPath is string path
        && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>The assembly of another project, built in the same configuration.</summary>
    /// <exception cref="UsageException">It is not built.</exception>
    public static string Find(string project)
    {
        // .../Cli/bin/Debug/net10.0/ beside .../Experiments.Tests/bin/Debug/net10.0/
        string home = Project.Find().Folder;
        string relative = Path.GetRelativePath(Path.Combine(home, "Cli"), Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string assembly = Path.Combine(home, project, relative, $"Tandem.{project}.dll");
        return File.Exists(assembly) ? assembly
            : throw new UsageException($"{assembly} is not built. Build the solution: dotnet build Tandem.slnx");
    }
}
