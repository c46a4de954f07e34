using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>Makes a reply of what an endpoint sent, or says which fault it is.</summary>
internal static class AnswerReader
{
    /// <param name="answer">What was sent.</param>
    /// <param name="turn">See <see cref="ReplyReader.Read"/>.</param>
    /// <param name="settings">Name the parameters that were sent.</param>
    /// <param name="price">What the model costs; null if nobody knows.</param>
    /// <param name="now">For dates in headers.</param>
    /// <exception cref="FailedTry">It is no answer. What the endpoint says that it used stands in the exception.</exception>
    public static ChatReply Read(EndpointAnswer answer, int turn, ModelSettings settings, ModelPrice? price, DateTimeOffset now)
    {
        TimeSpan? retryAfter = RetryAfter.Read(answer.Header, now);
        if (answer.Status is < 200 or > 299)
        {
            EndpointError error = EndpointError.Read(answer.Body);
            if (answer.Header("Location") is string other)
                error = error with { Message = $"it is at {other.Split('?')[0]}" };
            throw FaultReader.Read(answer.Status, error, settings, retryAfter);
        }
        TokenCounts? tokens = null;
        try
        {
            using JsonDocument document = HalfCharacters.Parse(answer.Body);
            tokens = UsageReader.Read(document.RootElement);
            if (ErrorInside(document.RootElement, settings, retryAfter) is FailedTry failed)
                throw failed.With(tokens);
            ReplyText text = ReplyReader.Read(document.RootElement, turn);
            return new ChatReply
            {
                Content = text.Content,
                ToolCalls = text.ToolCalls,
                FinishReason = text.FinishReason,
                Message = text.Message,
                Tokens = tokens,
                Cost = tokens is not null ? price?.CostOf(tokens) : null,
                Latency = TimeSpan.Zero,
                Retries = 0,
            };
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            // InvalidOperationException: a text in it is no Unicode.
            string why = exception is FormatException ? exception.Message : "it is not JSON";
            string begin = EndpointError.Read(answer.Body).Message;
            throw new FailedTry(ModelFault.Transport, $"sent an answer that cannot be used ({why}): {begin}",
                "See whether model.base_url is an endpoint for chat completions.").With(tokens);
        }
    }

    /// <summary>Some endpoints send their errors with status 200, with or without the true one in the body.</summary>
    private static FailedTry? ErrorInside(JsonElement root, ModelSettings settings, TimeSpan? retryAfter)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return null;
        if (root.TryGetProperty("choices", out JsonElement choices))
            root = choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0 ? choices[0] : root;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("error", out JsonElement said)
            || said.ValueKind is not (JsonValueKind.Object or JsonValueKind.String))
            return null;
        EndpointError error = EndpointError.Read(root);
        if (error.Status is int status)
            return FaultReader.Read(status, error, settings, retryAfter);
        return error.TellsOverflow || choices.ValueKind == JsonValueKind.Array
            ? FaultReader.Read(error.TellsOverflow ? 400 : 502, error, settings, retryAfter) : null;
    }
}
