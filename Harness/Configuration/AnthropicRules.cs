using System.Globalization;

namespace Tandem.Harness.Configuration;

/// <summary>What Anthropic's messages take of a model's settings.</summary>
internal static class AnthropicRules
{
    /// <summary>Tokens of one answer where the settings name no bound: a request must name one.</summary>
    public const int DefaultOutputTokens = 8192;

    private const int LeastThinking = 1024;
    private static readonly string[] s_efforts = ["low", "medium", "high", "xhigh", "max"];

    /// <summary>The bound of one answer, thinking included.</summary>
    public static int OutputTokens(ModelSettings settings) => settings.MaxOutputTokens ?? DefaultOutputTokens;

    /// <summary>The tokens that <c>model.reasoning_effort</c> gives to thinking; null where it is a word or not set.</summary>
    public static int? ThinkingTokens(ModelSettings settings) =>
        int.TryParse(settings.ReasoningEffort, NumberStyles.None, CultureInfo.InvariantCulture, out int tokens) ? tokens : null;

    public static IEnumerable<string> Faults(ModelSettings settings)
    {
        if (settings.Temperature > 1)
            yield return "model.temperature: Anthropic takes 0 to 1.";
        if (settings.Seed is not null)
            yield return "model.seed: Anthropic takes none; leave it out.";
        if (settings.MaxTokensParameter != MaxTokensParameter.MaxTokens)
            yield return "model.max_tokens_parameter: Anthropic knows max_tokens only; leave it out.";
        int most = OutputTokens(settings);
        if (ThinkingTokens(settings) is int tokens && (tokens < LeastThinking || tokens >= most))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"model.reasoning_effort: the tokens of thinking are {LeastThinking} to {most - 1}, one below model.max_output_tokens.");
        else if (settings.ReasoningEffort is string effort && ThinkingTokens(settings) is null && !s_efforts.Contains(effort))
            yield return $"model.reasoning_effort: Anthropic knows {string.Join(", ", s_efforts)}, or a number of tokens for models that "
                + "think by a budget.";
    }
}
