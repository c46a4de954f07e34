namespace Tandem.Harness.Configuration;

/// <summary>Finds what belongs to the project: its tasks, experiments and store.</summary>
public static class ProjectFolder
{
    /// <summary>Names the folder where it cannot be found from the program's own place.</summary>
    public const string Variable = "TANDEM_ROOT";

    /// <summary>What marks the folder.</summary>
    public const string SolutionName = "Tandem.slnx";

    /// <summary>The file of an experiment that is a folder.</summary>
    public const string FolderFile = "experiment.json";

    /// <summary>The folder that holds <see cref="SolutionName"/>: named by <see cref="Variable"/>, or above the program.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Find()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named))
            return Directory.Exists(named) ? Path.GetFullPath(named)
                : throw new DirectoryNotFoundException($"{Variable} names {named}, which is no folder.");
        return FindAbove(AppContext.BaseDirectory)
            ?? throw new DirectoryNotFoundException(
            $"No folder above {AppContext.BaseDirectory} holds {SolutionName}; name the project's folder in {Variable}.");
    }

    /// <summary>The nearest folder at or above another that holds <see cref="SolutionName"/>, without a slash at its end; null if there is
    /// none.</summary>
    public static string? FindAbove(string startFolder)
    {
        for (DirectoryInfo? folder = new(startFolder); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionName)))
                return Path.TrimEndingDirectorySeparator(folder.FullName);
        }
        return null;
    }

    /// <summary>The file of an experiment: a path as it is (it ends in .json or has a slash), a name in the project's folder
    /// experiments/. Where that is a folder, as experiments of scenarios have one, the file <see cref="FolderFile"/> in it.</summary>
    public static string ExperimentFile(string project, string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        bool isPath = nameOrPath.EndsWith(".json", StringComparison.Ordinal) || nameOrPath.Contains('/', StringComparison.Ordinal);
        string folder = isPath ? Path.GetFullPath(nameOrPath) : Path.Combine(project, "experiments", nameOrPath);
        string file = isPath ? folder : folder + ".json";
        return !File.Exists(file) && Directory.Exists(folder) ? Path.Combine(folder, FolderFile) : file;
    }

    /// <summary>The store's absolute path: as named, else the project's <c>results</c>. A relative one starts at the current
    /// directory.</summary>
    public static string StoreFolder(string project, string? named) => Path.GetFullPath(named ?? Path.Combine(project, "results"));
}
