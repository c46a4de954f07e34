using System.Text.Json.Nodes;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents.Recordings;

/// <summary>An answer of the model as the trajectory keeps it: all that the agent needs to act on it again.</summary>
internal static class RecordedReply
{
    public static string Write(ChatReply reply) => new JsonObject
    {
        ["message"] = reply.Message.DeepClone(),
        ["tool_calls"] = new JsonArray(
            [.. reply.ToolCalls.Select(call => new JsonObject { ["id"] = call.Id, ["name"] = call.Name, ["arguments"] = call.Arguments })]),
        ["finish_reason"] = reply.FinishReason,
        ["retries"] = reply.Retries,
    }.ToJsonString();

    /// <param name="recorded">An event of kind <see cref="TrajectoryKinds.Response"/>.</param>
    /// <param name="isPaid">Whether it counts with what it had cost; a replay costs nothing and uses no token.</param>
    /// <exception cref="InvalidDataException">The event holds no answer of a model.</exception>
    public static ChatReply Read(TrajectoryEvent recorded, bool isPaid)
    {
        try
        {
            JsonObject whole = JsonNode.Parse(recorded.Text!)!.AsObject();
            JsonObject message = whole["message"]!.AsObject();
            return new ChatReply
            {
                Content = (string?)message["content"],
                ToolCalls = [.. whole["tool_calls"]!.AsArray()
                    .Select(call => new ChatToolCall((string)call!["id"]!, (string)call["name"]!, (string)call["arguments"]!))],
                FinishReason = (string?)whole["finish_reason"],
                Tokens = isPaid ? recorded.Tokens : null,
                Cost = isPaid ? recorded.Cost : 0,
                Latency = TimeSpan.FromSeconds(recorded.Seconds ?? 0),
                Retries = (int?)whole["retries"] ?? 0,
                Message = (JsonObject)message.DeepClone(),
            };
        }
        catch (Exception exception)
            when (exception is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException
            or ArgumentNullException or FormatException)
        {
            throw new InvalidDataException(
                $"Step {recorded.Step} of {recorded.AgentId} in the recording is no answer of a model: {exception.Message}", exception);
        }
    }
}
