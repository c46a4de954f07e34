using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Defined;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Experiments;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>What all cases of one process share: the experiment, its store, and where sandboxes come from. Disposing closes the run files
/// and the provider.</summary>
public sealed partial class RunEnvironment : IAsyncDisposable
{
    /// <summary>What the line of a task begins with whose image cannot be had.</summary>
    public const string NoImageMark = MissingImage.Mark;

    private readonly RunFileWriter _writer;
    private readonly AgentModels _models;
    private readonly long _openedTicks;

    /// <summary>Opens an experiment in a store: freezes its plan there and reads what is recorded.</summary>
    /// <param name="configuration">The experiment.</param>
    /// <param name="taskSet">Its tasks.</param>
    /// <param name="agent">Its kind of agent.</param>
    /// <param name="provider">Where sandboxes come from; closed with the environment.</param>
    /// <param name="storeFolder">The store.</param>
    /// <param name="runId">This invocation.</param>
    /// <param name="clock">The one clock.</param>
    /// <param name="asStored">Whether the store's plan stays as it is; else what is new is added to it.</param>
    /// <param name="reservations">Shared with the judges of this process, if it has any.</param>
    /// <param name="sharding">The division into shards, which is frozen in the store, too; null where there is none.</param>
    /// <exception cref="ExperimentMismatchException">The store holds another experiment of that name, or another division.</exception>
    public RunEnvironment(ExperimentConfiguration configuration, TaskSet taskSet, AgentKind agent, ISandboxProvider provider,
        string storeFolder, string runId, TimeProvider clock, bool asStored = false, Reservations? reservations = null,
        Sharding? sharding = null)
        : this(configuration, taskSet, agent, provider, storeFolder, runId, clock, asStored, reservations, sharding, matrix: null)
    {
    }

