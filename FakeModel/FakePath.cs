using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Tandem.FakeModel;

/// <summary>What a path asks for, whatever base stands before it.</summary>
/// <param name="Agent">The ID of <c>/agent/ID/</c>, with which a path may begin.</param>
/// <param name="Dialect">Null is no call of a model.</param>
/// <param name="Model">The model that the path names.</param>
/// <param name="Streams">Whether the path asks for a stream; null leaves it to the body.</param>
/// <param name="Counts">Whether only the tokens of a prompt are counted.</param>
internal sealed partial record FakePath(string? Agent, FakeDialect? Dialect, string? Model = null, bool? Streams = null,
    bool Counts = false)
{
    public static FakePath Of(PathString path)
    {
        Match prefix = AgentPrefix().Match(path.Value ?? "");
        string? agent = prefix.Success ? prefix.Groups[1].Value : null;
        string rest = path.Value ?? "";
        if (GeminiCall().Match(rest) is { Success: true } gemini)
        {
            string method = gemini.Groups[2].Value;
            return new FakePath(agent, FakeDialect.Generate, gemini.Groups[1].Value, method == "streamGenerateContent",
                method == "countTokens");
        }
        if (rest.EndsWith("/chat/completions", StringComparison.Ordinal))
            return new FakePath(agent, FakeDialect.Chat);
        if (rest.EndsWith("/responses", StringComparison.Ordinal))
            return new FakePath(agent, FakeDialect.Responses);
        if (rest.EndsWith("/messages", StringComparison.Ordinal))
            return new FakePath(agent, FakeDialect.Messages);
        if (rest.EndsWith("/messages/count_tokens", StringComparison.Ordinal))
            return new FakePath(agent, FakeDialect.Messages, Counts: true);
        return new FakePath(agent, null);
    }

    [GeneratedRegex("^/agent/([^/]+)/")]
    private static partial Regex AgentPrefix();

    [GeneratedRegex("/models/([^/]+):(generateContent|streamGenerateContent|countTokens)$")]
    private static partial Regex GeminiCall();
}
