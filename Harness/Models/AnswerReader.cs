using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>Makes a reply of what an endpoint sent, or says which fault it is.</summary>
internal static class AnswerReader
{
    /// <param name="wire">The endpoint's protocol.</param>
    /// <param name="answer">What was sent.</param>
    /// <param name="turn">See <see cref="IModelWire.Reply"/>.</param>
    /// <param name="settings">Name the variable of the key.</param>
    /// <param name="price">What the model costs; null if nobody knows.</param>
    /// <param name="now">For dates in headers.</param>
    /// <exception cref="FailedTry">It is no answer. What the endpoint says that it used stands in the exception.</exception>
    public static ChatReply Read(IModelWire wire, EndpointAnswer answer, int turn, ModelSettings settings, ModelPrice? price,
        DateTimeOffset now)
    {
        TimeSpan? retryAfter = RetryAfter.Read(answer.Header, now);
        if (answer.Status is < 200 or > 299)
        {
            EndpointError error = EndpointError.Read(answer.Body);
            if (answer.Header("Location") is string other)
                error = error with { Message = $"it is at {other.Split('?')[0]}" };
            throw FaultReader.Read(answer.Status, error, settings, wire.Sent, retryAfter);
        }
        TokenCounts? tokens = null;
        try
        {
            using JsonDocument document = HalfCharacters.Parse(answer.Body);
            tokens = wire.Tokens(document.RootElement);
            if (wire.ErrorInside(document.RootElement) is (int inside, EndpointError said))
                throw FaultReader.Read(inside, said, settings, wire.Sent, retryAfter).With(tokens);
            ReplyText text = wire.Reply(document.RootElement, turn);
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
                "See whether model.base_url is an endpoint for the protocol of model.provider.").With(tokens);
        }
    }
}
