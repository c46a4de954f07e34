using System.Globalization;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Models;

/// <summary>
/// The words and codes by which endpoints say things for which HTTP has no status of its own. Only faults are read by their words, and only
/// these. Words are compared without regard to case.
/// </summary>
internal static partial class ErrorWords
{
    private static readonly string[] s_overflow =
    [
        "maximum context length", // OpenAI, vLLM, OpenRouter, DeepSeek, Mistral, Fireworks
        "context length exceeded",
        "exceeds the context length", "exceeds context length", // Ollama
        "greater than the context length", "context overflows", // LM Studio
        "exceeds the available context size", // llama.cpp
        "input is too large to process", // llama.cpp
        "longer than the model's context length", // SGLang
        "longer than the maximum model length", // vLLM
        "exceed context limit", // Anthropic: prompt and max_tokens together
        "prompt is too long", // Anthropic, Fireworks
        "input is too long", "too many input tokens", // Bedrock
        "too many tokens", // Cohere
        "context window",
        "exceeds the maximum number of tokens", // Gemini
        "input tokens exceed the configured limit",
        "contextwindowexceedederror", // LiteLLM
        "maximum prompt length", // xAI
        "prompt exceeds max length", // Zhipu
        "prompt token count of", // Copilot
        "exceeded model token limit", // Moonshot
        "range of input length", "input length should be", // DashScope
        "maximum allowed number of input tokens", "cannot exceed the total tokens limit", // Databricks, watsonx
        "`inputs` must have less than", "`inputs` tokens + `max_new_tokens` must be", // TGI, Together
        "reduce the length of the messages", "reduce the length of the prompt", // OpenAI, Groq
        "content length limit", "larger than the context",
    ];

    private static readonly string[] s_overflowCodes =
    [
        "context_length_exceeded", "context_window_exceeded", "exceed_context_size_error", "request_too_large",
        "model_max_prompt_tokens_exceeded", "string_above_max_length", "prompt_too_long", "1261",
    ];

    private static readonly string[] s_filterCodes =
        ["content_filter", "content_policy_violation", "ContentFilter", "ResponsibleAIPolicyViolation", "moderation", "content_blocked"];

    private static readonly string[] s_filter =
        ["content filter", "content management policy", "content policy", "usage policies", "moderation", "guardrail", "safety system",
            "usage guidelines", "usage policy", "safety_check"];

    public static bool TellOverflow(EndpointError error) => error.HasCode(s_overflowCodes) || Holds(error, s_overflow);

    public static bool TellFilter(EndpointError error) => error.HasCode(s_filterCodes) || Holds(error, s_filter);

    /// <summary>A limit per minute that the request alone passes: OpenAI and Groq say both numbers. Without them, that it is too
    /// large.</summary>
    public static bool TellTooLarge(EndpointError error)
    {
        if (Numbers().Match(error.Message) is { Success: true } match)
            return Number(match.Groups["asked"].Value) > Number(match.Groups["limit"].Value);
        return Holds(error, ["request too large for", "must be reduced in order to run"]);
    }

    /// <summary>OpenAI has a code for it; Gemini's free tier has a limit of 0 for some models.</summary>
    public static bool TellNoQuota(EndpointError error) =>
        error.HasCode("insufficient_quota", "billing_not_active", "credit_balance_too_low")
        || Holds(error, ["credit balance is too low", "insufficient balance", "insufficient_quota"]) || NoLimit().IsMatch(error.Message);

    private static bool Holds(EndpointError error, string[] phrases) =>
        phrases.Any(phrase => error.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase));

    private static decimal Number(string digits) => decimal.TryParse(digits.Replace(",", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture, out decimal number) ? number : 0;

    [GeneratedRegex(@"\blimit:?\s+(?<limit>\d[\d,]*)\b.{0,40}\brequested:?\s+(?<asked>\d[\d,]*)",
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"quota exceeded.*\blimit: 0\b",
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NoLimit();
}
