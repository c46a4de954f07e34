using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Runs;

/// <summary>What all cases of one process share: the experiment, its store, and where sandboxes come from. Disposing closes the run files and the provider.</summary>
public sealed class RunEnvironment : IAsyncDisposable
{
    private readonly RunFileWriter _writer;

    /// <summary>Opens an experiment in a store: freezes its plan there and reads what is recorded.</summary>
    /// <exception cref="ExperimentMismatchException">The store holds another experiment of that name.</exception>
    public RunEnvironment(ExperimentSettings settings, TaskSet taskSet, AgentKind agent, ISandboxProvider provider, string storeFolder, string runId, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(clock);
        (Settings, TaskSet, Agent, Provider, RunId, Clock) = (settings, taskSet, agent, provider, runId, clock);
        Layout = new StoreLayout(storeFolder, settings.Name);
        Plan = ExperimentPlanner.Freeze(ExperimentPlanner.Plan(settings, taskSet, clock.GetUtcNow()), Layout);
        Claims = new FileClaimStore(Layout);
        Index = new RunIndex(Layout);
        _writer = new RunFileWriter(Layout, runId, HarnessVersion, clock);
    }

    /// <summary>The harness's version, with its commit where it was built from one.</summary>
    public static string HarnessVersion { get; } =
        typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The experiment.</summary>
    public ExperimentSettings Settings { get; }

    /// <summary>Its tasks.</summary>
    public TaskSet TaskSet { get; }

    /// <summary>Its kind of agent.</summary>
    public AgentKind Agent { get; }

    /// <summary>Where sandboxes come from.</summary>
    public ISandboxProvider Provider { get; }

    /// <summary>Where things are in the store.</summary>
    public StoreLayout Layout { get; }

    /// <summary>The plan, as frozen.</summary>
    public ExperimentPlan Plan { get; }

    /// <summary>Who works on which case.</summary>
    public IClaimStore Claims { get; }

    /// <summary>This invocation.</summary>
    public string RunId { get; }

    /// <summary>The one clock.</summary>
    public TimeProvider Clock { get; }

    internal RunIndex Index { get; }

    /// <summary>The store's identity on its sandboxes: a digest, so that no path leaves the host.</summary>
    public string StoreId => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Layout.StoreFolder)))[..16];

    /// <summary>Appends a record; when this returns it is on disk and known.</summary>
    internal void Append(RunRecord record) => Index.Add(record, _writer.Append(record));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _writer.Dispose();
        await Provider.DisposeAsync().ConfigureAwait(false);
    }
}
