using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>The gold patches of every pair of the built-in tasks meet the fate that <c>tasks/fates.json</c> tells.</summary>
[Slow]
[Long]
public sealed class BuiltInFatesTests(ProcessSandboxFixture sandboxes) : IClassFixture<ProcessSandboxFixture>
{
    private const int BackstopMs = 600_000;

    private static readonly string? Folder = FindFolder();
    private static readonly Lazy<TaskSet> Tasks = new(() => TaskSetLoader.Load(Folder!));

    public static IEnumerable<TheoryDataRow<string>> Pairs() =>
        Fates().Keys.Order(StringComparer.Ordinal).Select(pair => new TheoryDataRow<string>(pair)).DefaultIfEmpty(Absent);

    public static IEnumerable<TheoryDataRow<string>> TaskNames() =>
        Folder is null ? [Absent] : Tasks.Value.Tasks.Select(task => new TheoryDataRow<string>($"{task.Repo}/{task.TaskId}"));

    [Fact]
    public void Every_pair_has_a_fate()
    {
        Assert.SkipWhen(Folder is null, Absent.Skip!);

        Tasks.Value.Faults.Should().BeEmpty();
        Tasks.Value.Pairs.Select(pair => pair.Case(Setting.Solo, 0).PairKey).Should().BeEquivalentTo(Fates().Keys);
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Pairs))]
    public async Task Gold_patches_meet_the_fate_of_their_pair(string pairKey)
    {
        Fate fate = Fates()[pairKey];
        CodingTask task = Tasks.Value.Find(fate.Repo, fate.TaskId)!;
        var features = FeatureSet.Create([.. fate.Pair]);

        EvaluationResult result = await EvaluateAsync(
            new CaseId(Setting.CoopNocomm, fate.Repo, fate.TaskId, features, 0),
            task,
            [.. features.Select((id, i) => new AgentPatch($"agent{i + 1}", File.ReadAllBytes(task.Feature(id).GoldPatchFile)))]);

        result.Error.Should().BeNull();
        (result.Report.MergeOutcome, result.Report.Tests[0].Passed, result.Report.Tests[1].Passed).Should()
            .Be((fate.MergeOutcome, fate.Feature1Passed, fate.Feature2Passed), fate.Why);
        (result.Report.Suspect ?? []).Should().BeEmpty("these are the reference patches");
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(TaskNames))]
    public async Task The_combined_patch_of_a_task_passes_the_tests_of_all_features(string name)
    {
        CodingTask task = Tasks.Value.Tasks.Single(task => $"{task.Repo}/{task.TaskId}" == name);

        EvaluationResult result = await EvaluateAsync(
            new CaseId(Setting.Solo, task.Repo, task.TaskId, FeatureSet.Create([.. task.Features.Select(feature => feature.Id)]), 0),
            task,
            [new AgentPatch("solo", await File.ReadAllBytesAsync(task.CombinedPatchFile, TestContext.Current.CancellationToken))]);

        result.Error.Should().BeNull();
        result.Report.Tests.Should().OnlyContain(test => test.Passed == true);
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(TaskNames))]
    public async Task No_feature_of_a_task_passes_at_the_base_commit(string name)
    {
        CodingTask task = Tasks.Value.Tasks.Single(task => $"{task.Repo}/{task.TaskId}" == name);

        EvaluationResult result = await EvaluateAsync(
            new CaseId(Setting.Solo, task.Repo, task.TaskId, FeatureSet.Create([.. task.Features.Select(feature => feature.Id)]), 0), task,
                [new AgentPatch("solo", default)]);

        result.Error.Should().BeNull();
        result.Report.Tests.Should().OnlyContain(test => test.Passed == false && test.Reason == null, "its tests run, and fail");
    }

    private async Task<EvaluationResult> EvaluateAsync(CaseId caseId, CodingTask task, IReadOnlyList<AgentPatch> patches)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        CancellationToken token = TestContext.Current.CancellationToken;
        return await new Evaluator(sandboxes.Provider, TimeProvider.System).EvaluateAsync(
            new EvaluationRequest
            {
                CaseId = caseId,
                Task = task,
                Patches = patches,
                Sandbox = new SandboxSpec
                {
                    Image = await sandboxes.Provider.PrepareImageAsync(task.Image, token),
                    Name = "fates-" + Guid.NewGuid().ToString("N")[..16],
                    Owner = new SandboxOwner("fates", "fates", caseId.ToString(), "attempt1", "evaluation"),
                },
                CountsOnGold = true,
                RunnerTimeLimit = TimeSpan.FromSeconds(60),
            },
            token);
    }

    private static TheoryDataRow<string> Absent => new("none") { Skip = "The built-in task set is not in this checkout." };

    private static Dictionary<string, Fate> Fates() => Folder is null
        ? [] : JsonSerializer.Deserialize<FateFile>(File.ReadAllBytes(Path.Combine(Folder, "fates.json")), FateFile.Json)!.Fates
        .ToDictionary(fate => new CaseId(Setting.Solo, fate.Repo, fate.TaskId, FeatureSet.Create([.. fate.Pair]), 0).PairKey);

    private static string? FindFolder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tandem.slnx")))
            folder = Path.GetDirectoryName(folder);
        string? tasks = folder is null ? null : Path.Combine(folder, "tasks");
        return File.Exists(Path.Combine(tasks ?? "", "fates.json")) ? tasks : null;
    }

    private sealed record FateFile(IReadOnlyList<Fate> Fates)
    {
        public static JsonSerializerOptions Json { get; } = new(JsonSerializerOptions.Strict)
        { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    }

    private sealed record Fate(
        string Repo, int TaskId, IReadOnlyList<int> Pair, MergeOutcome MergeOutcome,
            [property: JsonPropertyName("feature1_passed")] bool Feature1Passed,
        [property: JsonPropertyName("feature2_passed")] bool Feature2Passed, string Why);
}
