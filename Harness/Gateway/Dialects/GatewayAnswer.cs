using System.Text;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway.Dialects;

/// <summary>What an answer says, put together from a whole body or from the events of a stream. One thread at a time.</summary>
internal sealed class GatewayAnswer
{
    private const int LongestName = 256;
    private readonly StringBuilder _text = new();
    private readonly SortedDictionary<int, Call> _calls = [];

    /// <summary>What it says to the user.</summary>
    public string Text => _text.ToString();

    /// <summary>The tools that it calls, in their order.</summary>
    public IReadOnlyList<ChatToolCall> ToolCalls =>
        [.. _calls.Values.Select(call => new ChatToolCall(call.Id, call.Name, call.Arguments.ToString()))];

    /// <summary>Why it ended, in the endpoint's word; null if it does not say.</summary>
    public string? FinishReason { get; set; }

    /// <summary>What it used; null if the endpoint does not say.</summary>
    public TokenCounts? Tokens { get; set; }

    /// <summary>Whether what ends an answer in its dialect has come. A stream that ends without it was cut.</summary>
    public bool IsEnded { get; set; }

    /// <summary>What the endpoint says went wrong, in the place of an answer or inside it; null if nothing.</summary>
    public EndpointError? Error { get; set; }

    /// <summary>Whether anything of an answer has come: a word, a thought, a call.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Notes that something of an answer has come that is no word to the user.</summary>
    public void Begin() => HasBegun = true;

    public void Say(string? text)
    {
        HasBegun |= text is { Length: > 0 };
        _text.Append(text);
    }

    /// <summary>Begins a call, or goes on with it; parts that come again replace nothing.</summary>
    /// <param name="index">Its place among the answer's calls.</param>
    /// <param name="id">Null where the dialect or this part has none.</param>
    /// <param name="name">Null where this part has none.</param>
    /// <param name="arguments">What comes behind the arguments so far.</param>
    public void CallTool(int index, string? id, string? name, string? arguments)
    {
        HasBegun = true;
        if (!_calls.TryGetValue(index, out Call? call))
            _calls[index] = call = new Call();
        call.Id = id is { Length: > 0 } ? Short(id) : call.Id;
        call.Name = name is { Length: > 0 } ? Short(name) : call.Name;
        call.Arguments.Append(arguments);
    }

    /// <summary>The place behind the last call.</summary>
    public int NextCall => _calls.Count == 0 ? 0 : _calls.Keys.Last() + 1;

    private static string Short(string text) => text.Length <= LongestName ? text : text[..LongestName];

    private sealed class Call
    {
        public string Id { get; set; } = "";

        public string Name { get; set; } = "";

        public StringBuilder Arguments { get; } = new();
    }
}
