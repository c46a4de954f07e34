using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway;

/// <summary>The agent itself has made its gateway of no use: it asked without end for what is refused, or ended the relay again and
/// again.</summary>
internal sealed class GatewayAbusedException(string message) : Exception(message);

/// <summary>Why the gateway answers an agent no more.</summary>
/// <param name="Limit">The limit that is reached, by its name in records; null if it is none.</param>
/// <param name="Detail">What is to be said of it; null if nothing.</param>
/// <param name="Exception">What went wrong; null if a limit is reached.</param>
internal sealed record GatewayEnd(string? Limit, string? Detail, Exception? Exception)
{
    public static GatewayEnd Of(string limit, string? detail = null) => new(limit, detail, null);

    public static GatewayEnd Of(Exception exception) => new(null, exception.Message, exception);

    /// <summary>Whether the endpoint is at fault, and not a limit.</summary>
    public bool IsModel => Exception is ModelException;
}
