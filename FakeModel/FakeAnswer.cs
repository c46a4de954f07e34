using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>What the server does with a request.</summary>
public abstract record FakeAnswer
{
    private FakeAnswer()
    {
    }

    /// <summary>Says that the agent is done: by <see cref="SubmitCommand"/> where <c>bash</c> is the only tool, as Tandem's own agent has
    /// it. Other clients end at a last word without a call, and get that.</summary>
    public static FakeAnswer Submits => Runs(SubmitCommand);

    /// <summary>The command by which an agent says that it is done.</summary>
    public const string SubmitCommand = "echo TANDEM_SUBMIT";

    /// <summary>Calls the shell that the client offers: <c>bash</c>, <c>Bash</c>, <c>exec_command</c>, <c>run_shell_command</c>.</summary>
    /// <param name="command">What it runs.</param>
    /// <param name="content">What it says with it.</param>
    public static FakeAnswer Runs(string command, string? content = null) => new Says(content, [FakeToolCall.Bash(command)]);

    /// <summary>An answer as models give them.</summary>
    /// <param name="Content">The text; null is none.</param>
    /// <param name="ToolCalls">The calls; null is none.</param>
    /// <param name="Usage">The answer's <c>usage</c>, in the dialect's words; null is <see cref="Tokens"/>.</param>
    /// <param name="FinishReason">In the words of chat completions, and given in those of the dialect: <c>length</c>,
    /// <c>content_filter</c>. Null is <c>tool_calls</c> with calls, else <c>stop</c>.</param>
    public sealed record Says(string? Content, IReadOnlyList<FakeToolCall>? ToolCalls = null, JsonObject? Usage = null,
        string? FinishReason = null) : FakeAnswer
    {
        /// <summary>What the model thought before it said anything; null is nothing. Anthropic's dialect signs it.</summary>
        public string? Thinking { get; init; }

        /// <summary>What the answer used; null is counted from the texts, a token for 4 characters, with the begin that the last request
        /// of the conversation had too as cached.</summary>
        public FakeTokens? Tokens { get; init; }
    }

    /// <summary>Any answer of HTTP.</summary>
    /// <param name="Code">The status.</param>
    /// <param name="Headers">Further headers.</param>
    /// <param name="Body">The body; null is an error as the dialect writes it.</param>
    public sealed record Status(int Code, IReadOnlyDictionary<string, string>? Headers = null, string? Body = null) : FakeAnswer;

    /// <summary>Status 200, and anything as its body.</summary>
    /// <param name="Bytes">The body.</param>
    public sealed record Garbage(byte[] Bytes) : FakeAnswer;

    /// <summary>Says nothing for a time.</summary>
    /// <param name="Time">How long.</param>
    /// <param name="Then">What comes after it; null is a text.</param>
    public sealed record Stall(TimeSpan Time, FakeAnswer? Then = null) : FakeAnswer;

    /// <summary>Cuts the connection.</summary>
    /// <param name="Midway">Whether the begin of an answer is sent before: half of its first event in a stream.</param>
    public sealed record Reset(bool Midway = false) : FakeAnswer;

    /// <summary>Streams some whole events of an answer, then cuts the connection. Without a stream it is a <see cref="Reset"/> midway.
    /// </summary>
    /// <param name="Events">How many, 1 or more.</param>
    public sealed record Cut(int Events = 1) : FakeAnswer;

    /// <summary>Streams an answer without what ends it, and closes as if all were there. Without a stream it is the first half of a body.
    /// </summary>
    /// <param name="Events">How many events; null is all but those that end the answer.</param>
    public sealed record Unended(int? Events = null) : FakeAnswer;

    /// <summary>Begins a stream, sends an error in it and closes. Without a stream the error is the answer's status.</summary>
    /// <param name="Type">The dialect's word: <c>overloaded_error</c>, <c>server_error</c>, <c>UNAVAILABLE</c>.</param>
    /// <param name="Message">What the client shows.</param>
    /// <param name="Code">The status of HTTP, where the dialect says one.</param>
    public sealed record Fails(string Type, string Message = "A scripted error.", int Code = 500) : FakeAnswer;

    /// <summary>Sends the headers of status 200 and a number of events, then nothing for a time, then cuts the connection.</summary>
    /// <param name="Time">How long.</param>
    /// <param name="Events">How many events come before; without a stream none does.</param>
    public sealed record Silent(TimeSpan Time, int Events = 0) : FakeAnswer;

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
