using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Evaluation.Verification;

/// <summary>What somebody says beforehand of the gold patches of a pair; null where it is not said.</summary>
/// <param name="Pair">See <see cref="CaseId.PairKey"/>.</param>
/// <param name="HasConflict">Whether git's own merge conflicts.</param>
/// <param name="MergeOutcome">What becomes of the patches.</param>
/// <param name="Feature1Passed">Whether the first feature's tests pass on the merged tree.</param>
/// <param name="Feature2Passed">Whether the second feature's tests pass on the merged tree.</param>
internal sealed record Expectation(string Pair, bool? HasConflict, MergeOutcome? MergeOutcome, bool? Feature1Passed, bool? Feature2Passed);

/// <summary>Reads what a task set says of its pairs: our <c>fates.json</c>, or upstream's <c>gold_conflict_report.json</c>.</summary>
internal static class Fates
{
    public const string OwnFile = "fates.json";
    public const string UpstreamFile = "gold_conflict_report.json";

    /// <summary>The expectations of a file by <see cref="CaseId.PairKey"/>; none if there is no file.</summary>
    /// <exception cref="TaskSetException">The file is there and cannot be read, or states the fate of a pair twice.</exception>
    public static Dictionary<string, Expectation> Read(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!Path.Exists(path))
            return [];
        try
        {
            if (!RegularFile.Is(path))
                throw new IOException(RegularFile.WhyNot);
            if (LinksOut.Leads(path, folder))
                throw new IOException(LinksOut.WhyNot);
            // Streams, since only these may begin with a byte order mark.
            using FileStream file = File.OpenRead(path);
            List<Expectation> given = name == OwnFile ? ReadOwn(file) : ReadUpstream(file);
            return given.CountBy(fate => fate.Pair).FirstOrDefault(pair => pair.Value > 1).Key is not string twice
                ? given.ToDictionary(fate => fate.Pair)
                : throw new FormatException($"The fate of {twice} is given twice.");
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException
            or IOException or UnauthorizedAccessException)
        {
            throw new TaskSetException($"{path}: {exception.Message}", exception);
        }
    }

    private static List<Expectation> ReadOwn(FileStream file)
    {
        FateFile fates = JsonSerializer.Deserialize<FateFile>(file, ConfigurationJson.Options)
            ?? throw new FormatException("The file must hold one JSON object.");
        return [.. fates.Fates.Select((fate, index) => fate is null
            ? throw new FormatException($"fates[{index}] is null; it must give the fate of a pair.")
            : new Expectation(KeyOf(fate.Repo, fate.TaskId, fate.Pair), null, fate.MergeOutcome, fate.Feature1Passed,
            fate.Feature2Passed))];
    }

    /// <summary>Rows in which a patch did not apply are left out: upstream counts them as clean, which says nothing about a
    /// merge.</summary>
    private static List<Expectation> ReadUpstream(FileStream file)
    {
        using var json = JsonDocument.Parse(file);
        return [.. json.RootElement.GetProperty("all_results").EnumerateArray()
            .Where(row => row.GetProperty("has_conflict").ValueKind is JsonValueKind.True or JsonValueKind.False
            && !IsTrue(row, "patch1_apply_failed") && !IsTrue(row, "patch2_apply_failed"))
            .Select(row => new Expectation(
                KeyOf(row.GetProperty("repo").GetString() ?? throw new FormatException("A row's repo is null."), row.GetProperty("task_id")
                    .GetInt32(), FeatureSet.Create([row.GetProperty("f1").GetInt32(), row.GetProperty("f2").GetInt32()])),
                row.GetProperty("has_conflict").GetBoolean(), null, null, null))];
    }

    private static bool IsTrue(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.True;

    private static string KeyOf(string repo, int taskId, FeatureSet pair) => new CaseId(Setting.Solo, repo, taskId, pair, 0).PairKey;

    private sealed record FateFile
    {
        public required IReadOnlyList<Fate?> Fates { get; init; }
    }

    private sealed record Fate
    {
        public required string Repo { get; init; }

        public required int TaskId { get; init; }

        public required FeatureSet Pair { get; init; }

        public required MergeOutcome MergeOutcome { get; init; }

        [JsonPropertyName("feature1_passed")]
        public required bool Feature1Passed { get; init; }

        [JsonPropertyName("feature2_passed")]
        public required bool Feature2Passed { get; init; }

        public required string Why { get; init; }
    }
}
