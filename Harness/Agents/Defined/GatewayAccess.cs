using System.Collections.Concurrent;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Relays;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Defined;

/// <summary>The way of an experiment's command-line agents to their model, one for each process: their programs, the gateway's server, the
/// model behind it. Safe for concurrent use.</summary>
internal sealed class GatewayAccess : IAsyncDisposable
{
    // Of the agent's own programs, for images that have nothing else to run the relay.
    private static readonly string[] s_nodes = [ProgramVolume.Folder + "/node_modules/.bin/node", ProgramVolume.Folder + "/bin/node"];

    private readonly ISandboxProvider _provider;
    private readonly ModelCaller _caller;
    private readonly TimeProvider _clock;
    private readonly Lazy<Task<GatewayServer>> _server;
    private readonly ConcurrentDictionary<string, Lazy<Task>> _checks = new();

    /// <param name="definition">The agent.</param>
    /// <param name="settings">The model, with the provider of the agent's dialect; already checked.</param>
    /// <param name="key">The endpoint's key; null where none is needed.</param>
    /// <param name="price">What the model costs; null if nobody knows.</param>
    /// <param name="provider">Where sandboxes come from.</param>
    /// <param name="clock">The one clock.</param>
    public GatewayAccess(AgentDefinition definition, ModelSettings settings, string? key, ModelPrice? price, ISandboxProvider provider,
        TimeProvider clock)
    {
        (Definition, Settings, _provider, _clock) = (definition, settings, provider, clock);
        _caller = new ModelCaller(settings, definition.Dialect, new Endpoint(settings, definition.Dialect, key), price, clock);
        _server = new Lazy<Task<GatewayServer>>(() => GatewayServer.StartAsync(clock));
    }

    public AgentDefinition Definition { get; }

    public ModelSettings Settings { get; }

    /// <summary>The rate limit of all agents of the process.</summary>
    public RequestGate Gate => _caller.Gate;

    /// <summary>For telemetry.</summary>
    public ModelProvider Provider => _caller.Upstream.Provider;

    /// <summary>Takes the key out of texts.</summary>
    public SecretFilter Secrets => _caller.Upstream.Secrets;

    /// <summary>The settings of a model as an agent of that dialect needs them: the provider's address and variable where the experiment
    /// names no other.</summary>
    public static ModelSettings SettingsFor(ModelDialect dialect, ModelSettings settings) => settings with
    {
        Provider = dialect switch
        {
            ModelDialect.AnthropicMessages => ProviderChoice.Anthropic,
            ModelDialect.GeminiContent => ProviderChoice.Gemini,
            ModelDialect.OpenAiChat or ModelDialect.OpenAiResponses => ProviderChoice.OpenAi,
            _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, null),
        },
    };

    /// <summary>What is missing for a use of the model, as a sentence that says what to set; null if nothing is.</summary>
    public static string? WhyUnusable(ModelSettings settings, Func<string, string?> variable) =>
        ModelRules.Faults(settings).FirstOrDefault() ?? ModelKey.Fault(settings, variable);

    /// <summary>Notes that requests with these settings were answered before this process began.</summary>
    public void HasAnsweredBefore() => _caller.HasAnswered = true;

    /// <summary>Makes the agent's programs usable; see <see cref="ISandboxProvider.PrepareProgramsAsync"/>.</summary>
    public Task<ProgramVolume> PrepareProgramsAsync(CancellationToken cancellationToken) =>
        _provider.PrepareProgramsAsync(Definition.Recipe, cancellationToken);

    /// <summary>Looks, once for each image, whether the programs run in it.</summary>
    /// <exception cref="SandboxException">They do not, or the sandbox is gone.</exception>
    public async Task CheckProgramsAsync(ISandbox sandbox, string image, CancellationToken cancellationToken)
    {
        Lazy<Task> check = _checks.GetOrAdd(image,
            _ => new Lazy<Task>(() => ProgramCheck.RunAsync(sandbox, Definition.Recipe, image, cancellationToken)));
        try
        {
            await check.Value;
        }
        catch
        {
            // Another sandbox of the image may fare better; if not, it says so itself.
            _checks.TryRemove(KeyValuePair.Create(image, check));
            throw;
        }
    }

    /// <summary>Opens the session of one agent.</summary>
    /// <param name="context">The agent.</param>
    /// <param name="folder">Where its calls are kept.</param>
    /// <param name="recorded">Where an earlier attempt's are that it does again; null if it begins anew.</param>
    public GatewaySession OpenSession(AgentContext context, string folder, string? recorded)
    {
        ModelCaller caller = recorded is null ? _caller
            : _caller.With(new RecordedUpstream(recorded, _caller.Dialect, context.Journal, _caller.Upstream,
                () => ((IGatewayClient)context).BookUnusable("its answer was lost when the run was killed", null, null)));
        return new GatewaySession(
            new GatewayTerms
            {
                Dialect = Definition.Dialect,
                Model = Settings.Name!,
                MapsModels = Definition.OtherModels == OtherModels.Map,
                AllowsReach = context.Settings.AllowsReach,
                PutsMessagesIntoPrompt = Definition.Messages.Delivery == MessageDelivery.Prompt,
                Folder = folder,
            },
            caller, context);
    }

    /// <summary>Lets a sandbox reach its session; see <see cref="GatewayServer.ConnectAsync"/>.</summary>
    public async Task<SandboxRelay> ConnectAsync(ISandbox sandbox, GatewaySession session, CancellationToken cancellationToken) =>
        await (await _server.Value).ConnectAsync(sandbox, session, s_nodes, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
            await (await _server.Value).DisposeAsync();
        _caller.Dispose();
    }
}
