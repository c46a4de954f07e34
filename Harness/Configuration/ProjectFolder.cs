namespace Tandem.Harness.Configuration;

/// <summary>Finds what belongs to the project: its tasks, experiments and store.</summary>
public static class ProjectFolder
{
    /// <summary>Names the folder where it cannot be found from the program's own place.</summary>
    public const string Variable = "TANDEM_ROOT";

    /// <summary>The folder that holds <c>Tandem.slnx</c>: named by <see cref="Variable"/>, or above the program.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Find()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named))
            return Directory.Exists(named) ? Path.GetFullPath(named) : throw new DirectoryNotFoundException($"{Variable} names {named}, which is no folder.");
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Tandem.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Tandem.slnx; name the project's folder in {Variable}.");
    }
}
