using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary><c>--experiment</c> and <c>--tasks</c> mean the same experiment in every verb that takes them.</summary>
[Long]
public sealed class NamedTaskSetTests : FrontDoorTests
{
    private string Tasks => Path.Combine(Folder, "mine");

    [Fact]
    public async Task Every_verb_finds_the_experiment_over_another_task_set()
    {
        CopyFolder(Path.Combine(Project.Find().Tasks, "confsh_task"), Path.Combine(Tasks, "confsh_task"));
        File.Copy(Path.Combine(Project.Find().Tasks, "taskset.json"), Path.Combine(Tasks, "taskset.json"));
        ChildResult run = await RunAsync("--tasks", Tasks, "--smoke", "1", "--setting", "solo");
        run.Stdout.Text.Should().MatchRegex(@"TOTAL\s+1\s+1", run.Stderr.Text);

        foreach (string line in new[]
        {
            "status -e oracle", "status oracle", "trx -e oracle", "trx oracle", "regenerate -e oracle --dry-run",
            "regrade oracle --dry-run", "plan -e oracle", "run -e oracle --dry-run",
        })
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            int code = await CommandLine.RunAsync([.. line.Split(' '), "--tasks", Tasks, "--store", Store], output, error);

            string printed = output.ToString() + error;
            printed.Should().MatchRegex(@"oracle-mine|confsh_task|rubric", line);
            code.Should().Be(ExitCodes.Ok, "{0} printed {1}", line, printed);
        }
        foreach (string line in new[] { "validate -e oracle --partial", "validate oracle --partial", "collect -e oracle" })
        {
            ChildResult analysis = await ChildProcess.RunAsync(
                new ChildCommand("dotnet", [Programs.Built("Cli"), .. line.Split(' '), "--tasks", Tasks, "--store", Store])
                { Environment = With(), WorkingDirectory = Folder },
                TestContext.Current.CancellationToken);
            analysis.ExitCode.Should().Be(ExitCodes.Ok, line + analysis.Stderr.Text);
            analysis.Stdout.Text.Should().StartWith("oracle-mine");
        }
        Directory.EnumerateDirectories(Store, "oracle*").Should().ContainSingle("no verb made an experiment of another name");
    }

    [Fact]
    public async Task Two_names_for_the_task_set_are_refused()
    {
        using var error = new StringWriter();

        (await CommandLine.RunAsync(["tasks", "verify", "--tasks", Tasks, Tasks], TextWriter.Null, error)).Should().Be(ExitCodes.BadInput);

        error.ToString().Should().Contain("one is enough");
    }
}
