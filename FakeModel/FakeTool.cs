using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>A tool that a request offers.</summary>
/// <param name="Name">What a call of it names.</param>
/// <param name="Schema">The JSON schema of its arguments; null if the request has none.</param>
internal sealed record FakeTool(string Name, JsonObject? Schema);
