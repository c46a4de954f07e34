using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Dialects;

namespace Tandem.Harness.Gateway;

/// <summary>The HTTP face of a session: what is let in, and how answers go out.</summary>
internal static class GatewayHttp
{
    private const int MostMessageRequestBytes = 1 << 20;
    private const int FirstBytes = 256 * 1024;
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);
    private static readonly byte[] s_keepAlive = ": keep-alive\n\n"u8.ToArray();

    // What a client says of itself that its provider looks at. No key, no organisation that would pay, nothing that names another host.
    private static readonly string[] s_headers =
        ["anthropic-", "openai-beta", "user-agent", "accept", "x-app", "x-stainless-", "x-claude-", "x-codex-", "x-goog-api-client",
            "originator", "session-id", "thread-id", "x-session-", "x-client-request-id"];

    private static readonly string[] s_notPassed = ["accept-encoding", "accept-language", "anthropic-dangerous-direct-browser-access"];

    /// <summary>Answers a request of the session's agent.</summary>
    public static async Task AnswerAsync(GatewaySession session, HttpContext context)
    {
        HttpRequest request = context.Request;
        if (session.Dialect.RouteOf(request.Method, request.Path.Value ?? "") is not GatewayRoute route)
        {
            await WriteAsync(context, session.Refuse(404, $"The gateway has no {request.Method} {Short(request.Path.Value)}."));
            return;
        }
        if (route.Kind == RouteKind.Probe)
        {
            context.Response.StatusCode = 200;
            return;
        }
        if (!HasToken(session, request))
        {
            await WriteAsync(context, session.Refuse(401, "The token is not the one of this sandbox."));
            return;
        }
        if (route.Kind == RouteKind.Models)
        {
            await WriteAsync(context,
                new GatewayReply(200, JsonSerializer.SerializeToUtf8Bytes(session.Dialect.ModelList(session.Terms.Model))));
            return;
        }
        // A request is many times its bytes while it is read: few at a time, whatever an agent sends.
        using IDisposable place = await session.EnterAsync(context.RequestAborted);
        if (await ReadBodyAsync(context) is not byte[] body)
        {
            await WriteAsync(context, session.Refuse(400, $"The request has more than {GatewayFiles.MostRequestBytes} bytes."));
            return;
        }
        (string, string)[] headers = [.. request.Headers.Where(header => IsPassed(header.Key))
            .Select(header => (header.Key, header.Value.ToString()))
            .Where(header => header.Item2.All(c => c is >= ' ' and <= '~')
                && !header.Item2.Contains(session.Token, StringComparison.Ordinal))];
        string query = QueryOf(request);
        GatewayReply reply = route.Kind == RouteKind.CountTokens
            ? await session.CountAsync(route, query, body, headers, context.RequestAborted)
            : await session.CallAsync(route, query, body, headers, context.RequestAborted);
        place.Dispose();
        await WriteAsync(context, reply);
    }

    /// <summary>Lets a request for the message tools through if it shows the session's token.</summary>
    public static Task LetInAsync(GatewaySession session, HttpContext context, RequestDelegate next)
    {
        if (!HasToken(session, context.Request))
            return WriteAsync(context, session.Refuse(401, "The token is not the one of this sandbox."));
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MostMessageRequestBytes;
        return next(context);
    }

    private static bool HasToken(GatewaySession session, HttpRequest request) => IsEqual(
        session.Dialect.TokenOf(name => request.Headers[name].FirstOrDefault(), name => request.Query[name].FirstOrDefault()),
        session.Token);

    private static async Task WriteAsync(HttpContext context, GatewayReply reply)
    {
        HttpResponse response = context.Response;
        if (reply.Call is null)
        {
            response.StatusCode = reply.Status;
            response.ContentType = "application/json";
            response.ContentLength = reply.Body.Length;
            await response.Body.WriteAsync(reply.Body, context.RequestAborted);
            return;
        }
        ExchangeHead head = await reply.Call.Exchange.Head.WaitAsync(context.RequestAborted);
        if (head.Status == 0)
        {
            context.Abort();
            return;
        }
        response.StatusCode = head.Status;
        response.ContentType = head.ContentType;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        bool isStream = head.ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
        await response.StartAsync(context.RequestAborted);
        await reply.Call.Exchange.CopyAsync(
            async piece =>
            {
                await response.Body.WriteAsync(piece, context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
            },
            async () =>
            {
                if (!isStream)
                    return;
                await response.Body.WriteAsync(s_keepAlive, context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
            },
            s_silence, context.RequestAborted);
        // A clean end would be taken for a whole answer.
        if (reply.Call.IsCut)
            context.Abort();
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpContext context)
    {
        using var all = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, FirstBytes));
        byte[] part = new byte[64 * 1024];
        while (true)
        {
            int count = await context.Request.Body.ReadAsync(part, context.RequestAborted);
            if (count == 0)
                return all.ToArray();
            if (all.Length + count > GatewayFiles.MostRequestBytes)
                return null;
            all.Write(part, 0, count);
        }
    }

    private static bool IsPassed(string name) =>
        s_headers.Any(one => name.StartsWith(one, StringComparison.OrdinalIgnoreCase))
        && !s_notPassed.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static string QueryOf(HttpRequest request)
    {
        string[] kept = [.. ((string[])["beta", "alt"]).Where(name => request.Query.ContainsKey(name))
            .Select(name => $"{name}={Uri.EscapeDataString(request.Query[name].ToString())}")];
        return kept.Length == 0 ? "" : "?" + string.Join('&', kept);
    }

    private static bool IsEqual(string? shown, string token) => shown is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(token));

    private static string Short(string? path) => path is null ? "path" : path.Length <= 200 ? path : path[..200] + " ...";
}
