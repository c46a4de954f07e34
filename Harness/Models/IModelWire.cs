using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>
/// A provider's protocol, and the way to one endpoint that speaks it. It carries one request and reads one answer. What does not depend on
/// the protocol (retries, the rate limit, prices, what a fault means) is done by its callers, once for all protocols.
/// </summary>
internal interface IModelWire : IDisposable
{
    /// <summary>The optional parameters that these settings send, by their names on the wire, each with the setting that it comes
    /// from.</summary>
    IReadOnlyDictionary<string, string> Sent { get; }

    /// <summary>The body of a request.</summary>
    ReadOnlyMemory<byte> Write(ChatRequest request);

    /// <summary>Sends a request and reads all of its answer, whatever its status.</summary>
    /// <exception cref="FailedTry">The connection failed, or the answer is too long.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<EndpointAnswer> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>What an answer used; null if the endpoint does not say.</summary>
    TokenCounts? Tokens(JsonElement answer);

    /// <summary>The error that an answer with status 200 holds, with the status that it stands for; null if it is none.</summary>
    (int Status, EndpointError Error)? ErrorInside(JsonElement answer);

    /// <summary>The answer itself.</summary>
    /// <param name="answer">The body's root.</param>
    /// <param name="turn">Makes ids of calls that have none unlike those of other turns.</param>
    /// <exception cref="FormatException">It is no answer; the message says what is missing.</exception>
    ReplyText Reply(JsonElement answer, int turn);
}

/// <summary>The protocols that there are.</summary>
internal static class ModelWires
{
    /// <param name="settings">Already checked.</param>
    /// <param name="key">Null where none is needed.</param>
    public static IModelWire Open(ModelSettings settings, string? key) => settings.Provider switch
    {
        ProviderChoice.OpenAi => new ChatWire(settings, key),
        ProviderChoice.Anthropic => new MessagesWire(settings, key),
        _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Provider, null),
    };

    /// <summary>Why a model cannot be asked by its provider's protocol; null if it can.</summary>
    public static string? Fault(ModelSettings settings) => settings.Provider == ProviderChoice.Gemini
        ? "model.provider: gemini is for command-line agents; nothing here asks a model by its protocol. Set openai, and "
            + "https://generativelanguage.googleapis.com/v1beta/openai as model.base_url with GEMINI_API_KEY as model.key_variable." : null;
}
