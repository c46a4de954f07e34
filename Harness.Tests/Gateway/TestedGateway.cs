using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;
using Tandem.Harness.Tests.FakeModels;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>A gateway at a port of the loopback, a fake model behind it, and one agent's session.</summary>
internal sealed class TestedGateway : IAsyncDisposable
{
    /// <summary>What must never be seen in front of the gateway.</summary>
    public const string Key = "sk-planted-key-0123456789abcdef";

    private readonly GatewayServer _server;
    private readonly ModelCaller _caller;

    private TestedGateway(FakeModelServer model, GatewayServer server, ModelCaller caller, GatewaySession session, BookedClient client)
    {
        (Model, _server, _caller, Session, Client) = (model, server, caller, session, client);
        Address = server.Loopback;
    }

    public FakeModelServer Model { get; }

    public GatewaySession Session { get; }

    public BookedClient Client { get; }

    public Uri Address { get; }

    public string Folder => Session.Terms.Folder;

    public IReadOnlyList<CallNote> Calls => [.. File.ReadAllLines(Path.Combine(Folder, GatewayFiles.CallsFile))
        .Select(line => JsonSerializer.Deserialize(line, GatewayJson.Default.CallNote)!)];

    public static ModelDialect Of(FakeDialect dialect) => dialect switch
    {
        FakeDialect.Chat => ModelDialect.OpenAiChat,
        FakeDialect.Responses => ModelDialect.OpenAiResponses,
        FakeDialect.Messages => ModelDialect.AnthropicMessages,
        _ => ModelDialect.GeminiContent,
    };

    public static async Task<TestedGateway> StartAsync(FakeDialect dialect, Func<FakeRequest, FakeAnswer> script,
        BookedClient? client = null, Func<ModelSettings, ModelSettings>? settings = null, Func<GatewayTerms, GatewayTerms>? terms = null)
    {
        FakeModelServer model = await FakeModelServer.StartAsync(script);
        var used = new ModelSettings
        {
            Name = "model-1",
            BaseUrl = model.BaseUrl.ToString().TrimEnd('/'),
            RequestSeconds = 20,
            Retries = 2,
        };
        used = settings?.Invoke(used) ?? used;
        var caller = new ModelCaller(used, Of(dialect), new Endpoint(used, Of(dialect), Key), new ModelPrice(1, 10, 0.1m, 1.25m),
            TimeProvider.System);
        var asked = new GatewayTerms
        {
            Dialect = Of(dialect),
            Model = "model-1",
            Folder = Directory.CreateTempSubdirectory("tandem-gateway-").FullName,
        };
        client ??= new BookedClient();
        var session = new GatewaySession(terms?.Invoke(asked) ?? asked, caller, client);
        return new TestedGateway(model, await GatewayServer.StartAsync(TimeProvider.System, session), caller, session, client);
    }

    public DialectClient ClientOf(FakeDialect dialect, bool streams) => new(Address, dialect, streams) { Key = Session.Token };

    /// <summary>A request as the agent sent it.</summary>
    public JsonObject Asked(int step) => Unpacked(GatewayFiles.RequestFile(step));

    public byte[] Answer(int step) => File.ReadAllBytes(Path.Combine(Folder, GatewayFiles.AnswerFile(step)));

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await _server.DisposeAsync();
        _caller.Dispose();
        await Model.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private JsonObject Unpacked(string name)
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder, name)), CompressionMode.Decompress);
        return JsonNode.Parse(packed)!.AsObject();
    }
}
