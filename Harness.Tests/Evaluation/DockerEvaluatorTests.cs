using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Evaluations in containers. The repository is made in each, so that no image is left behind.</summary>
[Long]
public sealed class DockerEvaluatorTests(TinyTasks tiny) : EvaluatorContract(tiny), IClassFixture<TinyTasks>
{
    protected override async Task<SandboxSubject> SubjectAsync()
    {
        SandboxSubject engine = await DockerEngine.SubjectAsync();
        return engine with { Provider = new WatchedProvider(engine.Provider) { OnCreated = MakeRepositoryAsync } };
    }

    private async Task MakeRepositoryAsync(ISandbox sandbox)
    {
        await sandbox.PutFilesAsync([.. Tiny.ImageFiles().Select(file => new SandboxFile("/opt/task/" + file.Path, file.Content))], Token);
        ExecResult made = await sandbox.ExecAsync(ExecRequest.Shell("bash /opt/task/setup.sh") with
        { WorkingDirectory = "/", RunsNoAgentCode = true }, Token);
        made.Succeeded.Should().BeTrue(made.Stderr.Text);
    }
}
