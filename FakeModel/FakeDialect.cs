namespace Tandem.FakeModel;

/// <summary>How a client speaks to its model; the path of a request says it.</summary>
public enum FakeDialect
{
    /// <summary>OpenAI's <c>chat/completions</c>.</summary>
    Chat,

    /// <summary>OpenAI's <c>responses</c>.</summary>
    Responses,

    /// <summary>Anthropic's <c>v1/messages</c>.</summary>
    Messages,

    /// <summary>Gemini's <c>models/M:generateContent</c> and <c>:streamGenerateContent</c>.</summary>
    Generate,
}
