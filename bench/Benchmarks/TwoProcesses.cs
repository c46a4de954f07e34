using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.FakeModel;
using Tandem.Harness.Experiments;
using Tandem.Harness.Processes;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>One experiment by one process, and by two that are started together on one store, with an agent that mostly waits for its
/// model. Each process runs as many cases at once.</summary>
internal sealed class TwoProcesses : IBenchmark
{
    private const int Pairs = 5;
    private const int Seeds = 2;
    private const int AtOnce = 5;
    private const int Answers = 10;
    private const double TargetShare = 0.65;
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    public string Name => "two-processes";

    public string Description => "an experiment by one process and by two at once, with an agent that mostly waits";

    public bool NeedsEngine => true;

    public int UsualRuns => 2;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using FakeModelServer model = await FakeModelServer
            .StartAsync(request => new FakeAnswer.Stall(s_answer, request.Turn < Answers - 1 ? FakeAnswer.Runs("true")
            : FakeAnswer.Submits));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            string experiment = Path.Combine(folder.FullName, "bench.json");
            await File.WriteAllTextAsync(experiment, Experiment(model.BaseUrl), cancellationToken);
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [
                    new Side("one process", token => MeasureAsync(experiment, folder.FullName, processes: 1, token)),
                    new Side("two processes", token => MeasureAsync(experiment, folder.FullName, processes: 2, token)),
                ],
                context.Runs,
                context.Progress,
                cancellationToken);
            Samples share = laps[1].Total.Over(laps[0].Total);
            return new BenchResult(
                [new Table(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Seconds from the start of the processes to the end of the last, median (least–most). {Pairs * Seeds} cases of "
                            + $"the shell agent, {AtOnce} at once in each process; {Answers} answers a case, {s_answer.TotalSeconds:0} s "
                            + $"each. The share is taken round by round."),
                    ["side", "whole", "share of one"],
                    [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, Wording.Seconds(side.Total),
                        Wording.Ratio(side.Total.Over(laps[0].Total))])])],
                [new TargetCheck("two processes take at most 0.65 of the time of one", Wording.Ratio(share), share.Median <= TargetShare)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Experiment(Uri model) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {
          "name": "bench", "tasks": { "subset": "smoke" }, "settings": ["solo"], "seeds": { "solo": [{{string.Join(", ", Enumerable.Range(0, Seeds))}}] },
          "agent": { "kind": "shell" }, "model": { "name": "fake", "base_url": "{{model}}" }, "sandbox": { "provider": "docker" }, "run": { "concurrency": {{AtOnce}} }
        }
        """);

    private static async Task<Lap> MeasureAsync(string experiment, string folder, int processes, CancellationToken cancellationToken)
    {
        string store = Path.Combine(folder, Guid.NewGuid().ToString("n"));
        var command = new ChildCommand(Environment.ProcessPath
            ?? "dotnet", [Built.Find("Experiments.Tests"), "-noLogo", "-noColor", "-noAutoReporters", "-reporter", "quiet"])
        {
            Environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT", "DOCKER_HOST"))
            { [ExperimentView.ExperimentVariable] = experiment, [ExperimentView.StoreVariable] = store },
            TimeLimit = s_limit,
        };
        var lap = new Lap();
        ChildResult[] results = await Task.WhenAll(Enumerable.Range(0, processes)
            .Select(_ => ChildProcess.RunAsync(command, cancellationToken)));
        lap.Finish();
        foreach (ChildResult result in results)
            result.ThrowOnFailure();
        // What is measured is worth nothing unless each case was done, and none twice.
        RunRecord[] records = [.. new StoreReader(new StoreLayout(store, "bench")).ReadRuns().Select(run => run.Record)];
        return records.Length == Pairs * Seeds && records.DistinctBy(record => record.CaseId).Count() == records.Length
            && records.All(record => record.AgentStatus == AgentStatus.Submitted)
            ? lap
            : throw new InvalidDataException(
            $"{records.Length} records of {records.DistinctBy(record => record.CaseId).Count()} cases, "
            + $"{records.Count(record => record.AgentStatus == AgentStatus.Submitted)} submitted; there are {Pairs * Seeds} cases.");
    }
}
