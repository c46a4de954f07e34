using System.Text;
using FluentAssertions;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>Messages as endpoints are known to send them, with other numbers.</summary>
public sealed class ErrorWordsTests
{
    [Theory]
    [InlineData("This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.")]
    [InlineData("Your input exceeds the context window of this model. Please adjust your input and try again.")]
    [InlineData("prompt is too long: 208310 tokens > 200000 maximum")]
    [InlineData("input length and `max_tokens` exceed context limit: 197202 + 21333 > 200000")]
    [InlineData("The input token count (1500000) exceeds the maximum number of tokens allowed (1048576).")]
    [InlineData("prompt token count of 130000 exceeds the limit of 128000")]
    [InlineData("Prompt exceeds max length")]
    [InlineData("The number of tokens to keep from the initial prompt is greater than the context length.")]
    [InlineData("Trying to keep the first 9000 tokens when context overflows.")]
    [InlineData("This model's maximum prompt length is 131072 but the request contains 537812 tokens.")]
    [InlineData("Input is too long for requested model.")]
    [InlineData("the request exceeds the available context size. try increasing the context size or enable context shift")]
    [InlineData("input is too large to process. increase the physical batch size")]
    [InlineData("Invalid request: Your request exceeded model token limit: 131072")]
    [InlineData("Range of input length should be [1, 129024]")]
    [InlineData("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` tokens")]
    [InlineData("Please reduce the length of the messages or completion.")]
    [InlineData("the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model")]
    [InlineData("too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000")]
    public void A_conversation_that_is_too_long_is_known_by_the_words_of_many_endpoints(string message) =>
        Error(message).TellsOverflow.Should().BeTrue();

    [Theory]
    [InlineData("max_tokens is too large: 100000. This model supports at most 16384 completion tokens.")]
    [InlineData("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")]
    [InlineData("Invalid 'temperature': decimal above maximum value. Expected a value <= 2.")]
    [InlineData("Invalid 'messages[3].tool_calls': array too long. Expected an array with maximum length 128.")]
    [InlineData("Unexpected role 'user' after role 'tool'")]
    [InlineData("Rate limit reached on tokens per min (TPM): Limit 30000, Used 20000, Requested 15000.")]
    public void Other_refusals_are_not_taken_for_it(string message) => Error(message).TellsOverflow.Should().BeFalse();

    [Theory]
    [InlineData("Request too large for m in organization o on tokens per min (TPM): Limit 30000, Requested 35000.", true)]
    [InlineData("Request too large for model `m` on tokens per minute (TPM): Limit 6,000, Requested 7,120", true)]
    [InlineData("The input or output tokens must be reduced in order to run successfully.", true)]
    [InlineData("Rate limit reached for m on tokens per min (TPM): Limit 30000, Used 29000, Requested 1500. Try again in 1s.", false)]
    [InlineData("Rate limit reached for m on tokens per min (TPM): Limit: 30000 / min. Requested: 1500", false)]
    [InlineData("This request would exceed your account's rate limit of 30,000 input tokens per minute.", false)]
    [InlineData("slow down", false)]
    public void A_limit_that_no_pause_lifts_is_told_from_one_that_passes(string message, bool isTooLarge) =>
        Error(message).TellsTooLarge.Should().Be(isTooLarge);

    [Theory]
    [InlineData("Quota exceeded for metric: generate_content_free_tier_requests, limit: 0, model: m", true)]
    [InlineData("Your credit balance is too low to access the API.", true)]
    [InlineData("Insufficient Balance", true)]
    [InlineData("Quota exceeded for metric: requests_per_minute, limit: 10", false)]
    public void An_account_that_has_nothing_to_spend_is_known(string message, bool hasNothing) =>
        Error(message).TellsNoQuota.Should().Be(hasNothing);

    [Fact]
    public void Codes_speak_without_words() =>
        EndpointError.Read("""{ "error": { "message": "no", "code": "model_max_prompt_tokens_exceeded" } }"""u8.ToArray()).TellsOverflow
            .Should().BeTrue();

    private static EndpointError Error(string message) => EndpointError.Read(Encoding.UTF8.GetBytes(message));
}
