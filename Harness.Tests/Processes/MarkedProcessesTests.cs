using FluentAssertions;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.Processes;

public sealed class MarkedProcessesTests
{
    private readonly string _id = Guid.NewGuid().ToString("N");

    public MarkedProcessesTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found by their environment on Linux only.");

    [Fact]
    public async Task Only_the_whole_entry_marks_a_process()
    {
        await using Sleeper sleeper = await Sleeper.StartAsync(new() { ["MARK"] = _id });
        MarkedProcesses.Find($"MARK={_id}").Should().Equal(sleeper.Pid);
        MarkedProcesses.Find($"MARK={_id[..^1]}").Should().BeEmpty("it is the beginning of an entry");
        MarkedProcesses.Find($"ARK={_id}").Should().BeEmpty("it is the end of an entry");
        MarkedProcesses.Find($"MARK={_id}x").Should().BeEmpty();
    }

    [Fact]
    public async Task A_mark_is_found_in_a_large_environment_too()
    {
        var environment = new Dictionary<string, string>();
        for (int i = 0; i < 20; i++)
            environment[$"A{i}"] = new string('x', 20_000);
        environment["ZZZ"] = _id;
        await using Sleeper sleeper = await Sleeper.StartAsync(environment);
        MarkedProcesses.Find($"ZZZ={_id}").Should().Equal(sleeper.Pid);
    }

    [Fact]
    public async Task Killing_spares_those_with_another_mark()
    {
        await using Sleeper marked = await Sleeper.StartAsync(new() { ["MARK"] = _id });
        await using Sleeper other = await Sleeper.StartAsync(new() { ["MARK"] = _id + "-other" });
        (await MarkedProcesses.KillAllAsync($"MARK={_id}")).Should().BeTrue();
        MarkedProcesses.Find($"MARK={_id}").Should().BeEmpty();
        MarkedProcesses.Find($"MARK={_id}-other").Should().Equal(other.Pid);
    }

    [Fact]
    public async Task Where_none_is_marked_killing_is_quick_and_done() =>
        (await MarkedProcesses.KillAllAsync($"MARK={_id}")).Should().BeTrue();

    /// <summary>A process that sleeps in the background until it is disposed of.</summary>
    private sealed class Sleeper(int pid) : IAsyncDisposable
    {
        public int Pid => pid;

        public static async Task<Sleeper> StartAsync(Dictionary<string, string> environment)
        {
            ChildResult result = await ChildProcess.RunAsync(
                new ChildCommand("/bin/sh", "-c", "/bin/sleep 300 > /dev/null 2>&1 & echo $!") { Environment = environment },
                    TestContext.Current.CancellationToken);
            int pid = int.Parse(result.ThrowOnFailure().Stdout.Text);
            // Its environment shows when it has become the program.
            while (!(await File.ReadAllTextAsync($"/proc/{pid}/cmdline")).StartsWith("/bin/sleep", StringComparison.Ordinal))
                await Task.Delay(5);
            return new Sleeper(pid);
        }

        public async ValueTask DisposeAsync() =>
            await ChildProcess.RunAsync(new ChildCommand("kill", "-9", $"{pid}"), CancellationToken.None);
    }
}
