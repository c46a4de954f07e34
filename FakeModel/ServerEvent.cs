using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>One event of a stream (SSE).</summary>
/// <param name="Name">The line <c>event</c>; null is no such line.</param>
/// <param name="Data">The line <c>data</c>.</param>
/// <param name="IsEnd">Whether it belongs to what ends an answer: a client that gets none of these has half an answer.</param>
internal sealed record ServerEvent(string? Name, string Data, bool IsEnd = false)
{
    /// <summary>An event that is named by the <c>type</c> of its data, as Anthropic and OpenAI's responses have them.</summary>
    public static ServerEvent Typed(JsonObject data, bool isEnd = false) => new((string?)data["type"], data.ToJsonString(), isEnd);

    public override string ToString() => (Name is null ? "" : $"event: {Name}\n") + $"data: {Data}\n\n";
}
