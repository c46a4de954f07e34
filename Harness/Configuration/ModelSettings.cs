using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;

/// <summary>Which model, and how it is reached. The key itself can never stand here: only the name of the variable that holds it.</summary>
public sealed record ModelSettings
{
    /// <summary>The name of the scripted model, which costs nothing. With no address of its own it is started where cases run.</summary>
    public const string FakeName = "fake";

    /// <summary>Whether the scripted model is to be started for the run.</summary>
    public bool StartsFake() => Name == FakeName && BaseUrl == ProviderDefaults.BaseUrlOf(Provider);

    /// <summary>The model's name, as its endpoint and the price table know it; null where the agent uses none.</summary>
    public string? Name { get; init; }

    /// <summary>Whose protocol the endpoint speaks; default <c>openai</c>.</summary>
    public ProviderChoice Provider { get; init; }

    /// <summary>The provider's endpoint, http or https, without user info, query or fragment; the request's path
    /// (<c>/chat/completions</c>, <c>/messages</c>) is added. Default the provider's own.</summary>
    public string BaseUrl
    {
        get => field ?? ProviderDefaults.BaseUrlOf(Provider);
        init;
    }

    /// <summary>Name of the environment variable that holds the key; default the provider's own, for example <c>OPENAI_API_KEY</c>. An
    /// endpoint on this machine needs none.</summary>
    public string KeyVariable
    {
        get => field ?? ProviderDefaults.KeyVariableOf(Provider);
        init;
    }

    /// <summary>0 to 2, for Anthropic to 1; null is not sent.</summary>
    public double? Temperature { get; init; }

    /// <summary>The case's seed is added to it, 0 to 1073741823; null is not sent.</summary>
    public int? Seed { get; init; }

    /// <summary>Tokens of one answer, 1 to 10000000; null is not sent, but to Anthropic, which gets 8192.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>The name under which <see cref="MaxOutputTokens"/> is sent; default <c>max_tokens</c>.</summary>
    public MaxTokensParameter MaxTokensParameter { get; init; } = MaxTokensParameter.MaxTokens;

    /// <summary>As the model knows it, for example <c>low</c>; null is not sent. For Anthropic a word sets its effort and lets it think as
    /// it sees fit, and a number is the tokens that it may think.</summary>
    public string? ReasoningEffort { get; init; }

    /// <summary>Tokens of a prompt near which the agent compacts its history, 1000 to 100000000; default 100000.</summary>
    public int ContextTokens { get; init; } = 100_000;

    /// <summary>Seconds of one request, from its sending to the end of its answer, above 0 to 86400; default 300.</summary>
    public double RequestSeconds { get; init; } = 300;

    /// <summary>MiB of one answer's body, above 0 to 64; default 4. A longer one is a fault of the endpoint.</summary>
    public double MaxAnswerMb { get; init; } = 4;

    /// <summary>Further tries of a request that met a fault of the transport, 0 to 100; default 6.</summary>
    public int Retries { get; init; } = 6;

    /// <summary>Requests under way at once, all cases of a process together, 1 to 10000; default 16. Fewer while the endpoint answers
    /// 429.</summary>
    public int MaxConcurrent { get; init; } = 16;

    /// <summary>A price table's file; a relative path starts at the project's folder. Default the built-in one.</summary>
    public string Prices { get; init; } = "experiments/prices.json";

    /// <summary>What changes results; the rest (how the model is reached, and what it costs) has its default, whoever the provider
    /// is.</summary>
    internal ModelSettings Identity() => new()
    {
        Name = Name,
        Provider = Provider,
        BaseUrl = ProviderDefaults.BaseUrlOf(ProviderChoice.OpenAi),
        KeyVariable = ProviderDefaults.KeyVariableOf(ProviderChoice.OpenAi),
        Temperature = Temperature,
        Seed = Seed,
        MaxOutputTokens = MaxOutputTokens,
        ReasoningEffort = ReasoningEffort,
        ContextTokens = ContextTokens,
    };
}

