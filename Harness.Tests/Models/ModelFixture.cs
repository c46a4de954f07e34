using System.Text.Json.Nodes;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>A connection to a fake model over real HTTP, on a fast clock.</summary>
internal sealed class ModelFixture : IAsyncDisposable
{
    public const string Key = "sk-planted-aB3dE5fG7hI9jK1lM3nO5pQ7";

    private ModelFixture(FakeModelServer server, ModelConnection connection, FastClock clock)
    {
        Server = server;
        Connection = connection;
        Clock = clock;
    }

    public FakeModelServer Server { get; }

    public ModelConnection Connection { get; }

    public FastClock Clock { get; }

    public static async Task<ModelFixture> StartAsync(Func<FakeRequest, FakeAnswer> script, Func<ModelSettings,
        ModelSettings>? change = null)
    {
        FakeModelServer server = await FakeModelServer.StartAsync(script);
        var settings = new ModelSettings { Name = "gpt-4o", BaseUrl = server.BaseUrl.ToString(), RequestSeconds = 20_000, Retries = 3 };
        var clock = new FastClock();
        PriceTable prices = PriceTable.Read(Path.Combine(ProjectFolder.Find(), settings.Prices));
        return new ModelFixture(server, ModelConnection.Open(change?.Invoke(settings) ?? settings, _ => Key, prices, clock), clock);
    }

    /// <summary>Answers the first requests so, and all others with <c>Done.</c></summary>
    public static Task<ModelFixture> AfterAsync(params FakeAnswer[] first) =>
        StartAsync(request => request.Number <= first.Length ? first[request.Number - 1] : new FakeAnswer.Says("Done."));

    /// <summary>Answers all requests so.</summary>
    public static Task<ModelFixture> AlwaysAsync(FakeAnswer answer, Func<ModelSettings, ModelSettings>? change = null) =>
        StartAsync(_ => answer, change);

    public Task<ChatReply> AskAsync() => Connection.CompleteAsync(Request("Hello."), TestContext.Current.CancellationToken);

    public static ChatRequest Request(string text) => new()
    {
        Messages = [new JsonObject { ["role"] = "system", ["content"] = "You are solo." },
            new JsonObject { ["role"] = "user", ["content"] = text }],
        Tools = [new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "bash" } }],
        Seed = 2,
    };

    public async ValueTask DisposeAsync()
    {
        Connection.Dispose();
        await Server.DisposeAsync();
    }
}
