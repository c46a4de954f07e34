using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Evaluations in containers. The repository is made in each, so that no image is left behind.</summary>
public sealed class DockerEvaluatorTests(TinyTasks tiny) : EvaluatorContract(tiny), IClassFixture<TinyTasks>
{
    protected override async Task<SandboxSubject> SubjectAsync()
    {
        SandboxSubject engine = await DockerEngine.SubjectAsync();
        return engine with { Provider = new SpyProvider(engine.Provider) { OnCreated = MakeRepositoryAsync } };
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_that_takes_too_much_memory_fails_its_feature()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "head -c 400000000 /dev/zero | tail | wc -c\nexit 1"), TinyFeature.Passing(2));
        EvaluationRequest request = await RequestAsync(task, Empty);

        EvaluationResult result = await EvaluateAsync(request with { Sandbox = request.Sandbox with { Limits = new SandboxLimits { MemoryBytes = 64 << 20 } } });

        result.Error.Should().BeNull(Because(result));
        Verdicts(result).Should().Equal(false, true);
        result.Report.Tests[0].Reason.Should().Be(TestFailureReason.OutOfMemory);
        result.Sandbox!.OomKills.Should().BePositive();
        result.Sandbox.PeakMemoryBytes.Should().BePositive();
    }

    private async Task MakeRepositoryAsync(ISandbox sandbox)
    {
        await sandbox.PutFilesAsync([.. Tiny.ImageFiles().Select(file => new SandboxFile("/opt/task/" + file.Path, file.Content))], Token);
        ExecResult made = await sandbox.ExecAsync(ExecRequest.Shell("bash /opt/task/setup.sh") with { WorkingDirectory = "/" }, Token);
        made.Succeeded.Should().BeTrue(made.Stderr.Text);
    }
}
