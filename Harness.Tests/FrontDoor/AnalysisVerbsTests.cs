using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>The analysis' verbs are passed on as they are; what they print comes through whole, and their exit codes are the front
/// door's.</summary>
[Slow]
public sealed class AnalysisVerbsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Long]
    public async Task Logs_are_imported_and_exported_again_through_the_front_door()
    {
        string store = Path.Combine(_folder, "store");
        string logs = Path.Combine(_folder, "logs");
        string folder = Path.Combine(logs, "gpt-5-solo", "solo", "go_chi_task", "26", "f1_f2");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "solo.patch"), "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "result.json"),
            """{"agent": {"status": "Submitted", "steps": 3, "cost": 0.5}, "started_at": "2026-05-01T10:00:00", "duration_seconds": 60}""",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "eval.json"),
            """{"features": [1, 2], "feature1": {"passed": true}, "feature2": {"passed": true}, "both_passed": true, "error": "ü"}""",
            TestContext.Current.CancellationToken);

        (int code, string output, string error) =
            await RunAsync("import", "--cooperbench-dir", logs, "--name", "gpt-5-ü", "--store", store);
        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain("'gpt-5-ü' cannot name an experiment");

        (code, output, error) = await RunAsync("import", "--cooperbench-dir", logs, "--store", store, "--name", "mine");
        code.Should().Be(ExitCodes.Ok, error);
        output.Should().Contain("mine: imported from ").And.Contain("wrote 1 records to ");

        (code, output, error) = await RunAsync("export", "mine", "--output", Path.Combine(_folder, "again"), "--store", store);
        code.Should().Be(ExitCodes.Ok, error);
        File.Exists(Path.Combine(_folder, "again", "mine-solo", "solo", "go_chi_task", "26", "f1_f2", "eval.json")).Should().BeTrue();

        foreach (string verb in (string[])["validate", "collect", "report", "export", "query"])
        {
            string[] more = verb switch
            {
                "export" => ["--output", Path.Combine(_folder, "again-by-option")],
                "query" => ["select 1"],
                _ => [],
            };
            // None of them needs more than the name to be refused: it must have reached the verb.
            (_, _, error) = await RunAsync([verb, .. more, "-e", "nothing", "--store", store]);
            error.Should().Contain("'nothing'", verb);
        }
        (code, output, error) = await RunAsync("export", "--output", Path.Combine(_folder, "by-option"), "-e", "mine", "--store", store);
        code.Should().Be(ExitCodes.Ok, error);

        (code, output, error) = await RunAsync("status", "-e", "mine", "--store", store);
        code.Should().Be(ExitCodes.Ok, error);
        output.Should().Contain("solo ");
        (code, output, _) = await RunAsync("status", "mine", "--store", store);
        code.Should().Be(ExitCodes.Ok);
        output.Should().Contain("solo ");

        File.Delete(Directory.EnumerateFiles(Path.Combine(store, "mine", "runs")).Single());
        foreach (string verb in (string[])["validate", "report"])
            (await RunAsync(verb, "mine", "--store", store)).Code.Should()
                .Be(ExitCodes.InvalidStore, "a store that fails its validation has one exit code, whatever the verb");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", [Programs.Built("Cli"), .. arguments]) { Environment = ChildEnvironment.Usual("DOTNET_ROOT") },
                TestContext.Current.CancellationToken);
        return (result.ExitCode ?? -1, result.Stdout.Text, result.Stderr.Text);
    }
}
