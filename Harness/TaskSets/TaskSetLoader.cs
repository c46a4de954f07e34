using System.Globalization;
using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.TaskSets;

/// <summary>Something wrong with a task set.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="What">What is wrong with it, and what that means for the set.</param>
/// <param name="IsWarning">Whether the thing can be used all the same.</param>
public sealed record TaskSetFault(string Path, string What, bool IsWarning = false)
{
    /// <summary><c>path: what</c>.</summary>
    public override string ToString() => $"{Path}: {What}";
}

/// <summary>A task set cannot serve what was asked of it.</summary>
public sealed class TaskSetException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Reads a folder in CooperBench's dataset layout: <c>REPO/taskID/featureN/</c>, <c>subsets/NAME.json</c>, and optionally
/// <c>taskset.json</c>. Other files are left alone.</summary>
public static class TaskSetLoader
{
    /// <summary>Reads a task set. A broken task or feature is left out with a fault that names its file; the rest loads.</summary>
    /// <exception cref="TaskSetException">There is no such folder, or its <c>taskset.json</c> cannot be read.</exception>
    public static TaskSet Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.GetFullPath(folder);
        if (!Directory.Exists(folder))
            throw new TaskSetException(
                $"There is no task set at {folder}. Name a folder in CooperBench's dataset layout with --tasks (or 'tasks.path' of the "
                + $"experiment).");
        var faults = new List<TaskSetFault>();
        TaskSetOptions options = ReadOptions(folder);
        var tasks = new List<CodingTask>();
        foreach (string repoFolder in Folders(folder))
        {
            string repo = Path.GetFileName(repoFolder);
            string[] taskFolders = [.. Folders(repoFolder).Where(f => Path.GetFileName(f).StartsWith("task", StringComparison.Ordinal))];
            if (taskFolders.Length > 0 && !SafeSegment.IsSafe(repo))
            {
                faults.Add(new TaskSetFault(repoFolder,
                    $"The name cannot be part of a case id ({SafeSegment.Rule}); the repository is left out."));
                continue;
            }
            foreach (string taskFolder in taskFolders)
            {
                if (ReadTask(repo, taskFolder, folder, options, faults) is CodingTask task)
                    tasks.Add(task);
            }
        }
        if (tasks.Count == 0)
            faults.Add(new TaskSetFault(folder,
                "There is no usable task (a folder REPO/taskN with a runner.sh and at least two features)."));
        CheckSubsets(folder, tasks, faults);
        return new TaskSet(folder, options, tasks, faults);
    }

    private static TaskSetOptions ReadOptions(string folder)
    {
        string file = Path.Combine(folder, "taskset.json");
        if (!Path.Exists(file))
            return TaskSetOptions.CooperBench with { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) };
        try
        {
            if (!RegularFile.Is(file))
                throw new IOException(RegularFile.WhyNot);
            if (LinksOut.Leads(file, folder))
                throw new IOException(LinksOut.WhyNot);
            TaskSetOptions options = TaskSetOptions.Read(file);
            if (options.Limits.RunnerSeconds is < 1 or > 86_400)
                throw new JsonException($"limits.runner_seconds is {options.Limits.RunnerSeconds}; it must be 1 to 86400.");
            if (options.Name is string name && !SafeSegment.IsSafe(name))
                throw new JsonException($"name '{name}' cannot be part of a path ({SafeSegment.Rule}).");
            if (options.Image is not null
                && (!options.Image.Contains("{name}", StringComparison.Ordinal)
                || !options.Image.Contains("{id}", StringComparison.Ordinal)))
                throw new JsonException("image must hold {name} and {id}, or tasks would share an image.");
            return options with { Name = options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) };
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            // The serializer names the member in its own messages, not in those of converters.
            string member = exception is JsonException { Path: { Length: > 2 } path }
                && !exception.Message.Contains(path, StringComparison.Ordinal) ? path[2..] + ": " : "";
            throw new TaskSetException($"{file}: {member}{exception.Message}", exception);
        }
    }

    private static CodingTask? ReadTask(string repo, string folder, string set, TaskSetOptions options, List<TaskSetFault> faults)
    {
        if (Number(folder, "task", minimum: 0) is not int id)
        {
            faults.Add(new TaskSetFault(folder, "The folder is not named task and a number (without leading zeros); it is left out."));
            return null;
        }
        // Before anything is read through one.
        if (LinksOut.Of(folder, set).FirstOrDefault() is string link)
        {
            faults.Add(new TaskSetFault(link, $"{LinksOut.WhyNot} The task is left out."));
            return null;
        }
        if (RegularFile.NotIn(folder).FirstOrDefault() is string unreadable)
        {
            faults.Add(new TaskSetFault(unreadable, $"{RegularFile.WhyNot} The task is left out."));
            return null;
        }
        bool isUsable = IsFilled(Path.Combine(folder, "runner.sh"), "the tests cannot be run; the task is left out", faults);
        if (!File.Exists(Path.Combine(folder, "Dockerfile")))
            faults.Add(new TaskSetFault(Path.Combine(folder, "Dockerfile"),
                "There is no such file: the task's image can be pulled but not built.", IsWarning: true));

        var features = new List<Feature>();
        foreach (string featureFolder in Folders(folder).Where(f => Path.GetFileName(f).StartsWith("feature", StringComparison.Ordinal)))
        {
            if (Number(featureFolder, "feature", minimum: 1) is not int featureId)
            {
                faults.Add(new TaskSetFault(featureFolder,
                    "The folder is not named feature and a number from 1 (without leading zeros); it is left out."));
                continue;
            }
            var feature = new Feature(featureId, featureFolder);
            bool hasDescription = IsFilled(feature.DescriptionFile, "an agent would have no task; the feature is left out", faults);
            if (hasDescription && !IsUtf8(feature.DescriptionFile))
                faults.Add(new TaskSetFault(feature.DescriptionFile,
                    "The file is not UTF-8: agents would read other characters than were written.", IsWarning: true));
            bool hasTests = IsFilled(feature.TestsPatchFile, "the feature has no tests and is left out", faults);
            if (!File.Exists(feature.GoldPatchFile))
                faults.Add(new TaskSetFault(feature.GoldPatchFile,
                    "There is no such file: the oracle cannot use this feature, and a runner that reports no test of it is an "
                    + "infrastructure error.", IsWarning: true));
            if (hasDescription && hasTests)
                features.Add(feature);
        }
        if (features.Count < 2)
            faults.Add(new TaskSetFault(folder,
                $"It has {features.Count} usable feature{(features.Count == 1 ? "" : "s")}; a pair needs two. The task is left out."));
        features.Sort((a, b) => a.Id.CompareTo(b.Id));
        return isUsable && features.Count >= 2 ? new CodingTask(repo, id, folder, features, options) : null;
    }

    private static void CheckSubsets(string folder, IReadOnlyList<CodingTask> tasks, List<TaskSetFault> faults)
    {
        string subsets = Path.Combine(folder, "subsets");
        if (!Directory.Exists(subsets))
            return;
        foreach (string file in Directory.EnumerateFiles(subsets, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                faults.AddRange(Subset.Read(file).Missing(tasks)
                    .Select(what => new TaskSetFault(file, $"The subset {what}; that part is left out.")));
            }
            catch (TaskSetException exception)
            {
                faults.Add(new TaskSetFault(file, exception.Message[(file.Length + 2)..]));
            }
        }
    }

    private static bool IsFilled(string file, string consequence, List<TaskSetFault> faults)
    {
        var info = new FileInfo(file);
        if (info is { Exists: true, Length: > 0 })
            return true;
        faults.Add(new TaskSetFault(file, $"The file {(info.Exists ? "is empty" : "is missing")}: {consequence}."));
        return false;
    }

    private static bool IsUtf8(string file)
    {
        try
        {
            return System.Text.Unicode.Utf8.IsValid(File.ReadAllBytes(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Who needs it will say so.
            return true;
        }
    }

    private static int? Number(string folder, string prefix, int minimum)
    {
        string digits = Path.GetFileName(folder)[prefix.Length..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= minimum
            && digits == number.ToString(CultureInfo.InvariantCulture) ? number : null;
    }

    private static IEnumerable<string> Folders(string folder) =>
        Directory.EnumerateDirectories(folder).OrderBy(f => Path.GetFileName(f), StringComparer.Ordinal);
}