    private RunEnvironment(ExperimentConfiguration configuration, TaskSet taskSet, AgentKind agent, ISandboxProvider provider,
        string storeFolder, string runId, TimeProvider clock, bool asStored, Reservations? reservations, Sharding? sharding,
        ISharedMatrix? matrix)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(clock);
        (Configuration, TaskSet, Agent, Provider, RunId, Clock) = (configuration, taskSet, agent, provider, runId, clock);
        provider.OnNotice = Notice;
        Layout = new StoreLayout(storeFolder, configuration.Name);
        ExperimentPlan plan = ExperimentPlanner.Plan(configuration, taskSet, clock.GetUtcNow());
        Plan = asStored ? ExperimentPlanner.Stored(plan, Layout) : ExperimentPlanner.Freeze(plan, Layout);
        string[] cases = [.. Plan.Cases.Select(caseId => caseId.ToString())];
        Sharding = sharding?.Freeze(Layout, cases);
        Matrix = matrix ?? new FileMatrix(Layout);
        Golds = new GoldAnswers(StoreLayout.GoldFolder(storeFolder), clock);
        Index = new RunIndex(Layout);
        _openedTicks = clock.GetTimestamp();
        Breaker = new CircuitBreaker(BreakerWords.OfCases, configuration.Run, clock, Notice, Halt);
        IdleGuard = new IdleGuard(this);
        Images = new ImageGate(provider, clock, Notice);
        HostRoom room = HostRoom.Of(Directory.Exists(storeFolder) ? storeFolder : Path.GetTempPath(), clock, Notice);
        var judgements = new JudgementIndex(Layout);
        decimal? most = configuration.Limits.MaxCostUsd?.Usd;
        var budget = new Budget(
            new PairLedger(configuration, agent.CostsMoney, Index, judgements, new FileClaimStore(Layout)),
            Matrix.IsShared ? null : most, () => Bounds, runId, reservations ?? new Reservations(),
            Sharding?.PartOf(most, cases, Matrix.IsShared));
        IBudget money = Matrix.BudgetOf(budget, () => SpentOnJudges(judgements));
        Admission = new AdmissionControl(agent.CostsMoney ? money : null, Breaker, room, WhyNot);
        _models = AgentModels.Open(configuration, taskSet, agent, provider, Index, clock);
        Matrix.Share(Breaker, _models.Provider is null ? null : $"{configuration.Model.Name} at {configuration.Model.BaseUrl}",
            _models.Gate);
        Prompts = agent.ReadPrompts?.Invoke(configuration.Agent);
        _writer = new RunFileWriter(Layout, runId, Instrumentation.HarnessVersion, clock);
    }

    /// <summary>The experiment.</summary>
    public ExperimentConfiguration Configuration { get; }

    /// <summary>Its tasks.</summary>
    public TaskSet TaskSet { get; }

    /// <summary>What is known of the tasks' gold patches.</summary>
    internal GoldAnswers Golds { get; }

    /// <summary>Its kind of agent.</summary>
    public AgentKind Agent { get; }

    /// <summary>Where sandboxes come from.</summary>
    public ISandboxProvider Provider { get; }

    /// <summary>Where things are in the store.</summary>
    public StoreLayout Layout { get; }

    /// <summary>The plan, as frozen.</summary>
    public ExperimentPlan Plan { get; }

    /// <summary>Into which shards the plan is divided, as frozen; null where it is not.</summary>
    public Sharding? Sharding { get; }

    /// <summary>What it shares with other workers.</summary>
    internal ISharedMatrix Matrix { get; }

    /// <summary>This invocation.</summary>
    public string RunId { get; }

    /// <summary>The one clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The experiment's model; null where the agent uses none, or where something is missing for it.</summary>
    public ModelConnection? Model => _models.Connection;

    /// <summary>The way of command-line agents by definition to the model; null as <see cref="Model"/>.</summary>
    internal GatewayAccess? Gateway => _models.Gateway;

    /// <summary>Who answers; null where nobody is asked.</summary>
    internal ModelProvider? ModelProvider => _models.Provider;

    /// <summary>The model's name; null where the agent uses none.</summary>
    internal string? ModelName => _models.Name;

    /// <summary>What models cost; null where the agent uses none that the experiment names.</summary>
    public PriceTable? Prices => _models.Prices;

    /// <summary>The agent's prompts, read once, so that all cases of a process have the same; null where it has none.</summary>
    internal ShellPrompts? Prompts { get; }

    /// <summary>For how long an agent's patch is taken from its sandbox. What takes longer is the agent's fault. Default 5
    /// minutes.</summary>
    internal TimeSpan PatchTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What this invocation may spend.</summary>
    public RunBounds Bounds { get; init; } = RunBounds.None;

    /// <summary>Why no case is begun any more: a fault that each would meet. Null while there is none.</summary>
    public string? Halted { get; private set; }

    /// <summary>What must never be written down.</summary>
    internal SecretFilter Secrets => _models.Secrets;

    /// <summary>Called with a line when the run is paused, goes on, or is stopped.</summary>
    public Action<string>? OnNotice { get; set; }

    /// <summary>Who may start.</summary>
    internal AdmissionControl Admission { get; }

    /// <summary>Pauses or ends the run.</summary>
    internal CircuitBreaker Breaker { get; }

    /// <summary>Sees outages that show in no error.</summary>
    internal IdleGuard IdleGuard { get; }

    /// <summary>Which tasks have no image.</summary>
    internal ImageGate Images { get; }

    internal RunIndex Index { get; }

    /// <summary>Why the experiment's agents cannot be started at all, and what to set; null if they can.</summary>
    internal string? WhyNoAgent() =>
        WhyHalted() ?? _models.Missing ?? BudgetFault.Of(Configuration, Agent, Prices)?.ToString();

    private string? WhyHalted() => Halted is null ? null : $"the run was stopped by a fault that every case would meet: {Halted}";

    /// <summary>Why no attempt may begin any more; see <see cref="AdmissionControl"/>.</summary>
    private string? WhyNot(bool paysAgents) =>
        Bounds.WhyOver(Clock.GetElapsedTime(_openedTicks)) ?? (paysAgents ? WhyNoAgent() : WhyHalted());

    /// <summary>Looks, before the first case begins, which tasks have no image and cannot get one; nothing is pulled or built. Their cases
    /// are skipped.</summary>
    /// <param name="cases">The cases that are to run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Lines to print: what is missing, task by task; empty if nothing is.</returns>
    public async Task<IReadOnlyList<string>> LookForImagesAsync(IReadOnlyCollection<CaseId> cases, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ILookup<CodingTask?, CaseId> byTask = cases.ToLookup(caseId => TaskSet.Find(caseId.Repo, caseId.TaskId));
        CodingTask[] tasks = [.. byTask.Select(task => task.Key).OfType<CodingTask>()];
        await Images.LookAheadAsync(tasks, cancellationToken);
        IReadOnlyList<MissingImage> missing = Images.Missing;
        if (missing.Count == 0)
            return [];
        int skipped = missing.Sum(one => byTask[one.Task].Count());
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"{missing.Count} of {tasks.Length} tasks have no image, and none can be pulled or "
                + $"built now. Their {skipped} cases are skipped, without an attempt; the others run."),
            .. missing.Select(one => $"  {one}"),
        ];
    }

    /// <summary>Begins no further case.</summary>
    internal void Halt(string reason)
    {
        if (Halted is not null)
            return;
        Halted = reason;
        Breaker.Release();
        Notice($"stopped: {reason.TrimEnd('.')}. No further case starts. Start the same command again when this is fixed.");
    }

    private Spending SpentOnJudges(JudgementIndex judgements)
    {
        judgements.Refresh();
        return judgements.Spent(Price.OfJudgement(Configuration).Usd);
    }

    internal void Notice(string line) => OnNotice?.Invoke(Secrets.Clean(line));

    /// <summary>The store's identity on its sandboxes: a digest, so that no path leaves the host.</summary>
    public string StoreId => StoreIdOf(Layout.StoreFolder);

    /// <summary>See <see cref="StoreId"/>.</summary>
    public static string StoreIdOf(string storeFolder) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(storeFolder))))[..16];

    /// <summary>Appends a record; when this returns it is on disk and known.</summary>
    internal void Append(RunRecord record) => Index.Add(record, _writer.Append(record));

    /// <summary>Books what the records of a case say by now; see <see cref="ISharedMatrix.BookAsync"/>.</summary>
    internal Task BookAsync(CaseId caseId, CancellationToken cancellationToken) => Matrix.BookAsync(
        caseId,
        () =>
        {
            Index.Refresh();
            return Index.Find(caseId);
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _writer.Dispose();
        await Matrix.DisposeAsync();
        await _models.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
