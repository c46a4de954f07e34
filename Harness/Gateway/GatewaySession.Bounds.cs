using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway;

/// <content>What an agent may ask beside its model, and how much at once.</content>
internal sealed partial class GatewaySession
{
    /// <summary>Requests for a count of tokens: nothing is paid for them, but the endpoint's rate limit holds for all.</summary>
    private const int MostCounted = 1000;

    /// <summary>Messages over MCP that were refused, after which none is taken or recorded.</summary>
    private const int MostMessagesRefused = 100;

    // Requests of one agent that are read at once; any number may wait for answers.
    private const int RequestsRead = 4;

    private readonly SemaphoreSlim _places = new(RequestsRead, RequestsRead);
    private int _counted;
    private int _messagesRefused;

    /// <summary>Waits for a place to read a request in; disposing gives it back.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        return new ReadingPlace(_places);
    }

    /// <summary>Sends a message of the agent's.</summary>
    /// <returns>Null if it was accepted, else why not.</returns>
    public async Task<string?> SendMessageAsync(IAgentMessages box, string to, string text, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _messagesRefused) >= MostMessagesRefused)
            return $"{MostMessagesRefused} messages were refused, so that no more are taken";
        string? refusal = await box.SendAsync(to, text, cancellationToken);
        if (refusal is not null)
            Interlocked.Increment(ref _messagesRefused);
        return refusal;
    }

    /// <summary>Asks how many tokens a request has; nothing is paid and nothing counts.</summary>
    public async Task<GatewayReply> CountAsync(GatewayRoute route, string query, byte[] asked,
        IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        if (End is GatewayEnd over)
            return Over(over);
        if (JsonParts.ParseObject(asked) is not JsonObject body || (!Terms.MapsModels && Dialect.ModelOf(route, body) != Terms.Model))
            return Refuse(400, $"Tokens are counted for the model '{Terms.Model}' alone.");
        if ((!Terms.AllowsReach && Dialect.Reach(body) is not null) || Interlocked.Increment(ref _counted) > MostCounted)
            return Refuse(400, $"The request reaches beyond the model, or tokens were counted {MostCounted} times.");
        route = Dialect.WithModel(route, body, Terms.Model);
        var request = new UpstreamRequest(route.UpstreamPath + query, JsonSerializer.SerializeToUtf8Bytes(body, s_asWritten), headers)
        { Asked = AskedCalls.Of(Dialect, body, asked) };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, cancellationToken);
        either.CancelAfter(TimeSpan.FromSeconds(_caller.Settings.RequestSeconds));
        try
        {
            using UpstreamAnswer answer = await _caller.Upstream.SendAsync(request, either.Token);
            byte[] counted = await AnswerStart.ReadAllAsync(answer.Body, 1 << 20, either.Token);
            return answer.Status is >= 200 and < 300 ? new GatewayReply(200, counted) : Error(400, "The endpoint does not count tokens.");
        }
        catch (Exception exception) when (exception is FailedTry or IOException or HttpRequestException)
        {
            return Error(400, "The endpoint could not be asked.");
        }
    }
}
