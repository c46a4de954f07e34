using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>An answer that has begun well: nothing of it was handed on yet, so that until here a fault can be tried again unseen.</summary>
/// <param name="Answer">The connection.</param>
/// <param name="Said">What has come of it.</param>
/// <param name="Events">What comes further; null if all has come.</param>
/// <param name="Held">What has come, as bytes.</param>
internal sealed record AnswerStart(UpstreamAnswer Answer, GatewayAnswer Said, ServerEvents? Events, IReadOnlyList<byte[]> Held)
{
    // The agent, not the experiment, chose what parameters are sent.
    private static readonly Dictionary<string, string> s_none = [];

    private const string UnusableRemedy = "See whether model.base_url is an endpoint for what this agent speaks.";

    /// <summary>Reads an answer up to where something has been said, or all of it if it is no stream.</summary>
    /// <exception cref="FailedTry">It is no answer. What the endpoint says that it used stands in the exception.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<AnswerStart> ReadAsync(UpstreamAnswer answer, Dialect dialect, ModelSettings settings, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        long most = (long)(settings.MaxAnswerMb * 1024 * 1024);
        TimeSpan? retryAfter = RetryAfter.Read(answer.Header, now);
        if (answer.Status is < 200 or > 299)
        {
            EndpointError error = EndpointError.Read(await ReadAllAsync(answer.Body, most, cancellationToken));
            if (answer.Header("Location") is string other)
                error = error with { Message = $"it is at {other.Split('?')[0]}" };
            throw FaultReader.Read(answer.Status, error, settings, s_none, retryAfter);
        }
        var said = new GatewayAnswer();
        if (!answer.IsEventStream)
        {
            byte[] body = await ReadAllAsync(answer.Body, most, cancellationToken);
            ReadWhole(body, dialect, said);
            Check(said, body, settings, retryAfter);
            return new AnswerStart(answer, said, null, [body]);
        }
        var events = new ServerEvents(answer.Body, most);
        var held = new List<byte[]>();
        while (!said.HasBegun && !said.IsEnded)
        {
            ServerEvent next = await NextAsync(events, cancellationToken)
                ?? throw Unusable("it ended before anything was said", [.. held.SelectMany(one => one)], said);
            ReadOne(dialect, next, said);
            held.Add(next.Bytes);
            if (said.Error is not null)
                throw FaultOf(said, settings, retryAfter);
        }
        return new AnswerStart(answer, said, events, held);
    }

    /// <summary>The fault that an answer names in the place of what it should say.</summary>
    public static FailedTry FaultOf(GatewayAnswer said, ModelSettings settings, TimeSpan? retryAfter)
    {
        EndpointError error = said.Error!;
        int status = error.Status ?? (error.TellsOverflow ? 400 : error.HasCode("rate_limit_error", "rate_limit_exceeded") ? 429 : 502);
        return FaultReader.Read(status, error, settings, s_none, retryAfter).With(said.Tokens);
    }

    /// <summary>Reads an event into what was said.</summary>
    /// <exception cref="FailedTry">It is no JSON, or not of the dialect.</exception>
    public static void ReadOne(Dialect dialect, ServerEvent next, GatewayAnswer said)
    {
        if (next.Data is null)
            return;
        try
        {
            dialect.ReadEvent(next.Data, said);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw Unusable("an event of it cannot be read", next.Bytes, said);
        }
    }

    /// <summary>The next event; a stream that is too long is a fault.</summary>
    public static async Task<ServerEvent?> NextAsync(ServerEvents events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.NextAsync(cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw TooLong(exception.Message);
        }
    }

    /// <summary>Reads all, up to a bound.</summary>
    public static async Task<byte[]> ReadAllAsync(Stream stream, long most, CancellationToken cancellationToken)
    {
        var all = new MemoryStream();
        byte[] part = new byte[64 * 1024];
        while (true)
        {
            int count = await stream.ReadAsync(part, cancellationToken);
            if (count == 0)
                return all.ToArray();
            if (all.Length + count > most)
                throw TooLong($"more than {most} bytes (model.max_answer_mb)");
            all.Write(part, 0, count);
        }
    }

    private static void ReadWhole(byte[] body, Dialect dialect, GatewayAnswer said)
    {
        try
        {
            using JsonDocument document = HalfCharacters.Parse(body);
            JsonNode? root = JsonObject.Create(document.RootElement) ?? throw new JsonException();
            dialect.Read(root.AsObject(), said);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw Unusable("it is not JSON of this dialect", body, said);
        }
    }

    private static void Check(GatewayAnswer said, byte[] body, ModelSettings settings, TimeSpan? retryAfter)
    {
        if (said.Error is not null)
            throw FaultOf(said, settings, retryAfter);
        if (!said.IsEnded)
            throw Unusable("it holds no answer", body, said);
    }

    private static bool IsUnreadable(Exception exception) =>
        exception is JsonException or InvalidOperationException or FormatException or ArgumentException;

    private static FailedTry Unusable(string why, byte[] body, GatewayAnswer said) =>
        new FailedTry(ModelFault.Transport, $"sent an answer that cannot be used ({why}): {EndpointError.Read(body).Message}",
            UnusableRemedy).With(said.Tokens);

    private static FailedTry TooLong(string what) => new(ModelFault.Transport, $"sent an answer of {what}",
        "No model says that much: see what answers under model.base_url.");
}
