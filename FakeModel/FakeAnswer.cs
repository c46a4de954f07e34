using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>What the server does with a request.</summary>
public abstract record FakeAnswer
{
    private FakeAnswer()
    {
    }

    /// <summary>Says that the agent is done; see <see cref="SubmitCommand"/>.</summary>
    public static FakeAnswer Submits => Runs(SubmitCommand);

    /// <summary>The command by which an agent says that it is done.</summary>
    public const string SubmitCommand = "echo TANDEM_SUBMIT";

    /// <summary>Calls the tool <c>bash</c>.</summary>
    /// <param name="command">What it runs.</param>
    /// <param name="content">What it says with it.</param>
    public static FakeAnswer Runs(string command, string? content = null) => new Says(content, [FakeToolCall.Bash(command)]);

    /// <summary>An answer as models give them.</summary>
    /// <param name="Content">The text; null is none.</param>
    /// <param name="ToolCalls">The calls; null is none.</param>
    /// <param name="Usage">The answer's <c>usage</c>; null is counted from the texts, a token for 4 characters, with the begin that the
    /// last request of the conversation had too as cached.</param>
    /// <param name="FinishReason">Null is <c>tool_calls</c> with calls, else <c>stop</c>.</param>
    public sealed record Says(string? Content, IReadOnlyList<FakeToolCall>? ToolCalls = null, JsonObject? Usage = null,
        string? FinishReason = null) : FakeAnswer;

    /// <summary>Any answer of HTTP.</summary>
    /// <param name="Code">The status.</param>
    /// <param name="Headers">Further headers.</param>
    /// <param name="Body">The body; null is an error as OpenAI writes it.</param>
    public sealed record Status(int Code, IReadOnlyDictionary<string, string>? Headers = null, string? Body = null) : FakeAnswer;

    /// <summary>Status 200, and anything as its body.</summary>
    /// <param name="Bytes">The body.</param>
    public sealed record Garbage(byte[] Bytes) : FakeAnswer;

    /// <summary>Says nothing for a time.</summary>
    /// <param name="Time">How long.</param>
    /// <param name="Then">What comes after it; null is a text.</param>
    public sealed record Stall(TimeSpan Time, FakeAnswer? Then = null) : FakeAnswer;

    /// <summary>Cuts the connection.</summary>
    /// <param name="Midway">Whether the begin of an answer is sent before.</param>
    public sealed record Reset(bool Midway = false) : FakeAnswer;

    /// <summary>A right answer with a very long text.</summary>
    /// <param name="Bytes">The text's length.</param>
    public sealed record Huge(long Bytes) : FakeAnswer;
}

/// <summary>A tool call.</summary>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">What stands as its arguments, JSON or not.</param>
/// <param name="Id">Null is one of the server's.</param>
public sealed record FakeToolCall(string Name, string Arguments, string? Id = null)
{
    /// <summary>A call of the tool <c>bash</c>.</summary>
    public static FakeToolCall Bash(string command) => new("bash", new JsonObject { ["command"] = command }.ToJsonString());
}
