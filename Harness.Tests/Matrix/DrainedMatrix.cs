using System.Collections.Concurrent;
using System.Globalization;
using Tandem.FakeModel;
using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Victims;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Tests.Matrix;

/// <summary>A matrix of cases whose agents ask a scripted model four times each, on paper sandboxes, and the workers that share it, each a
/// process of its own.</summary>
internal sealed class DrainedMatrix : IAsyncDisposable
{
    public const int Turns = 4;

    /// <summary>Of an answer: 110 tokens at one millionth of a USD.</summary>
    public const decimal AnswerUsd = 110e-6m;

    private const int AtOnce = 4;

    private readonly ConcurrentDictionary<(int Seed, int Turn), int> _asked = new();
    private readonly FakeModelServer _model;
    private readonly string _folder;
    private readonly int _cases;
    private readonly string _connection;
    private readonly TimeSpan _life;
    private int _stores;

    private DrainedMatrix(FakeModelServer model, string folder, int cases, string connection, TimeSpan life) =>
        (_model, _folder, _cases, _connection, _life) = (model, folder, cases, connection, life);

    public ConcurrentDictionary<(int Seed, int Turn), int> Asked => _asked;

    public ConcurrentBag<Dummy> Workers { get; } = [];

    public IReadOnlyList<CaseId> Cases => CasesOf(_cases);

    public StoreLayout Layout => new(Path.Combine(_folder, "store"), "drain");

    /// <param name="cases">How many there are.</param>
    /// <param name="connection">The database.</param>
    /// <param name="life">Of a worker's connection without a sign.</param>
    /// <param name="answer">How long the model takes for an answer, given its number.</param>
    public static async Task<DrainedMatrix> StartAsync(int cases, string connection, TimeSpan life, Func<int, TimeSpan> answer)
    {
        DrainedMatrix? matrix = null;
        FakeModelServer model = await FakeModelServer.StartAsync(request =>
        {
            int seed = (int)request.Body["seed"]!;
            matrix!._asked.AddOrUpdate((seed, request.Turn), 1, (_, before) => before + 1);
            FakeAnswer says = new FakeAnswer.Says(null, [FakeToolCall.Bash(request.Turn < Turns - 1
                ? string.Create(CultureInfo.InvariantCulture, $"echo {request.Turn}") : FakeAnswer.SubmitCommand)],
                Agents.ShellCases.Usage);
            return new FakeAnswer.Stall(answer(request.Number), says);
        });
        return matrix = new DrainedMatrix(model, Directory.CreateTempSubdirectory("tandem-drain-").FullName, cases, connection, life);
    }

    /// <summary>Starts a worker on the shared folder.</summary>
    public Dummy StartWorker() => StartWorkerIn(Layout.StoreFolder);

    /// <summary>Starts a worker with a store of its own.</summary>
    public (Dummy Worker, StoreLayout Layout) StartWorkerAlone()
    {
        string store = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"store{Interlocked.Increment(ref _stores)}"));
        return (StartWorkerIn(store), new StoreLayout(store, "drain"));
    }

    /// <summary>Starts a worker with the store of one that has ended.</summary>
    public Dummy StartWorkerOn(StoreLayout layout) => StartWorkerIn(layout.StoreFolder);

    private Dummy StartWorkerIn(string store)
    {
        Dummy worker = Dummy.Start(DummyProgram.DrainAsync, store, _model.BaseUrl.ToString(), $"{_cases}", _connection,
            $"{(int)_life.TotalMilliseconds}", $"{Workers.Count}");
        Workers.Add(worker);
        return worker;
    }

    /// <summary>STORE MODEL CASES CONNECTION LIFE-MS NUMBER.</summary>
    public static async Task BeWorkerAsync(string[] arguments)
    {
        int Number(int at) => int.Parse(arguments[at], CultureInfo.InvariantCulture);
        // If the test is killed, nobody else ends it.
        string parent = ParentOfThis();
        using var watch = new Timer(_ =>
        {
            if (ParentOfThis() != parent)
                Environment.Exit(1);
        }, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var life = TimeSpan.FromMilliseconds(Number(4));
        RunEnvironment.MatrixTimes = new SessionTimes(life, life / 6, TimeSpan.FromMinutes(2));
        Environment.SetEnvironmentVariable(PostgresMatrix.ConnectionVariable, arguments[3]);
        CaseId[] cases = [.. CasesOf(Number(2))];
        // Each in an order of its own, so that they meet.
        new Random(Number(5)).Shuffle(cases);
        string prices = Path.GetTempFileName();
        await File.WriteAllTextAsync(prices,
            """{ "date": "2026-01-01", "source": "test", "models": { "priced": { "input": 1, "output": 1 } } }""");
        await using RunEnvironment environment = await RunEnvironment.OpenAsync(ConfigurationFor(cases.Length, arguments[1], prices),
            TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks")), AgentCatalog.Find("shell")!, new PaperProvider(), arguments[0],
            Guid.NewGuid().ToString("n")[..12], TimeProvider.System, Console.WriteLine);
        File.Delete(prices);
        var left = new ConcurrentDictionary<CaseId, bool>(cases.Select(id => KeyValuePair.Create(id, true)));
        var runner = new CaseRunner(environment);
        while (!left.IsEmpty)
        {
            int before = left.Count;
            await Parallel.ForEachAsync(cases.Where(left.ContainsKey), new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
                async (id, token) =>
                {
                    CaseResult result = await runner.RunAsync(id, AttemptReason.Due, TimeSpan.Zero, token);
                    if (result is CaseResult.Stored or CaseResult.Ran { Record.IsMissingData: false }
                        || (result is CaseResult.Skipped skipped && skipped.Reason.StartsWith("completed by", StringComparison.Ordinal)))
                        left.TryRemove(id, out _);
                    else
                        Console.WriteLine($"{id}: {(result is CaseResult.Skipped why ? why.Reason : result.GetType().Name)}");
                });
            if (left.Count == before)
                await Task.Delay(life / 6);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Dummy worker in Workers)
            await worker.DisposeAsync();
        await _model.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string ParentOfThis()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
    }

    private static IReadOnlyList<CaseId> CasesOf(int cases) => [.. Enumerable.Range(0, cases)
        .Select(seed => CaseId.Parse(string.Create(CultureInfo.InvariantCulture, $"solo/timespan_task/14/f1_f3/seed{seed}")))];

    private static ExperimentConfiguration ConfigurationFor(int cases, string model, string prices) => new()
    {
        Name = "drain",
        Tasks = new TaskSettings { Subset = "smoke" },
        Settings = [Setting.Solo],
        Seeds = new Dictionary<string, IReadOnlyList<int>> { ["solo"] = [.. Enumerable.Range(0, cases)] },
        Agent = new AgentSettings { Kind = "shell" },
        Model = new ModelSettings { Name = "priced", BaseUrl = model, Retries = 1, Prices = prices, Seed = 0 },
        Limits = new LimitSettings { MaxCostUsd = new CostLimit(1), CaseCostUsd = 0.01m },
        Run = new RunSettings { RetryPauseSeconds = 0, Claims = ClaimChoice.Postgres, Concurrency = AtOnce },
    };
}
