using FluentAssertions;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>Who answers, as telemetry names it.</summary>
public sealed class ModelProviderTests
{
    [Theory]
    [InlineData("https://api.openai.com/v1", "openai", "api.openai.com", 443)]
    [InlineData("https://eu.api.openai.com/v1", "openai", "eu.api.openai.com", 443)]
    [InlineData("https://api.anthropic.com/v1/", "anthropic", "api.anthropic.com", 443)]
    [InlineData("https://api.deepseek.com", "deepseek", "api.deepseek.com", 443)]
    [InlineData("https://api.mistral.ai/v1", "mistral_ai", "api.mistral.ai", 443)]
    [InlineData("https://api.x.ai/v1", "x_ai", "api.x.ai", 443)]
    [InlineData("https://api.groq.com/openai/v1", "groq", "api.groq.com", 443)]
    [InlineData("https://api.perplexity.ai", "perplexity", "api.perplexity.ai", 443)]
    [InlineData("https://api.cohere.ai/compatibility/v1", "cohere", "api.cohere.ai", 443)]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/openai", "gcp.gemini", "generativelanguage.googleapis.com", 443)]
    [InlineData("https://europe-west4-aiplatform.googleapis.com/v1", "gcp.vertex_ai", "europe-west4-aiplatform.googleapis.com", 443)]
    [InlineData("https://lab.openai.azure.com/openai/v1", "azure.ai.openai", "lab.openai.azure.com", 443)]
    [InlineData("https://lab.services.ai.azure.com/models", "azure.ai.inference", "lab.services.ai.azure.com", 443)]
    [InlineData("https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1", "aws.bedrock", "bedrock-runtime.us-west-2.amazonaws.com", 443)]
    [InlineData("https://us-south.ml.cloud.ibm.com/ml/v1", "ibm.watsonx.ai", "us-south.ml.cloud.ibm.com", 443)]
    [InlineData("HTTPS://API.OpenAI.com./v1", "openai", "api.openai.com", 443)]
    public void A_known_host_gives_the_conventions_own_name(string address, string name, string host, int port) =>
        ModelProvider.Of(address).Should().Be(new ModelProvider(name, host, port));

    [Theory]
    [InlineData("http://127.0.0.1:8099/v1", "127.0.0.1", 8099)]
    [InlineData("http://[::1]:8099/v1", "::1", 8099)]
    [InlineData("http://localhost/v1", "localhost", 80)]
    [InlineData("https://openrouter.ai/api/v1", "openrouter.ai", 443)]
    [InlineData("https://api.openai.com.example.org/v1", "api.openai.com.example.org", 443)]
    [InlineData("https://notopenai.com/v1", "notopenai.com", 443)]
    [InlineData("https://example.org/api.openai.com", "example.org", 443)]
    [InlineData("https://s3.us-west-2.amazonaws.com/v1", "s3.us-west-2.amazonaws.com", 443)]
    public void Any_other_host_is_only_known_to_be_compatible(string address, string host, int port) =>
        ModelProvider.Of(address).Should().Be(new ModelProvider("openai_compatible", host, port));
}
