using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;

namespace Tandem.Experiments.Tests;

/// <summary>The scripted model, started for a run whose experiment names it without an address.</summary>
internal sealed class ScriptedModel : IAsyncDisposable
{
    private readonly FakeModelServer? _server;

    private ScriptedModel(FakeModelServer? server, ExperimentConfiguration configuration) =>
        (_server, Configuration) = (server, configuration);

    /// <summary>The experiment, with the address of its model.</summary>
    public ExperimentConfiguration Configuration { get; }

    /// <summary>Starts it if the experiment asks for it; else the experiment stays as it is.</summary>
    public static async Task<ScriptedModel> StartAsync(ExperimentView view)
    {
        if (!view.Configuration.Model.StartsFake() || !view.Agent.UsesModel)
            return new ScriptedModel(null, view.Configuration);
        FakeModelServer server = await FakeModelServer.StartAsync(FakeScript.Default);
        return new ScriptedModel(server, view.Configuration with
        {
            Model = view.Configuration.Model with { BaseUrl = server.BaseUrl.ToString().TrimEnd('/') },
        });
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
