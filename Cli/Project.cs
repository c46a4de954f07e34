using System.Collections;

namespace Tandem.Cli;

/// <summary>The project that this program was built from, and what the front door finds in it.</summary>
/// <param name="Folder">Absolute.</param>
internal sealed record Project(string Folder)
{
    private const string SolutionName = "Tandem.slnx";

    /// <summary>The solution.</summary>
    public string Solution => Path.Combine(Folder, SolutionName);

    /// <summary>The folder at or above the program's own that holds the solution.</summary>
    /// <exception cref="UsageException">There is none: the program was copied away from its project.</exception>
    public static Project Find() => Find(AppContext.BaseDirectory);

    /// <summary>As <see cref="Find()"/>, starting at a folder.</summary>
    public static Project Find(string startFolder)
    {
        for (DirectoryInfo? folder = new(startFolder); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionName)))
                return new Project(Path.TrimEndingDirectorySeparator(folder.FullName));
        }
        throw new UsageException($"There is no {SolutionName} at or above '{startFolder}'. Start the program through run.sh or run.ps1 of its project.");
    }

    /// <summary>The store's absolute path: as named, else <c>TANDEM_STORE</c>, else the project's <c>results</c>. A relative one starts at the current directory.</summary>
    public string StoreFolder(string? named) => Path.GetFullPath(named ?? Variable("TANDEM_STORE") ?? Path.Combine(Folder, "results"));

    /// <summary>The file of an experiment: a path as it is (it ends in .json or has a slash), a name in the folder experiments/.</summary>
    public string ExperimentFile(string? named)
    {
        string name = named ?? Variable("TANDEM_EXPERIMENT") ?? "default";
        return name.EndsWith(".json", StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal)
            ? Path.GetFullPath(name)
            : Path.Combine(Folder, "experiments", name + ".json");
    }

    /// <summary>A variable of this process; null if it is empty or not set.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>All variables of this process.</summary>
    public static Dictionary<string, string> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
}
