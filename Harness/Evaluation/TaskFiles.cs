using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>The files of a task that only an evaluation sees, read before any sandbox is made.</summary>
/// <param name="Runner">The task set's own runner, which takes the place of the image's.</param>
/// <param name="Tests">The tests' patch of each feature of the case.</param>
internal sealed record TaskFiles(ReadOnlyMemory<byte> Runner, IReadOnlyDictionary<int, ReadOnlyMemory<byte>> Tests)
{
    /// <exception cref="EvaluationFault">A file cannot be read.</exception>
    public static async Task<TaskFiles> ReadAsync(CodingTask task, FeatureSet features, CancellationToken cancellationToken)
    {
        var tests = new Dictionary<int, ReadOnlyMemory<byte>>();
        foreach (int id in features)
            tests[id] = await ReadAsync(task, id, feature => feature.TestsPatchFile, cancellationToken).ConfigureAwait(false);
        return new TaskFiles(await ReadFileAsync(task.RunnerFile, cancellationToken).ConfigureAwait(false), tests);
    }

    /// <summary>A feature's gold patch.</summary>
    /// <exception cref="EvaluationFault">It cannot be read.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadGoldAsync(CodingTask task, int featureId, CancellationToken cancellationToken) =>
        ReadAsync(task, featureId, feature => feature.GoldPatchFile, cancellationToken);

    private static Task<ReadOnlyMemory<byte>> ReadAsync(CodingTask task, int featureId, Func<Feature, string> file, CancellationToken cancellationToken) =>
        task.Features.FirstOrDefault(feature => feature.Id == featureId) is Feature feature
            ? ReadFileAsync(file(feature), cancellationToken)
            : throw new EvaluationFault(ErrorClass.TestsUnrunnable, $"{task.Folder} has no usable feature {featureId}.");

    private static async Task<ReadOnlyMemory<byte>> ReadFileAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationFault(ErrorClass.TestsUnrunnable, $"{file} cannot be read: {exception.Message}");
        }
    }
}
