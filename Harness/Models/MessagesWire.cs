using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Models.Messages;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>
/// Anthropic's messages. The Anthropic package carries them by its raw requests, with bodies of ours: its IChatClient (13.14.0) loses
/// blocks of a type that it does not know and trims texts, so that a history would not go back as it came. Its own retries are off, since
/// ours share one limit, and so is its telemetry, since ours has the same spans.
/// </summary>
internal sealed class MessagesWire : IModelWire
{
    private const string Version = "/v1";
    private static readonly Dictionary<string, JsonElement> s_none = [];

    private static readonly Dictionary<string, int> s_statuses = new()
    {
        ["invalid_request_error"] = 400,
        ["authentication_error"] = 401,
        ["billing_error"] = 402,
        ["permission_error"] = 403,
        ["not_found_error"] = 404,
        ["request_too_large"] = 413,
        ["rate_limit_error"] = 429,
        ["api_error"] = 500,
        ["timeout_error"] = 504,
        ["overloaded_error"] = 529,
    };

    private readonly ModelSettings _settings;
    private readonly ModelHttp _http;
    private readonly AnthropicClient _client;

    // The package sends the key as a bearer's; endpoints of others look for it here.
    private readonly Dictionary<string, JsonElement> _headers;

    /// <summary>Makes the way to an endpoint.</summary>
    /// <param name="settings">Already checked.</param>
    /// <param name="key">Null where none is needed.</param>
    public MessagesWire(ModelSettings settings, string? key)
    {
        _settings = settings;
        _http = new ModelHttp(settings);
        string address = settings.BaseUrl.TrimEnd('/');
        _client = new AnthropicClient
        {
            HttpClient = _http.Client,
            // The package adds the version itself.
            BaseUrl = address.EndsWith(Version, StringComparison.Ordinal) ? address[..^Version.Length] : address,
            // A key that is given keeps the package from looking for others, in variables and files; an endpoint that needs none does not
            // look at it.
            ApiKey = key ?? "none",
            MaxRetries = 0,
            Timeout = _http.LongestTime,
            OpenTelemetry = false,
        };
        _headers = new Dictionary<string, JsonElement> { ["x-api-key"] = JsonSerializer.SerializeToElement(key ?? "none") };
        Sent = MessagesBody.Sent(settings);
    }

    public IReadOnlyDictionary<string, string> Sent { get; }

    public ReadOnlyMemory<byte> Write(ChatRequest request) => MessagesBody.Write(_settings, request);

    public Task<EndpointAnswer> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => _http.TakeAsync(
        async () =>
        {
            Dictionary<string, JsonElement> members = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(body.Span)!;
            var asked = MessageCreateParams.FromRawUnchecked(_headers, s_none, members);
            using HttpResponse<Message> response = await _client.WithRawResponse.Messages.Create(asked, cancellationToken);
        },
        cancellationToken);

    public TokenCounts? Tokens(JsonElement answer) => UsageReader.ReadApart(answer);

    public (int Status, EndpointError Error)? ErrorInside(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("error", out JsonElement said)
            || said.ValueKind is not (JsonValueKind.Object or JsonValueKind.String))
            return null;
        EndpointError error = EndpointError.Read(answer);
        int? named = error.Status ?? error.Codes.Select(code => (int?)s_statuses.GetValueOrDefault(code)).FirstOrDefault(s => s > 0);
        return (named ?? (error.TellsOverflow ? 400 : 502), error);
    }

    public ReplyText Reply(JsonElement answer, int turn) => MessagesReplyReader.Read(answer, turn);

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }
}
