using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Postgres;
using Tandem.Bench.Reporting;
using Tandem.FakeModel;
using Tandem.Harness.Experiments;
using Tandem.Harness.Processes;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>One experiment by one worker, and by four that are started together on one store, with an agent that mostly waits for its
/// model. Each worker runs as many cases at once.</summary>
internal sealed class SharedMatrix : IBenchmark
{
    private const int Pairs = 5;
    private const int Seeds = 4;
    private const int AtOnce = 5;
    private const int Answers = 10;
    private const int Workers = 4;
    private const double TargetShare = 0.3;
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(20);

    public string Name => "workers";

    public string Description => "an experiment by one worker and by four, with files and with PostgreSQL, with an agent that mostly waits";

    public bool NeedsEngine => true;

    public string? WhyNot => PostgresServer.WhyNot;

    public int UsualRuns => 1;

    // A case waits for minutes: beside that, a cold start is little.
    public bool WarmsUp => false;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using FakeModelServer model = await FakeModelServer
            .StartAsync(request => new FakeAnswer.Stall(s_answer, request.Turn < Answers - 1 ? FakeAnswer.Runs("true")
            : FakeAnswer.Submits));
        await using PostgresServer server = await PostgresServer.StartAsync(isDurable: true, cancellationToken);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            string files = Path.Combine(folder.FullName, "files.json");
            await File.WriteAllTextAsync(files, Experiment("bench", model.BaseUrl, "files"), cancellationToken);
            int round = 0;
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [
                    new Side("one worker", token => MeasureAsync("bench", files, folder.FullName, workers: 1, server, token)),
                    new Side("four workers, files", token => MeasureAsync("bench", files, folder.FullName, Workers, server, token)),
                    new Side("four workers, PostgreSQL", async token =>
                    {
                        // The database remembers what is completed: each round is an experiment of its own.
                        string name = string.Create(CultureInfo.InvariantCulture, $"bench{++round}");
                        string file = Path.Combine(folder.FullName, name + ".json");
                        await File.WriteAllTextAsync(file, Experiment(name, model.BaseUrl, "postgres"), token);
                        return await MeasureAsync(name, file, folder.FullName, Workers, server, token);
                    }),
                ],
                context.Runs,
                context.Progress,
                cancellationToken,
                WarmsUp);
            TargetCheck Check(SideLaps side) => new($"{side.Name} take at most 0.3 of the time of one",
                Wording.Ratio(side.Total.Over(laps[0].Total)), side.Total.Over(laps[0].Total).Median <= TargetShare);
            return new BenchResult(
                [new Table(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Seconds from the start of the processes to the end of the last, median (least–most). {Pairs * Seeds} cases of "
                            + $"the shell agent, {AtOnce} at once in each worker; {Answers} answers a case, {s_answer.TotalSeconds:0} s "
                            + $"each, without a warm-up. The share is taken round by round."),
                    ["side", "whole", "share of one"],
                    [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, Wording.Seconds(side.Total),
                        Wording.Ratio(side.Total.Over(laps[0].Total))])])],
                [.. laps.Skip(1).Select(Check)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Experiment(string name, Uri model, string claims) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {
          "name": "{{name}}", "tasks": { "subset": "smoke" }, "settings": ["solo"],
          "seeds": { "solo": [{{string.Join(", ", Enumerable.Range(0, Seeds))}}] },
          "agent": { "kind": "shell" }, "model": { "name": "fake", "base_url": "{{model}}", "max_concurrent": {{Workers * AtOnce}} },
          "sandbox": { "provider": "docker" },
          "run": { "concurrency": {{AtOnce}}, "claims": "{{claims}}" }
        }
        """);

    private static async Task<Lap> MeasureAsync(string name, string experiment, string folder, int workers, PostgresServer server,
        CancellationToken cancellationToken)
    {
        string store = Path.Combine(folder, Guid.NewGuid().ToString("n"));
        var command = new ChildCommand(Environment.ProcessPath
            ?? "dotnet", [Built.Find("Experiments.Tests"), "-noLogo", "-noColor", "-noAutoReporters", "-reporter", "quiet"])
        {
            Environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT", "DOCKER_HOST"))
            {
                [ExperimentView.ExperimentVariable] = experiment,
                [ExperimentView.StoreVariable] = store,
                [Harness.Admission.Postgres.PostgresMatrix.ConnectionVariable] = server.ConnectionString,
            },
            TimeLimit = s_limit,
        };
        var lap = new Lap();
        ChildResult[] results = await Task.WhenAll(Enumerable.Range(0, workers)
            .Select(_ => ChildProcess.RunAsync(command, cancellationToken)));
        lap.Finish();
        foreach (ChildResult result in results)
            result.ThrowOnFailure();
        // What is measured is worth nothing unless each case was done, and none twice.
        RunRecord[] records = [.. new StoreReader(new StoreLayout(store, name)).ReadRuns().Select(run => run.Record)];
        return records.Length == Pairs * Seeds && records.DistinctBy(record => record.CaseId).Count() == records.Length
            && records.All(record => record.AgentStatus == AgentStatus.Submitted)
            ? lap
            : throw new InvalidDataException(
            $"{records.Length} records of {records.DistinctBy(record => record.CaseId).Count()} cases, "
            + $"{records.Count(record => record.AgentStatus == AgentStatus.Submitted)} submitted; there are {Pairs * Seeds} cases.");
    }
}
