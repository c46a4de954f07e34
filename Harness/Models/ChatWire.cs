using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>
/// OpenAI's chat completions. The OpenAI package carries them by its protocol methods, with bodies of ours: its typed answers throw on
/// values of compatible endpoints that they do not know, and lose the usage fields that only those have. Its own retries are off, since
/// ours share one limit.
/// </summary>
internal sealed class ChatWire : IModelWire
{
    private readonly ModelSettings _settings;
    private readonly ModelHttp _http;
    private readonly HttpClientPipelineTransport _transport;
    private readonly ChatClient _client;

    /// <summary>Makes the way to an endpoint.</summary>
    /// <param name="settings">Already checked.</param>
    /// <param name="key">Null where none is needed.</param>
    public ChatWire(ModelSettings settings, string? key)
    {
        _settings = settings;
        _http = new ModelHttp(settings);
        _transport = new HttpClientPipelineTransport(_http.Client);
        var options = new OpenAIClientOptions
        {
            Endpoint = new Uri(settings.BaseUrl.TrimEnd('/')),
            Transport = _transport,
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = _http.LongestTime,
        };
        // The package cannot do without a key; an endpoint that needs none does not look at it.
        _client = new ChatClient(settings.Name, new ApiKeyCredential(key ?? "none"), options);
        Sent = ChatBody.Sent(settings);
    }

    public IReadOnlyDictionary<string, string> Sent { get; }

    public ReadOnlyMemory<byte> Write(ChatRequest request) => ChatBody.Write(_settings, request);

    public Task<EndpointAnswer> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => _http.TakeAsync(
        async () =>
        {
            var options = new RequestOptions
            { CancellationToken = cancellationToken, ErrorOptions = ClientErrorBehaviors.NoThrow, BufferResponse = false };
            using var content = BinaryContent.Create(BinaryData.FromBytes(body));
            ClientResult result = await _client.CompleteChatAsync(content, options);
            result.GetRawResponse().Dispose();
        },
        cancellationToken);

    public TokenCounts? Tokens(JsonElement answer) => UsageReader.Read(answer);

    /// <summary>Some endpoints send their errors with status 200, with or without the true one in the body.</summary>
    public (int Status, EndpointError Error)? ErrorInside(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object)
            return null;
        if (answer.TryGetProperty("choices", out JsonElement choices))
            answer = choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0 ? choices[0] : answer;
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("error", out JsonElement said)
            || said.ValueKind is not (JsonValueKind.Object or JsonValueKind.String))
            return null;
        EndpointError error = EndpointError.Read(answer);
        if (error.Status is int status)
            return (status, error);
        return error.TellsOverflow || choices.ValueKind == JsonValueKind.Array ? (error.TellsOverflow ? 400 : 502, error) : null;
    }

    public ReplyText Reply(JsonElement answer, int turn) => ChatReplyReader.Read(answer, turn);

    public void Dispose()
    {
        _transport.Dispose();
        _http.Dispose();
    }
}
