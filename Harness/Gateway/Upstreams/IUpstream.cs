using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway.Upstreams;

/// <summary>Who answers the gateway's requests: an endpoint, or a recording. Safe for concurrent use.</summary>
internal interface IUpstream
{
    /// <summary>For telemetry.</summary>
    ModelProvider Provider { get; }

    /// <summary>Takes secrets out of texts.</summary>
    SecretFilter Secrets { get; }

    /// <summary>Sends a request once; returns when the answer's headers have come.</summary>
    /// <exception cref="FailedTry">There is no connection, or it broke.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<UpstreamAnswer> SendAsync(UpstreamRequest request, CancellationToken cancellationToken);
}

/// <summary>A request on its way to the model.</summary>
/// <param name="Path">Behind the base address, with its query.</param>
/// <param name="Body">What is sent.</param>
/// <param name="Headers">What the client said that concerns the model; no key and no token.</param>
internal sealed record UpstreamRequest(string Path, ReadOnlyMemory<byte> Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>The agent's step, from 1.</summary>
    public int Step { get; init; }

    /// <summary>What the agent asked, before the gateway changed anything.</summary>
    public required AskedCall Asked { get; init; }
}

/// <summary>What an agent asked, in the form in which a recording finds it again.</summary>
/// <param name="IsSide">Whether it offers no tools.</param>
/// <param name="Shape">The kinds of its turns and the names of the tools in them, one a line.</param>
/// <param name="Body">What was asked, as it came.</param>
internal sealed record AskedCall(bool IsSide, string Shape, ReadOnlyMemory<byte> Body);

/// <summary>The begin of an answer. Disposing ends its connection.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Header">Gives a header's value by its name.</param>
/// <param name="Body">What comes, as it comes.</param>
internal sealed record UpstreamAnswer(int Status, Func<string, string?> Header, Stream Body) : IDisposable
{
    /// <summary>Disposed of with the answer; null is nothing.</summary>
    public IDisposable? Owner { get; init; }

    /// <summary>Whether it is a stream of events.</summary>
    public bool IsEventStream => Header("Content-Type")?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    public void Dispose()
    {
        Body.Dispose();
        Owner?.Dispose();
    }
}
