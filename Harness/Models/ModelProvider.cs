using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>Who answers a model's calls, as far as the endpoint's address says it: for telemetry.</summary>
/// <param name="Name">
/// A well-known value of OpenTelemetry's <c>gen_ai.provider.name</c> where the host belongs to that provider, else <see cref="Fallback"/>
/// or <see cref="AnthropicFallback"/>.
/// A gateway or a server of one's own is not its model's maker, so the model's name has no say in it.
/// </param>
/// <param name="Host">The endpoint's host, without brackets around an IPv6 address.</param>
/// <param name="Port">The endpoint's port, also where the address leaves it to the scheme.</param>
public sealed record ModelProvider(string Name, string Host, int Port)
{
    /// <summary>For every host that is not in the list and takes OpenAI's chat completions: nothing else is known of it.</summary>
    public const string Fallback = "openai_compatible";

    /// <summary>The same for Anthropic's messages.</summary>
    public const string AnthropicFallback = "anthropic_compatible";

    /// <summary>Domains, and the providers that they and all names below them belong to.</summary>
    private static readonly (string Domain, string Provider)[] s_domains =
    [
        ("openai.com", "openai"),
        ("anthropic.com", "anthropic"),
        ("deepseek.com", "deepseek"),
        ("mistral.ai", "mistral_ai"),
        ("x.ai", "x_ai"),
        ("groq.com", "groq"),
        ("perplexity.ai", "perplexity"),
        ("cohere.com", "cohere"),
        ("cohere.ai", "cohere"),
        ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("openai.azure.com", "azure.ai.openai"),
        ("services.ai.azure.com", "azure.ai.inference"),
        ("models.ai.azure.com", "azure.ai.inference"),
        ("ml.cloud.ibm.com", "ibm.watsonx.ai"),
    ];

    /// <summary>The provider at an address.</summary>
    /// <param name="baseUrl">The endpoint's address.</param>
    /// <param name="protocol">What it speaks.</param>
    /// <exception cref="UriFormatException">It is no absolute address.</exception>
    public static ModelProvider Of(string baseUrl, ProviderChoice protocol = ProviderChoice.OpenAi)
    {
        var url = new Uri(baseUrl, UriKind.Absolute);
        string host = url.IdnHost.TrimEnd('.');
        return new ModelProvider(NameOf(host) ?? (protocol == ProviderChoice.Anthropic ? AnthropicFallback : Fallback), host, url.Port);
    }

    private static string? NameOf(string host)
    {
        foreach ((string domain, string provider) in s_domains)
        {
            if (host == domain || host.EndsWith("." + domain, StringComparison.Ordinal))
                return provider;
        }
        // These two put the region into the host's name.
        if (host.EndsWith("-aiplatform.googleapis.com", StringComparison.Ordinal))
            return "gcp.vertex_ai";
        bool isBedrock = host.StartsWith("bedrock-runtime.", StringComparison.Ordinal)
            && host.EndsWith(".amazonaws.com", StringComparison.Ordinal);
        return isBedrock ? "aws.bedrock" : null;
    }
}
