using Tandem.Harness.Admission;
using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <content>How it is opened where workers share a matrix.</content>
public sealed partial class RunEnvironment
{
    /// <summary>As the constructor, and joins the workers that share the experiment's matrix, where it says so
    /// (<see cref="RunSettings.Claims"/>).</summary>
    /// <param name="configuration">The experiment.</param>
    /// <param name="taskSet">Its tasks.</param>
    /// <param name="agent">Its kind of agent.</param>
    /// <param name="provider">Where sandboxes come from; closed with the environment.</param>
    /// <param name="storeFolder">The store.</param>
    /// <param name="runId">This invocation.</param>
    /// <param name="clock">The one clock.</param>
    /// <param name="onNotice">See <see cref="OnNotice"/>.</param>
    /// <param name="bounds">What this invocation may spend; null is no bound.</param>
    /// <param name="asStored">Whether the store's plan stays as it is; else what is new is added to it.</param>
    /// <param name="reservations">Shared with the judges of this process, if it has any.</param>
    /// <param name="sharding">The division into shards, which is frozen in the store, too; null where there is none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ExperimentMismatchException">The store holds another experiment of that name, or another division.</exception>
    /// <exception cref="SettingsException">The server is not named, refuses the connection, or has another experiment of that
    /// name.</exception>
    /// <exception cref="IOException">The server cannot be reached.</exception>
    public static async Task<RunEnvironment> OpenAsync(ExperimentConfiguration configuration, TaskSet taskSet, AgentKind agent,
        ISandboxProvider provider, string storeFolder, string runId, TimeProvider clock, Action<string> onNotice, RunBounds? bounds = null,
        bool asStored = false, Reservations? reservations = null, Sharding? sharding = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(onNotice);
        PostgresMatrix? matrix = null;
        if (configuration.Run.Claims == ClaimChoice.Postgres)
        {
            var layout = new StoreLayout(storeFolder, configuration.Name);
            ExperimentPlan plan = ExperimentPlanner.Plan(configuration, taskSet, clock.GetUtcNow());
            if (!asStored)
                ExperimentPlanner.RequireSame(plan, layout);
            // It is frozen in the store once the database has taken it.
            matrix = await PostgresMatrix.OpenAsync(PostgresMatrix.ConnectionFrom(Environment.GetEnvironmentVariable), new WorkerTerms
            {
                Plan = asStored ? ExperimentPlanner.Stored(plan, layout) : plan,
                Layout = layout,
                RunId = runId,
                Concurrency = configuration.Run.Concurrency,
                MostUsd = configuration.Limits.MaxCostUsd?.Usd,
                UnknownUsd = agent.CostsMoney ? Price.OfCase(configuration).Usd : 0,
            }, MatrixTimes ?? SessionTimes.Of(configuration.Run), clock, onNotice, cancellationToken);
        }
        try
        {
            var environment = new RunEnvironment(configuration, taskSet, agent, provider, storeFolder, runId, clock, asStored, reservations,
                sharding, matrix)
            { OnNotice = onNotice, Bounds = bounds ?? RunBounds.None };
            if (matrix is not null)
                matrix.OnGone = environment.Halt;
            return environment;
        }
        catch
        {
            if (matrix is not null)
                await matrix.DisposeAsync();
            throw;
        }
    }

    /// <summary>For tests: how long a worker's connection lives; null is the default.</summary>
    internal static SessionTimes? MatrixTimes { get; set; }
}
