using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Gateway.Dialects;

/// <summary>One of the protocols in which programs ask models: its paths, and where in its bodies is what the gateway must know. Bodies are
/// somebody else's, so that any member may be missing or of another kind.</summary>
internal abstract class Dialect
{
    private static readonly Dialect[] s_all =
        [new OpenAiChat(), new OpenAiResponses(), new AnthropicMessages(), new GeminiContent()];

    /// <summary>Its name in definitions and records.</summary>
    public abstract ModelDialect Kind { get; }

    public static Dialect Of(ModelDialect kind) => s_all.First(dialect => dialect.Kind == kind);

    /// <summary>What a request is for; null if the dialect has no such path.</summary>
    public abstract GatewayRoute? RouteOf(string method, string path);

    /// <summary>The model that a request names; null if it names none.</summary>
    public virtual string? ModelOf(GatewayRoute route, JsonObject body) => body.Text("model");

    /// <summary>The same request for another model.</summary>
    public virtual GatewayRoute WithModel(GatewayRoute route, JsonObject body, string model)
    {
        body["model"] = model;
        return route;
    }

    public virtual bool Streams(GatewayRoute route, JsonObject body) => body.Flag("stream") == true;

    /// <summary>Whether the request offers tools. One without any is a side call: a title, a summary.</summary>
    public static bool OffersTools(JsonObject body) => body.List("tools") is { Count: > 0 };

    /// <summary>Adds what the dialect needs to be asked for so that usage comes.</summary>
    /// <returns>Whether the body was changed.</returns>
    public virtual bool AskForUsage(GatewayRoute route, JsonObject body) => false;

    /// <summary>What of the request reaches beyond the model, in words; null if nothing does: tools that the provider itself runs and that
    /// reach the network or run code, and content that the provider would fetch.</summary>
    public abstract string? Reach(JsonObject body);

    /// <summary>The conversation's turns.</summary>
    public abstract JsonArray Turns(JsonObject body);

    /// <summary>A text as the user's, behind a number of turns.</summary>
    public abstract void Insert(JsonArray turns, int at, string text);

    /// <summary>What tools gave, as the conversation holds it.</summary>
    public abstract IEnumerable<ToolOutput> ToolOutputs(JsonArray turns);

    /// <summary>The body of an error, with which all clients of the dialect end at once if its status is 400.</summary>
    public abstract byte[] ErrorBody(int status, string message);

    /// <summary>The header that carries a key, and its value.</summary>
    public abstract (string Name, string Value) KeyHeader(string key);

    /// <summary>The token that a request shows; null if it shows none.</summary>
    /// <param name="header">Gives a header's value by its name.</param>
    /// <param name="query">Gives a value of the query by its name.</param>
    public virtual string? TokenOf(Func<string, string?> header, Func<string, string?> query) =>
        header("Authorization") is string bearer && bearer.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? bearer[7..].Trim()
            : null;

    /// <summary>Reads a whole answer.</summary>
    public abstract void Read(JsonObject body, GatewayAnswer answer);

    /// <summary>Reads one event of a stream.</summary>
    /// <param name="data">Its data.</param>
    /// <param name="answer">What came before.</param>
    public abstract void ReadEvent(string data, GatewayAnswer answer);

    /// <summary>Whether a stream that has ended held a whole answer, though nothing in it said that it ends.</summary>
    public virtual bool IsWholeAtEnd(GatewayAnswer answer) => answer.IsEnded;

    /// <summary>The list of the one model that there is.</summary>
    public virtual JsonObject ModelList(string model) => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray(new JsonObject { ["id"] = model, ["object"] = "model", ["owned_by"] = "gateway" }),
    };

    /// <summary>The path without what stands before the version, if it is that path.</summary>
    protected static GatewayRoute? Fixed(string method, string path, params (string Method, string Path, GatewayRoute Route)[] routes) =>
        routes.FirstOrDefault(one => one.Method == method && one.Path == path.TrimEnd('/')).Route;
}

/// <summary>What a tool gave back.</summary>
/// <param name="CallId">The call's id; empty where the dialect has none.</param>
/// <param name="Name">The tool's name; null where the dialect does not repeat it.</param>
/// <param name="Text">What it gave.</param>
internal sealed record ToolOutput(string CallId, string? Name, string Text);
