using System.Text;
using FluentAssertions;
using Tandem.Harness.Agents.Simulated;
using Tandem.Harness.Configuration;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>A weakened patch really fails: it applies, and the feature's tests notice.</summary>
[Slow]
[Long]
public sealed class WeakenedPatchTests(ProcessSandboxFixture sandboxes) : IClassFixture<ProcessSandboxFixture>
{
    private static readonly TaskSet s_tasks = TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks"));

    public static IEnumerable<TheoryDataRow<string, int>> Features() =>
        s_tasks.Tasks.SelectMany(task =>
        task.Features.Select(feature => new TheoryDataRow<string, int>($"{task.Repo}/{task.TaskId}", feature.Id)));

    [Theory(Timeout = 600_000)]
    [MemberData(nameof(Features))]
    public async Task A_weakened_patch_fails_the_tests_of_its_feature(string name, int featureId)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        CancellationToken token = TestContext.Current.CancellationToken;
        CodingTask task = s_tasks.Tasks.Single(t => $"{t.Repo}/{t.TaskId}" == name);
        var caseId = new CaseId(Setting.Solo, task.Repo, task.TaskId, [featureId], 0);
        string patch = string.Concat(GoldPatches.Weaken(new GoldPatches(task).Of(featureId)).Files);

        EvaluationResult result = await new Evaluator(sandboxes.Provider, TimeProvider.System).EvaluateAsync(
            new EvaluationRequest
            {
                CaseId = caseId,
                Task = task,
                Patches = [new AgentPatch("solo", Encoding.UTF8.GetBytes(patch))],
                Sandbox = new SandboxSpec
                {
                    Image = await sandboxes.Provider.PrepareImageAsync(task.Image, token),
                    Name = "weakened-" + Guid.NewGuid().ToString("N")[..16],
                    Owner = new SandboxOwner("weakened", "weakened", caseId.ToString(), "attempt1", "evaluation"),
                },
                RunnerTimeLimit = TimeSpan.FromSeconds(60),
            },
            token);

        result.Error.Should().BeNull();
        result.Report.ApplyStatus.Should().Equal(Tandem.Records.Runs.ApplyStatus.Applied);
        result.Report.Tests.Should().ContainSingle().Which.Passed.Should().BeFalse();
    }
}
