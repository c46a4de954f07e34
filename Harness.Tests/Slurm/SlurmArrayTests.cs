using System.Runtime.Versioning;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Configuration;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.FrontDoor;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Slurm;

/// <summary>The batch script of <c>deploy/slurm</c> on a real Slurm, with plain processes as sandboxes.</summary>
[Slow]
[Long]
[SupportedOSPlatform("linux")]
public sealed class SlurmArrayTests : IClassFixture<SlurmCluster>, IDisposable
{
    private const string Script = "deploy/slurm/tandem.sbatch";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(12);
    private readonly SlurmCluster _cluster;
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-array-").FullName;

    private string Stores => Path.Combine(_folder, "stores");

    private string Merged => Path.Combine(_folder, "merged");

    public SlurmArrayTests(SlurmCluster cluster)
    {
        SlurmCluster.Require();
        _cluster = cluster;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_array_drains_the_default_experiment_though_one_task_is_requeued_and_one_is_cancelled()
    {
        string job = await SubmitAsync($"sbatch --array=0-7 {Script} default", PerTask);
        await Task.WhenAll(HasCompletedOneAsync(3), HasCompletedOneAsync(5));
        (await _cluster.RunAsync("scontrol", "requeue", $"{job}_3")).ThrowOnFailure();
        (await _cluster.RunAsync("scancel", $"{job}_5")).ThrowOnFailure();
        await _cluster.EndOfAsync(job, s_limit);

        (await _cluster.EndingOfAsync($"{job}_3")).Should().Be("COMPLETED 0:0");
        (await _cluster.EndingOfAsync($"{job}_5")).Should().Be("CANCELLED 130:0");
        Output(3).Should().Contain($"job {job}, task 3, start 1 ").And.Contain("Stopping: no further case starts").And
            .Contain($"job {job}, task 3, start 2 ").And.MatchRegex(@"9 selected in shard 4/8, [1-8] to run");
        Output(5).Should().Contain("all cases without a verdict are due again").And.NotContain("start 2 ");

        (await MergeAsync("--partial")).ExitCode.Should().Be(ExitCodes.Ok);
        string status = (await DoorAsync(PerTask, "status", "default", "--shards", "--store", Merged)).ThrowOnFailure().Stdout.Text;
        string again = status.TrimEnd().Split('\n')[^1].Trim();
        again.Should().Be($"TANDEM_SHARDS=8 sbatch --array=5 {Script} default");
        string second = await SubmitAsync(again, PerTask);
        await _cluster.EndOfAsync(second, s_limit);

        (await _cluster.EndingOfAsync($"{second}_5")).Should().Be("COMPLETED 0:0");
        ChildResult merged = await MergeAsync();
        merged.ExitCode.Should().Be(ExitCodes.Ok, merged.Stdout.Text + merged.Stderr.Text);
        (await Programs.ValidateAsync(Merged, "default")).ExitCode.Should().Be(ExitCodes.Ok);
        CaseId[] planned = [.. new StoreReader(new StoreLayout(Merged, "default")).ReadPlan()!.Cases];
        planned.Should().HaveCount(50);
        RunRecord[] records = Records(Merged, "default");
        records.Where(record => record.BothPassed is not null).Select(record => record.CaseId).Should().BeEquivalentTo(planned)
            .And.OnlyHaveUniqueItems("no case is done twice");
        (await DoorAsync(PerTask, "status", "default", "--shards", "--store", Merged)).Stdout.Text.Should()
            .EndWith("All shards are complete.\n");
    }

    [Fact]
    public async Task A_SIGTERM_to_the_script_alone_interrupts_the_run_and_its_case_is_due_again()
    {
        (string, string)[] shared = [("TANDEM_STORE", Stores), ("TANDEM_SHARDS", "2"), .. Common];
        string job = await SubmitAsync($"sbatch --array=1 {Script} oracle", shared);
        await HasCompletedOneAsync(1);
        (await _cluster.RunAsync("scancel", "--batch", "--signal=TERM", $"{job}_1")).ThrowOnFailure();
        await _cluster.EndOfAsync(job, s_limit);

        (await _cluster.EndingOfAsync($"{job}_1")).Should().Be("FAILED 130:0");
        Output(1).Split('\n').Should().ContainSingle(line => line.StartsWith("Stopping: no further case starts"));
        RunRecord[] records = Records(Stores, "oracle");
        records.Should().OnlyContain(record => record.Interrupted || record.BothPassed == true).And
            .Contain(record => !record.Interrupted);
        string[] due = (await DoorAsync(shared, "run", "--experiment", "oracle", "--shard", "2/2", "--dry-run")).ThrowOnFailure()
            .Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        due.Should().Contain(records.Where(record => record.Interrupted).Select(record => record.CaseId.ToString())).And
            .NotContain(records.Where(record => !record.Interrupted).Select(record => record.CaseId.ToString()));
    }

    [Fact]
    public async Task A_worker_of_a_shared_matrix_is_no_shard()
    {
        string job = await SubmitAsync($"sbatch --array=4 {Script} oracle --dry-run",
            [("TANDEM__Run__Claims", "postgres"), ("TANDEM_POSTGRES", "Host=127.0.0.1;Port=1;Timeout=1"), .. PerTask]);
        await _cluster.EndOfAsync(job, s_limit);

        (await _cluster.EndingOfAsync($"{job}_4")).Should().Be("COMPLETED 0:0", Output(4));
        Output(4).Should().Contain($": a worker, store {Stores}/worker-4\n");
        Output(4).Split('\n').Count(line => CaseId.TryParse(line, out _)).Should().Be(42, "it may run every case");
    }

    private static (string Name, string Value)[] Common => [("TANDEM__Run__Concurrency", "1")];

    private (string Name, string Value)[] PerTask => [("TANDEM_STORE", Stores), ("TANDEM_STORE_PER_TASK", "1"), .. Common];

    /// <summary>Submits as a user does who types a line in the project's folder.</summary>
    /// <returns>The job's number.</returns>
    private async Task<string> SubmitAsync(string line, (string, string)[] variables) => (await ChildProcess.RunAsync(
        new ChildCommand("bash", "-c", $"{line} --sandbox process")
        {
            Environment = _cluster.Variables([.. variables, ("SBATCH_OUTPUT", Path.Combine(_folder, "%a.out"))]),
            WorkingDirectory = ProjectFolder.Find(),
        }, TestContext.Current.CancellationToken)).ThrowOnFailure().Stdout.Text.Trim().Split(' ')[^1];

    private Task HasCompletedOneAsync(int task) => SlurmCluster.UntilAsync(
        () => Task.FromResult(Output(task).Contains("\n[1/", StringComparison.Ordinal)), s_limit, $"task {task} completes a case");

    private string Output(int task) =>
        Path.Combine(_folder, FormattableString.Invariant($"{task}.out")) is var file && File.Exists(file) ? File.ReadAllText(file) : "";

    private Task<ChildResult> MergeAsync(params string[] options) =>
        DoorAsync(Common, ["store", "merge", .. Directory.GetDirectories(Stores).Order(), Merged, .. options]);

    private Task<ChildResult> DoorAsync((string, string)[] variables, params string[] words) => ChildProcess.RunAsync(
        new ChildCommand("dotnet", [Programs.Built("Cli"), .. words])
        { Environment = _cluster.Variables(variables), WorkingDirectory = _folder }, TestContext.Current.CancellationToken);

    private static RunRecord[] Records(string store, string experiment) =>
        [.. new StoreReader(new StoreLayout(store, experiment)).ReadRuns().Select(run => run.Record)];
}
