using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Processes;
using Tandem.Records.Cases;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Real runs in stores of their own become one store, by the front door.</summary>
[Slow]
[Long]
public sealed class StoreMergeTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-merge-test-").FullName;

    public StoreMergeTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The built-in tasks run in the process sandbox on Linux only.");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Stores_are_merged_while_one_of_them_is_written_to_and_when_it_is_done()
    {
        (await RunAsync("run", "--setting", "solo", "--smoke", "2", "--sandbox", "process", "--store", "a")).Code.Should().Be(ExitCodes.Ok);
        Task<(int Code, string Output, string Error)> live =
            RunAsync("run", "--setting", "coop-comm", "--smoke", "3", "--sandbox", "process", "--store", "b");
        await WaitForAsync(() => File.Exists(new StoreLayout(Path.Combine(_folder, "b"), "default").PlanFile), live);

        do
        {
            (int during, string said, string fault) = await RunAsync("store", "merge", "a", "b", "all", "--partial");
            during.Should().Be(ExitCodes.Ok, said + fault);
        }
        while (!live.IsCompleted);
        (await live).Code.Should().Be(ExitCodes.Ok);
        (int code, string output, string error) = await RunAsync("store", "merge", "a", "b", "all", "--partial");

        code.Should().Be(ExitCodes.Ok, error);
        output.Should().MatchRegex(@"\n  b +default +\d+ +\d+ +\d+ ");
        Records("all").Should().BeEquivalentTo(Records("a").Concat(Records("b"))).And.HaveCount(5);
        ChildResult deep = await Programs.ValidateAsync(Path.Combine(_folder, "all"), "default", "--partial", "--deep");
        deep.ExitCode.Should().Be(0, deep.Stdout.Text);
        (await RunAsync("store", "merge", "a", "b", "all")).Code.Should().Be(ExitCodes.InvalidStore, "cases of the plan are missing");

        string file = Directory.EnumerateFiles(new StoreLayout(Path.Combine(_folder, "b"), "default").RunsFolder).First();
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^20]++;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        (code, _, error) = await RunAsync("store", "merge", "b", "again", "-e", "default", "--partial");
        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain("nothing was changed: ").And.Contain("The record differs from its copy ")
            .And.Contain(Path.Combine("b", "default", "runs", Path.GetFileName(file)) + "(");
        Directory.Exists(Path.Combine(_folder, "again")).Should().BeFalse();
    }

    private IEnumerable<(CaseId, string, bool?)> Records(string store) =>
        new StoreReader(new StoreLayout(Path.Combine(_folder, store), "default")).ReadRuns()
            .Select(run => (run.Record.CaseId, run.Record.AttemptId, run.Record.BothPassed));

    private static async Task WaitForAsync(Func<bool> condition, Task unless)
    {
        while (!condition() && !unless.IsCompleted)
            await Task.Delay(50, TestContext.Current.CancellationToken);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", [Programs.Built("Cli"), .. arguments])
            { Environment = ChildEnvironment.Usual("DOTNET_ROOT"), WorkingDirectory = _folder, TimeLimit = s_limit },
            TestContext.Current.CancellationToken);
        return (result.ExitCode ?? -1, result.Stdout.Text, result.Stderr.Text);
    }
}
