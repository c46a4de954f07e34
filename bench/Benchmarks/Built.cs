using Tandem.Harness.Configuration;

namespace Tandem.Bench.Benchmarks;

/// <summary>Programs that are measured from outside.</summary>
internal static class Built
{
    /// <summary>The assembly of another project, built beside this program in the same configuration.</summary>
    public static string Find(string project)
    {
        string root = ProjectFolder.Find();
        string relative = Path.GetRelativePath(Path.Combine(root, "bench"), Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(root, project, relative, $"Tandem.{project}.dll");
    }
}
