using System.Globalization;
using Tandem.Harness.TaskSets;

namespace Tandem.Harness.Tests.TaskSets;

/// <summary>A task set in a temporary folder, made file by file.</summary>
internal sealed class TaskSetFolder : IDisposable
{
    public TaskSetFolder() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "tandem-taskset-" + Guid.NewGuid().ToString("N")[..12]);

    /// <summary>Writes a file of the set, making its folders.</summary>
    public TaskSetFolder With(string path, string content = "content\n")
    {
        string file = In(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return this;
    }

    /// <summary>Writes a whole task with features 1 to <paramref name="features"/>.</summary>
    public TaskSetFolder WithTask(string repo, int task, int features = 2)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"{repo}/task{task}");
        With($"{folder}/Dockerfile").With($"{folder}/runner.sh").With($"{folder}/combined.patch");
        for (int id = 1; id <= features; id++)
            WithFeature(repo, task, id);
        return this;
    }

    /// <summary>Writes a whole feature.</summary>
    public TaskSetFolder WithFeature(string repo, int task, int feature)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"{repo}/task{task}/feature{feature}");
        return With($"{folder}/feature.md").With($"{folder}/feature.patch").With($"{folder}/tests.patch");
    }

    /// <summary>Removes a file or a folder.</summary>
    public TaskSetFolder Without(string path)
    {
        if (Directory.Exists(In(path)))
            Directory.Delete(In(path), recursive: true);
        else
            File.Delete(In(path));
        return this;
    }

    /// <summary>A path of the set on the host.</summary>
    public string In(string path) => Path.Combine(Root, path.Replace('/', Path.DirectorySeparatorChar));

    public TaskSet Load() => TaskSetLoader.Load(Root);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
