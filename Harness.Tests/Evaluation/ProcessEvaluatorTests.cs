using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Evaluations in folders of the host.</summary>
[Slow]
public sealed class ProcessEvaluatorTests(ProcessSandboxFixture sandboxes, TinyTasks tiny)
    : EvaluatorContract(tiny), IClassFixture<ProcessSandboxFixture>, IClassFixture<TinyTasks>
{
    [Fact(Timeout = BackstopMs)]
    public async Task A_runner_without_its_repository_cannot_reset_one_above_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        string outer = Path.Combine(Tiny.Folder, "outer");
        Directory.CreateDirectory(outer);
        string precious = Path.Combine(outer, "precious.txt");
        await File.WriteAllTextAsync(precious, "committed", Token);
        foreach (string[] command in new string[][]
            { ["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "commit", "-qm", "first"] })
            (await ChildProcess.RunAsync(new ChildCommand("git", command)
            { WorkingDirectory = outer, Environment = ChildEnvironment.ForGit() }, Token)).ThrowOnFailure();
        await File.WriteAllTextAsync(precious, "work of hours", Token);
        await using var provider = new ProcessSandboxProvider(Path.Combine(outer, "sandboxes-of-ours"));
        CodingTask task = Tiny.Task(new TinyFeature(1, "rm -rf .git\ncheck true"), TinyFeature.Passing(2));
        EvaluationRequest request = await RequestAsync(task, Empty);

        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(
            request with { Sandbox = request.Sandbox with { Image = await provider.PrepareImageAsync(Tiny.Image, Token) } }, Token);

        result.Error.Should().BeNull(Because(result));
        (await File.ReadAllTextAsync(precious, Token)).Should().Be("work of hours");
    }

    protected override Task<SandboxSubject> SubjectAsync() => ProcessSubjectAsync(sandboxes);
}
