using System.Globalization;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>The files of a task that only an evaluation sees, read before any sandbox is made.</summary>
/// <param name="Runner">The task set's own runner, which takes the place of the image's.</param>
/// <param name="Tests">The tests' patch of each feature of the case.</param>
/// <param name="Golds">The gold patches of these features, as far as there are any.</param>
internal sealed record TaskFiles(ReadOnlyMemory<byte> Runner, IReadOnlyDictionary<int, ReadOnlyMemory<byte>> Tests,
    IReadOnlyList<ReadOnlyMemory<byte>> Golds)
{
    /// <exception cref="EvaluationFault">A file cannot be read.</exception>
    public static async Task<TaskFiles> ReadAsync(CodingTask task, FeatureSet features, CancellationToken cancellationToken)
    {
        var tests = new Dictionary<int, ReadOnlyMemory<byte>>();
        var golds = new List<ReadOnlyMemory<byte>>();
        foreach (int id in features)
        {
            tests[id] = await ReadAsync(task, FeatureOf(task, id).TestsPatchFile, cancellationToken);
            if (File.Exists(FeatureOf(task, id).GoldPatchFile))
                golds.Add(await ReadGoldAsync(task, id, cancellationToken));
        }
        return new TaskFiles(await ReadAsync(task, task.RunnerFile, cancellationToken), tests, golds);
    }

    /// <exception cref="EvaluationFault">It cannot be read.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadGoldAsync(CodingTask task, int featureId, CancellationToken cancellationToken) =>
        ReadAsync(task, FeatureOf(task, featureId).GoldPatchFile, cancellationToken);

    /// <summary>A task as messages name it: they go into records, which hold no folders of the host.</summary>
    public static string NameOf(CodingTask task) => string.Create(CultureInfo.InvariantCulture, $"{task.Repo}/task{task.TaskId}");

    private static Feature FeatureOf(CodingTask task, int featureId) =>
        task.Features.FirstOrDefault(feature => feature.Id == featureId)
        ?? throw new EvaluationFault(ErrorClass.TestsUnrunnable, $"{NameOf(task)} has no usable feature {featureId}.");

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(CodingTask task, string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string what = exception is FileNotFoundException or DirectoryNotFoundException ? "is missing"
                : $"cannot be read ({exception.GetType().Name})";
            throw new EvaluationFault(ErrorClass.TestsUnrunnable,
                $"{NameOf(task)}/{Path.GetRelativePath(task.Folder, file).Replace('\\', '/')} {what}.");
        }
    }
}
