using System.Collections;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Records.Text;

namespace Tandem.Cli;

/// <summary>The project that this program was built from.</summary>
/// <param name="Folder">Absolute.</param>
internal sealed record Project(string Folder)
{
    /// <summary>Set by run.sh and run.ps1 to their own name: they have built everything, and start this program.</summary>
    public const string BuiltByVariable = "TANDEM_BUILT_BY";

    public string Solution => Path.Combine(Folder, ProjectFolder.SolutionName);

    public string Tasks => Path.Combine(Folder, "tasks");

    /// <summary>The folder at or above the program's own that holds the solution.</summary>
    /// <exception cref="UsageException">There is none: the program was copied away from its project.</exception>
    public static Project Find() => ProjectFolder.FindAbove(AppContext.BaseDirectory) is { } folder
        ? new Project(folder)
        : throw new UsageException(
            $"There is no {ProjectFolder.SolutionName} at or above '{AppContext.BaseDirectory}'. Start the program with run.sh or run.ps1 "
            + "in the project's folder.");

    /// <summary>The store's absolute path: as named, else <c>TANDEM_STORE</c>, else the project's <c>results</c>. A relative one starts at
    /// the current directory.</summary>
    public string StoreFolder(string? named) => ProjectFolder.StoreFolder(Folder, named ?? Variable(ExperimentView.StoreVariable));

    /// <summary>The file of an experiment: a path as it is (it ends in .json or has a slash), a name in the folder experiments/.</summary>
    public string ExperimentFile(string? named) =>
        ProjectFolder.ExperimentFile(Folder, named ?? Variable(ExperimentView.ExperimentVariable) ?? ExperimentView.DefaultExperiment);

    /// <summary>An experiment's path as an absolute one; a name as it is.</summary>
    public static string Absolute(string experiment) => experiment is "." or ".." || experiment.Contains('/', StringComparison.Ordinal)
        || experiment.EndsWith(".json", StringComparison.Ordinal) ? Path.GetFullPath(experiment) : experiment;

    /// <summary>A command of the front door as messages name it, for a store.</summary>
    public static string CommandFor(string words, string storeFolder) =>
        $"./run.sh {words}{(storeFolder == Find().StoreFolder(null) ? "" : $" --store {ShellWord.Quote(storeFolder)}")}";

    /// <summary>A variable of this process; null if it is empty or not set.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>All variables of this process.</summary>
    public static Dictionary<string, string> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
}
