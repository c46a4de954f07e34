using System.Collections.Concurrent;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>Runs cases of the built-in tasks in the process sandbox, with agents that a test makes up, into a store of its own.</summary>
public sealed class RunsFixture : IAsyncDisposable
{
    private readonly List<RunEnvironment> _environments = [];
    private readonly string _sandboxes;
    private readonly bool _isOthers;

    /// <param name="folder">A folder of another process, which stays its own; null makes one.</param>
    public RunsFixture(string? folder = null)
    {
        Tier.RequireSlow("runs cases");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The built-in tasks run in the process sandbox on Linux only.");
        _isOthers = folder is not null;
        folder ??= Path.Combine(Path.GetTempPath(), $"tandem-runs-{Guid.NewGuid():n}");
        (Store, _sandboxes) = (Path.Combine(folder, "store"), Templates.ShareIn(Path.Combine(folder, "sandboxes")));
        TaskSet = TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks"));
        Configuration = new ExperimentConfiguration
        {
            Name = "x",
            Tasks = new TaskSettings { Subset = "smoke" },
            Run = new RunSettings { RetryPauseSeconds = 0 },
        };
    }

    public string Store { get; }

    public TaskSet TaskSet { get; set; }

    public ExperimentConfiguration Configuration { get; set; }

    public RunBounds Bounds { get; set; } = RunBounds.None;

    /// <summary>The shard of runs that begin from now on; null is none.</summary>
    public Sharding? Sharding { get; set; }

    /// <summary>The clock of runs that begin from now on; sandboxes keep to the system's.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>What the runs said that concerns them as a whole.</summary>
    public ConcurrentQueue<string> Notices { get; } = new();

    /// <summary>Called with each of <see cref="Notices"/>.</summary>
    public Action<string>? OnNotice { get; set; }

    public StoreLayout Layout => new(Store, Configuration.Name);

    /// <summary>A pair that merges cleanly and passes with the gold patches.</summary>
    public static CaseId Solo { get; } = CaseId.Parse("solo/timespan_task/14/f1_f3/seed0");

    public static CaseId Coop { get; } = CaseId.Parse("coop-nocomm/timespan_task/14/f1_f3/seed0");

    public static CaseId Comm { get; } = CaseId.Parse("coop-comm/timespan_task/14/f1_f3/seed0");

    /// <summary>Folders of sandboxes that are still there.</summary>
    public IEnumerable<string> SandboxesLeft() => Path.Combine(_sandboxes, "sandboxes") is var folder && Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder, "tandem-*") : [];

    /// <summary>Runs a case as a new process would: with nothing in memory of what was before.</summary>
    public Task<CaseResult> RunAsync(CaseId caseId, AgentKind agent, AttemptReason reason = AttemptReason.Due, Func<ISandboxProvider,
        ISandboxProvider>? wrap = null, CancellationTokenSource? stop = null)
    {
        return Runner(agent, wrap).RunAsync(caseId, reason, TimeSpan.Zero, stop?.Token ?? TestContext.Current.CancellationToken);
    }

    /// <summary>What runs cases as one process.</summary>
    public CaseRunner Runner(AgentKind agent, Func<ISandboxProvider, ISandboxProvider>? wrap = null) => new(Open(agent, wrap));

    /// <summary>What the cases of one process share; closed with the fixture.</summary>
    public RunEnvironment Open(AgentKind agent, Func<ISandboxProvider, ISandboxProvider>? wrap = null)
    {
        ISandboxProvider provider = new ProcessSandboxProvider(_sandboxes, TimeProvider.System);
        var environment = new RunEnvironment(Configuration, TaskSet, agent, wrap is null ? provider
            : wrap(provider), Store, Guid.NewGuid().ToString("n"), Clock, sharding: Sharding)
        {
            Bounds = Bounds,
            OnNotice = line =>
            {
                Notices.Enqueue(line);
                OnNotice?.Invoke(line);
            },
        };
        _environments.Add(environment);
        return environment;
    }

    /// <summary>As <see cref="RunAsync"/>, where the case is to be run.</summary>
    public async Task<RunRecord> RecordAsync(CaseId caseId, AgentKind agent, AttemptReason reason = AttemptReason.Due,
        Func<ISandboxProvider, ISandboxProvider>? wrap = null)
    {
        CaseResult result = await RunAsync(caseId, agent, reason, wrap);
        return Assert.IsType<CaseResult.Ran>(result).Record;
    }

    /// <summary>A file that an attempt left; null if it left none.</summary>
    public byte[]? Artifact(CaseId caseId, int attempt, string name)
    {
        string path = Path.Combine(Layout.AttemptFolder(caseId, attempt), name);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>The conversation that an attempt left; null if it left none.</summary>
    public IReadOnlyList<MessageRecord>? Conversation(CaseId caseId, int attempt) =>
        Artifact(caseId, attempt, StoreLayout.ConversationFile) is byte[] content
            ? StoreJson.Read<IReadOnlyList<MessageRecord>>(content) : null;

    /// <summary>What the agents of an attempt did.</summary>
    public IReadOnlyList<TrajectoryEvent> Trajectory(CaseId caseId, int attempt) =>
        // A line that is being written at this moment is not there yet.
        [.. JsonLines.Read(Path.Combine(Layout.AttemptFolder(caseId, attempt), StoreLayout.TrajectoryFile))
            .Where(line => line.IsTerminated).Select(line => StoreJson.Read<TrajectoryEvent>(line.Utf8.Span))];

    /// <summary>All records of a case as they stand in the store.</summary>
    public IReadOnlyList<RunRecord> Stored(CaseId caseId)
    {
        var reader = new StoreReader(Layout);
        Dictionary<CaseId, CaseHistory> histories = CaseHistory.Group(reader.ReadRuns());
        Assert.Empty(reader.Faults);
        return histories.TryGetValue(caseId, out CaseHistory? history) ? history.Records : [];
    }

    public RunStatus Status(CaseId caseId) =>
        RunStatusReader.Of(Layout, caseId, CaseHistory.Group(new StoreReader(Layout).ReadRuns()).GetValueOrDefault(caseId));

    public static AgentKind Oracle { get; } = AgentCatalog.Find("oracle")!;

    /// <summary>An agent whose work is a few lines of a test.</summary>
    public static AgentKind Agent(Func<AgentContext, CancellationToken, Task<AgentEnd>> work, bool costsMoney = false) =>
        new("scripted", "does what the test says", IsSimulated: false, NeedsIsolation: false, costsMoney, () => new ScriptedAgent(work));

    /// <summary>An agent that must not be started.</summary>
    public static AgentKind Forbidden
    { get; } = new("oracle", "must not run", false, false, false, () => throw new InvalidOperationException("The agent was started."));

    /// <summary>Applies the gold patch, then does what the test says.</summary>
    public static AgentKind GoldThen(Func<AgentContext, CancellationToken, Task<AgentEnd>> then) => Agent(async (context, token) =>
    {
        await Oracle.Create().RunAsync(context, token);
        return await then(context, token);
    });

    /// <summary>Closes every file of the store.</summary>
    public async Task CloseAsync()
    {
        foreach (RunEnvironment environment in _environments)
            await environment.DisposeAsync();
        _environments.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        string folder = Path.GetDirectoryName(Store)!;
        if (!_isOthers && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private sealed class ScriptedAgent(Func<AgentContext, CancellationToken, Task<AgentEnd>> work) : IAgent
    {
        public Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken) => work(context, cancellationToken);
    }
}
