using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>Reads the requests of a dialect and writes its answers.</summary>
internal abstract class Wire
{
    private const int LeastPiece = 16;
    private const int MostPieces = 3;

    /// <summary>When everything here was made: the answers of two servers are the same. Seconds since 1970.</summary>
    public const long Created = 1_750_000_000;

    /// <summary>The text of answers that break off. A client that keeps it has no answer more than before.</summary>
    public const string BrokenText = "This answer does not come whole.";

    public static Wire Of(FakeDialect dialect) => dialect switch
    {
        FakeDialect.Chat => new ChatWire(),
        FakeDialect.Responses => new ResponsesWire(),
        FakeDialect.Messages => new MessagesWire(),
        FakeDialect.Generate => new GenerateWire(),
        _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, null),
    };

    /// <summary>The conversation without what stands beside it.</summary>
    public abstract JsonArray Items(JsonObject body);

    /// <summary>What stands beside the conversation to instruct the model; null if there is none.</summary>
    public abstract JsonNode? System(JsonObject body);

    public abstract IEnumerable<FakeTool> Tools(JsonObject body);

    /// <summary>The schema that the answer must follow; null if any text will do.</summary>
    public abstract JsonNode? AnswerSchema(JsonObject body);

    /// <summary>Whether the model said this item of the conversation.</summary>
    protected abstract bool IsOfModel(JsonNode? item);

    /// <summary>How many answers the conversation holds: what the model said without a break is one.</summary>
    public virtual int Turns(JsonArray items)
    {
        bool[] isOfModel = [.. items.Select(IsAnswer)];
        return isOfModel.Where((isAnswer, index) => isAnswer && (index == 0 || !isOfModel[index - 1])).Count();
    }

    /// <summary>Whether the model said this item, and not only the begin of an answer that broke off, which may be empty.</summary>
    protected bool IsAnswer(JsonNode? item)
    {
        if (!IsOfModel(item))
            return false;
        JsonNode? content = item?["content"] ?? item?["parts"];
        string text = string.Concat(Texts(content));
        bool isBroken = content is not null && BrokenText.StartsWith(text, StringComparison.Ordinal) && item?["tool_calls"] is null
            && (content is not JsonArray parts || parts.All(part => part?["text"] is not null));
        return !isBroken;
    }

    /// <summary>What a conversation has from its begin on, whatever comes later.</summary>
    public virtual IEnumerable<string> Opening(JsonArray items) =>
        items.TakeWhile(item => !IsOfModel(item)).SelectMany(item => Texts(item?["content"] ?? item?["parts"]));

    public abstract JsonObject Usage(FakeTokens tokens);

    public abstract JsonObject Answer(FakeReply reply);

    public abstract IEnumerable<ServerEvent> Events(FakeReply reply);

    /// <summary>The body of an answer that is no success.</summary>
    /// <param name="status">Of HTTP.</param>
    /// <param name="type">The dialect's word for the kind; null is the usual one of that status.</param>
    /// <param name="message">What the client shows.</param>
    public abstract JsonObject Error(int status, string? type, string message);

    /// <summary>An error in the middle of a stream.</summary>
    public abstract ServerEvent ErrorEvent(FakeReply reply, FakeAnswer.Fails fault);

    /// <summary>The texts of a message, whether it is one or a list of parts.</summary>
    public static IEnumerable<string> Texts(JsonNode? content) => content switch
    {
        JsonArray parts => parts.Select(part => (part as JsonObject)?["text"]?.ToString() ?? ""),
        JsonObject parts => Texts(parts["parts"]),
        JsonNode text => [text.ToString()],
        null => [],
    };

    /// <summary>A text as it comes bit by bit.</summary>
    protected static IEnumerable<string> Pieces(string text)
    {
        int size = Math.Max(LeastPiece, text.Length / MostPieces + 1);
        for (int begin = 0; begin < text.Length; begin += size)
            yield return text.Substring(begin, Math.Min(size, text.Length - begin));
    }

    /// <summary>Arguments where a dialect has them as JSON; what is none stays a text.</summary>
    protected static JsonNode? Arguments(FakeToolCall call)
    {
        try
        {
            return JsonNode.Parse(call.Arguments);
        }
        catch (JsonException)
        {
            return call.Arguments;
        }
    }
}