/// <summary>The name of the parameter that bounds an answer's tokens.</summary>
[JsonConverter(typeof(StrictEnumConverter<MaxTokensParameter>))]
public enum MaxTokensParameter
{
    /// <summary>The old name, which most endpoints know.</summary>
    [JsonStringEnumMemberName("max_tokens")]
    MaxTokens,

    /// <summary>The new name, the only one for OpenAI's reasoning models.</summary>
    [JsonStringEnumMemberName("max_completion_tokens")]
    MaxCompletionTokens,
}

/// <summary>Relations of a model's settings. No message repeats a value that might hold a secret.</summary>
internal static class ModelRules
{
    private const int LongestVariable = 100;

    public static IEnumerable<string> Faults(ModelSettings settings)
    {
        if (settings.Name is string name && string.IsNullOrWhiteSpace(name))
            yield return "model.name: it may not be blank.";
        if (settings.ReasoningEffort is string effort && string.IsNullOrWhiteSpace(effort))
            yield return "model.reasoning_effort: it may not be blank.";
        if (string.IsNullOrWhiteSpace(settings.Prices))
            yield return "model.prices: it may not be blank.";
        if (KeyVariableFault(settings.KeyVariable) is string variable)
            yield return variable;
        if (BaseUrlFault(settings.BaseUrl) is string url)
            yield return url;
        foreach (string fault in settings.Provider == ProviderChoice.Anthropic ? AnthropicRules.Faults(settings) : [])
            yield return fault;
    }

    /// <summary>Values out of their ranges.</summary>
    public static IEnumerable<string> RangeFaults(ModelSettings settings)
    {
        foreach ((string key, double value, double low, double high) in new (string, double, double, double)[]
        {
            ("model.temperature", settings.Temperature ?? 0, 0, 2),
            ("model.seed", settings.Seed ?? 0, 0, int.MaxValue / 2),
            ("model.max_output_tokens", settings.MaxOutputTokens ?? 1, 1, 10_000_000),
            ("model.context_tokens", settings.ContextTokens, 1000, 100_000_000),
            ("model.request_seconds", settings.RequestSeconds, 0.001, 86_400),
            ("model.max_answer_mb", settings.MaxAnswerMb, 0.001, 64),
            ("model.retries", settings.Retries, 0, 100),
            ("model.max_concurrent", settings.MaxConcurrent, 1, 10_000),
        })
        {
            if (!(value >= low && value <= high))
                yield return $"{key}: {value} is out of range; it may be {low} to {high}.";
        }
    }

    private static string? KeyVariableFault(string variable) => LooksLikeKey(variable)
        ? "model.key_variable: what stands there looks like a key (it is not shown here). Name the environment variable that "
            + "holds the key, for example OPENAI_API_KEY, and put the key there; if the file was shared, replace the key."
        : IsName(variable) ? null
        : "model.key_variable: it must be the name of an environment variable: letters, digits and '_', no digit first.";

    internal static bool IsName(string text) =>
        text.Length is > 0 and <= LongestVariable && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Keys are long and random: digits among letters of both cases, or without an underscore; names of variables are
    /// words.</summary>
    internal static bool LooksLikeKey(string text) =>
        text.StartsWith("sk-", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("sk_", StringComparison.Ordinal)
        || text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        || (text.Length >= 20 && !IsName(text) && !text.Any(char.IsWhiteSpace))
        || (text.Length >= 20 && text.Any(char.IsAsciiDigit) && text.Any(char.IsAsciiLetterLower)
        && (text.Any(char.IsAsciiLetterUpper) || !text.Contains('_', StringComparison.Ordinal)));

    private static string? BaseUrlFault(string baseUrl)
    {
        // Neither way of giving a secret in a URL is shown again.
        if (!Uri.TryCreate(baseUrl, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            return "model.base_url: it must be an address like https://api.openai.com/v1 or http://127.0.0.1:8000/v1.";
        if (url.UserInfo.Length > 0)
            return "model.base_url: it may hold no user name or password; put the key into the variable that model.key_variable names.";
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            return "model.base_url: it may hold no query and no fragment; put the key into the variable that model.key_variable names.";
        return null;
    }
}
