using System.Globalization;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>A scripted answer, ready to be written in any dialect: its calls are those of the client's own tools.</summary>
/// <param name="Request">What is answered.</param>
/// <param name="Text">The text; null is none.</param>
/// <param name="Thinking">The reasoning; null is none.</param>
/// <param name="Calls">The calls; each has an id.</param>
/// <param name="FinishReason">In the words of chat completions.</param>
internal sealed record FakeReply(FakeRequest Request, string? Text, string? Thinking, IReadOnlyList<FakeToolCall> Calls,
    string FinishReason)
{
    /// <summary>In the dialect's words.</summary>
    public JsonObject Usage { get; private init; } = [];

    /// <summary>Null if the script wrote the usage itself.</summary>
    public FakeTokens? Tokens { get; private init; }

    public string Model => Request.Model ?? "fake";

    public static FakeReply Of(FakeRequest request, FakeAnswer.Says says, FakeUsage usage)
    {
        FakeTool[] tools = [.. request.Wire.Tools(request.Body)];
        bool isDone = says.ToolCalls is [{ Name: "bash" } only] && only.Arguments == FakeToolCall.Bash(FakeAnswer.SubmitCommand).Arguments
            && !ShellTools.IsBashAlone(tools);
        FakeToolCall[] calls = isDone ? [] : [.. (says.ToolCalls ?? []).Select((call, index) => ShellTools.For(call, tools) with
        {
            Id = call.Id ?? string.Create(CultureInfo.InvariantCulture,
                $"{(request.Dialect == FakeDialect.Messages ? "toolu" : "call")}_{request.Number}_{index + 1}"),
        })];
        var reply = new FakeReply(request, says.Content ?? (isDone ? "I am done." : null), says.Thinking, calls,
            says.FinishReason ?? (calls.Length > 0 ? "tool_calls" : "stop"));
        if (says.Usage is JsonObject own)
            return reply with { Usage = (JsonObject)own.DeepClone() };
        FakeTokens tokens = says.Tokens
            ?? usage.Of(request, ChatWire.Message(reply with { Thinking = null }).ToJsonString().Length, says.Thinking?.Length ?? 0);
        return reply with { Tokens = tokens, Usage = request.Wire.Usage(tokens) };
    }
}
