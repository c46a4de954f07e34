using System.Text;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Tests that evaluate real patches with a real runner; a derived class gives the sandboxes.</summary>
[Slow]
public abstract class EvaluatorTests(TinyTasks tiny)
{
    /// <summary>After this many milliseconds a test has hung; far above what any needs.</summary>
    protected const int BackstopMs = 600_000;

    /// <summary>What evaluations run in. Asked once by each test; may skip it with <see cref="Assert.Skip"/>.</summary>
    protected abstract Task<SandboxSubject> SubjectAsync();

    /// <summary>The patch of an agent that did nothing.</summary>
    protected static readonly byte[] Empty = [];

    protected TinyTasks Tiny => tiny;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Evaluates one patch as a solo case, more as a coop case.</summary>
    protected async Task<EvaluationResult> EvaluateAsync(CodingTask task, params byte[][] patches) =>
        await EvaluateAsync(await RequestAsync(task, patches));

    protected async Task<EvaluationResult> EvaluateAsync(EvaluationRequest request)
    {
        SandboxSubject subject = await SubjectAsync();
        return await new Evaluator(subject.Provider, TimeProvider.System).EvaluateAsync(request, Token);
    }

    protected async Task<EvaluationRequest> RequestAsync(CodingTask task, params byte[][] patches)
    {
        SandboxSubject subject = await SubjectAsync();
        var features = FeatureSet.Create([.. task.Features.Select(feature => feature.Id)]);
        return new EvaluationRequest
        {
            CaseId = new CaseId(patches.Length == 1 ? Setting.Solo : Setting.CoopNocomm, task.Repo, task.TaskId, features, 0),
            Task = task,
            Patches = [.. patches.Select((patch, i) => new AgentPatch(patches.Length == 1 ? "solo" : $"agent{i + 1}", patch))],
            Sandbox = new SandboxSpec
            {
                Image = subject.Image,
                Name = "eval-" + Guid.NewGuid().ToString("N")[..16],
                Owner = new SandboxOwner("evaluatortests", "evaluator-tests", "solo/tiny_task/1/f1_f2/seed0", "attempt1", "evaluation"),
                TimeToLive = TimeSpan.FromMinutes(5),
            },
            RunnerTimeLimit = TimeSpan.FromSeconds(30),
        };
    }

    /// <summary>Folders of the host.</summary>
    protected async Task<SandboxSubject> ProcessSubjectAsync(ProcessSandboxFixture sandboxes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        return new SandboxSubject(sandboxes.Provider, await sandboxes.Provider.PrepareImageAsync(tiny.Image, Token));
    }

    /// <summary>Says what the evaluation left where an expectation fails.</summary>
    protected static string Because(EvaluationResult result) =>
        ($"the evaluation left: {result.Error}; tests: {string.Join("; ", result.Report.Tests)}; "
            + $"git: {result.Report.MergeOutput}; output: {string.Join("\n", result.TestOutputs.Select(Beginning))}")
            .Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

    protected static bool?[] Verdicts(EvaluationResult result) => [.. result.Report.Tests.Select(test => test.Passed)];

    private static string Beginning(ReadOnlyMemory<byte> output) => Text(output[..Math.Min(output.Length, 2000)]);

    protected static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
