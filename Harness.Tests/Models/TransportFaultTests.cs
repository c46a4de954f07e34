using System.Text;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class TransportFaultTests
{
    public static TheoryData<string, FakeAnswer> Passing => new()
    {
        { "500", new FakeAnswer.Status(500) },
        { "502 of a proxy", new FakeAnswer.Status(502, Body: "<html>Bad gateway</html>") },
        { "529", new FakeAnswer.Status(529) },
        { "408", new FakeAnswer.Status(408) },
        { "409", new FakeAnswer.Status(409) },
        { "425", new FakeAnswer.Status(425) },
        { "429", new FakeAnswer.Status(429) },
        { "429 with a pause", new FakeAnswer.Status(429, Pause("20")) },
        { "a reset", new FakeAnswer.Reset() },
        { "a reset midway", new FakeAnswer.Reset(Midway: true) },
        { "garbage", new FakeAnswer.Garbage([0x7b, 0xff, 0x00]) },
        { "nothing", new FakeAnswer.Garbage([]) },
        { "no choices", new FakeAnswer.Garbage("{}"u8.ToArray()) },
        { "another page", new FakeAnswer.Garbage("<html>Sign in</html>"u8.ToArray()) },
        { "an error with status 200",
            new FakeAnswer.Garbage("""{ "error": { "code": 502, "message": "Provider returned error" } }"""u8.ToArray()) },
        { "an error in the choice", new FakeAnswer.Garbage("""
            { "choices": [{ "finish_reason": "error", "message": { "content": "" }, "error": { "message": "lost the connection" } }] }
            """u8.ToArray()) },
        { "too long", new FakeAnswer.Huge(4 << 20) },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_fault_that_passes_is_survived(string fault, FakeAnswer answer)
    {
        await using ModelFixture model = await ModelFixture.AfterAsync(answer);

        ChatReply reply = await model.AskAsync();

        reply.Content.Should().Be("Done.", fault);
        reply.Retries.Should().Be(1);
        model.Server.Count.Should().Be(2);
    }

    [Fact]
    public async Task A_stall_past_the_time_limit_is_broken_off_and_tried_again()
    {
        await using ModelFixture model = await ModelFixture.StartAsync(
            request => request.Number == 1 ? new FakeAnswer.Stall(TimeSpan.FromMinutes(5)) : new FakeAnswer.Says("Done."), settings =>
                settings with { RequestSeconds = 1000 });

        (await model.AskAsync()).Retries.Should().Be(1);
    }

    [Theory]
    [InlineData(503, ModelFault.Transport,
        "*answered 503 Service Unavailable, scripted: A scripted 503. 4 tries were made. The fault is the endpoint's*")]
    [InlineData(429, ModelFault.RateLimit, "*answered 429 Too Many Requests*4 tries were made.*model.max_concurrent*")]
    public async Task What_outlives_its_retries_says_how_often_it_was_tried(int status, ModelFault fault, string message)
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Status(status));

        ModelException exception = await FaultOf(model);

        exception.Fault.Should().Be(fault);
        exception.IsConfiguration.Should().BeFalse();
        exception.Message.Should().StartWith($"Model 'gpt-4o': {model.Server.BaseUrl} ").And.Match(message);
        model.Server.Count.Should().Be(4);
    }

    [Fact]
    public async Task Without_retries_the_first_fault_counts()
    {
        await using ModelFixture model = await ModelFixture
            .AlwaysAsync(new FakeAnswer.Status(500), settings => settings with { Retries = 0 });

        (await FaultOf(model)).Message.Should().NotContain("tries");
        model.Server.Count.Should().Be(1);
    }

    [Fact]
    public async Task Pauses_grow_and_stay_bounded()
    {
        await using ModelFixture model = await ModelFixture
            .AlwaysAsync(new FakeAnswer.Status(500), settings => settings with { Retries = 10 });

        await FaultOf(model);

        TimeSpan[] pauses = [.. model.Clock.Waits.Where(wait => wait < TimeSpan.FromSeconds(10_000))];
        pauses.Should().HaveCount(10).And.OnlyContain(pause => pause <= TimeSpan.FromMinutes(1));
        pauses[^1].Should().BeGreaterThan(pauses[0]);
    }

    [Theory]
    [InlineData("Retry-After", "90", 90)]
    [InlineData("retry-after-ms", "45000", 45)]
    [InlineData("Retry-After", "86400", 120)]
    public async Task The_pause_that_the_endpoint_asks_for_is_kept_up_to_a_bound(string header, string value, double seconds)
    {
        await using ModelFixture model = await ModelFixture
            .AfterAsync(new FakeAnswer.Status(429, new Dictionary<string, string> { [header] = value }));

        await model.AskAsync();

        model.Clock.Waits.Should().Contain(wait => wait >= TimeSpan.FromSeconds(seconds) && wait <= TimeSpan.FromSeconds(seconds + 1));
    }

    [Fact]
    public async Task In_a_storm_of_429_all_callers_wait_together_and_all_get_through()
    {
        await using ModelFixture model = await ModelFixture.StartAsync(
            request => request.Number <= 8 ? new FakeAnswer.Status(429, Pause("100")) : new FakeAnswer.Says("Done."),
            settings => settings with { MaxConcurrent = 8, Retries = 8 });

        ChatReply[] replies = await Task.WhenAll(Enumerable.Range(0, 12)
            .Select(i => model.Connection.CompleteAsync(ModelFixture.Request($"{i}"), TestContext.Current.CancellationToken)));

        replies.Should().HaveCount(12).And.OnlyContain(reply => reply.Content == "Done.");
        model.Connection.Gate.Limit.Should().BeLessThan(8);
        model.Server.Count.Should().Be(12 + 8, "nobody asked during the pause but those who were under way");
    }

    public static TheoryData<int, string, ModelFault, string> Lasting => new()
    {
        { 401, """{ "error": { "message": "Incorrect API key", "code": "invalid_api_key" } }""", ModelFault.Authentication,
            "*OPENAI_API_KEY*" },
        { 403, "", ModelFault.Authentication, "*answered 403 Forbidden*" },
        { 404, """{ "error": { "message": "The model `x` does not exist", "code": "model_not_found" } }""", ModelFault.UnknownModel,
            "*does not exist*model.name*" },
        { 404, """{ "detail": "Not Found" }""", ModelFault.UnknownModel, "*: Not Found. Check model.name, and that model.base_url*" },
        { 400, """{ "error": { "message": "no", "code": "model_not_found" } }""", ModelFault.UnknownModel, "*model.name*" },
        { 402, "{}", ModelFault.Quota, "*add money*" },
        { 429, """{ "error": { "message": "You exceeded your current quota", "type": "insufficient_quota", "code":"""
            + """ "insufficient_quota" } }""", ModelFault.Quota, "*add money*" },
        { 400, """{ "error": { "message": "too long", "code": "context_length_exceeded" } }""", ModelFault.ContextOverflow,
            "*model.context_tokens*" },
        { 400, """{ "object": "error", "message": "This model's maximum context length is 6048 tokens. However, """
            + """you requested 6616 tokens", "type": "BadRequestError", "code": 400 }""", ModelFault.ContextOverflow, "*6616*" },
        { 400, """{ "type": "error", "error": { "type": "invalid_request_error", "message": "prompt is too long: 219898 tokens > 200000"""
            + """ maximum" } }""", ModelFault.ContextOverflow, "*219898*" },
        { 400, """{ "error": { "message": "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000" } }""",
            ModelFault.ContextOverflow, "*" },
        { 400, """{ "message": "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000" }""",
            ModelFault.ContextOverflow, "*" },
        { 400, """{ "error": "the input length exceeds the context length" }""", ModelFault.ContextOverflow, "*" },
        { 400, """{ "error": { "code": 400, "message": "the request exceeds the available context size", "type":"""
            + """ "exceed_context_size_error" } }""", ModelFault.ContextOverflow, "*" },
        { 400, """[{ "error": { "code": 400, "message": "The input token count (1200293) exceeds the maximum number of tokens allowed"""
            + """ (1048576).", "status": "INVALID_ARGUMENT" } }]""", ModelFault.ContextOverflow, "*" },
        { 422, """{ "error": { "message": "Your prompt is longer than the model's context length of 2048." } }""",
            ModelFault.ContextOverflow, "*" },
        { 200, """{ "error": "The context window is full" }""", ModelFault.ContextOverflow, "*" },
        { 200, """{ "error": { "code": 401, "message": "No auth" } }""", ModelFault.Authentication, "*No auth*" },
        { 400, """{ "error": { "message": "Unsupported value", "param": "temperature", "code": "unsupported_value" } }""",
            ModelFault.Refused, "*refuses the parameter temperature: change or leave out model.temperature.*" },
        { 400, """{ "error": { "message": "Unsupported parameter: 'max_tokens' is not supported with this model." } }""",
            ModelFault.Refused, "*parameter max_tokens:*model.max_output_tokens*model.max_tokens_parameter*" },
        { 422, """{ "detail": [{ "loc": ["body", "reasoning_effort"], "msg": "extra fields not permitted" }] }""", ModelFault.Refused,
            "*parameter reasoning_effort:*model.reasoning_effort*" },
        { 400, """{ "error": { "message": "seeded wrongly", "param": null } }""", ModelFault.Refused,
            "*compare the settings under model*" },
        { 400, """{ "error": { "message": "odd", "param": "messages.[2].content" } }""", ModelFault.Refused,
            "*refuses the parameter messages.?2?.content.*" },
        { 418, "I am a teapot", ModelFault.Refused, "*answered 418: I am a teapot*" },
    };

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task A_fault_that_does_not_pass_is_told_once_with_what_to_do(int status, string body, ModelFault fault, string message)
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(
            new FakeAnswer.Status(status, Body: body), settings =>
                settings with { Temperature = 1, MaxOutputTokens = 9, ReasoningEffort = "low", Seed = 1 });

        ModelException exception = await FaultOf(model);

        exception.Fault.Should().Be(fault);
        exception.IsConfiguration.Should().Be(fault != ModelFault.ContextOverflow);
        exception.Message.Should().Match(message).And.NotContain("\n");
        model.Server.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using ModelFixture model = await ModelFixture
            .AlwaysAsync(new FakeAnswer.Status(308, new Dictionary<string,
            string>
            { ["Location"] = "https://elsewhere.example/v1?x=1" }, ""));

        ModelException exception = await FaultOf(model);

        exception.Fault.Should().Be(ModelFault.Refused);
        exception.Message.Should().Contain("it is at https://elsewhere.example/v1. Put the address");
    }

    [Theory]
    [InlineData(401)]
    [InlineData(400)]
    [InlineData(500)]
    [InlineData(200)]
    public async Task A_key_that_the_endpoint_echoes_is_nowhere_in_the_exception(int status)
    {
        string encoded = Convert.ToBase64String(Encoding.ASCII.GetBytes("user:" + ModelFixture.Key));
        // Also where the quote is cut.
        string body = string.Concat(Enumerable.Range(0, 40)
            .Select(i => $"{i} Authorization: Bearer {ModelFixture.Key}, Basic {encoded};\n"));
        await using ModelFixture model = await ModelFixture
            .AlwaysAsync(new FakeAnswer.Status(status, Body: body), settings => settings with { Retries = 0 });

        ModelException exception = await FaultOf(model);

        string all = exception.ToString();
        for (int length = ModelFixture.Key.Length; length >= 12; length -= 4)
            all.Should().NotContain(ModelFixture.Key[..length]).And.NotContain(ModelFixture.Key[^length..]);
        all.Should().Contain("[secret]").And.NotContain(encoded[12..40]);
        exception.Message.Length.Should().BeLessThan(800);
        exception.InnerException.Should().BeNull();
    }

    [Fact]
    public async Task Nobody_at_the_address_is_a_fault_of_the_transport()
    {
        ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Says("Hello."));
        await model.Server.DisposeAsync();

        ModelException exception = await FaultOf(model);

        exception.Fault.Should().Be(ModelFault.Transport);
        exception.Message.Should().Contain("could not be reached, or broke off: ").And.Contain("model.base_url");
        model.Connection.Dispose();
    }

    private static Dictionary<string, string> Pause(string value) => new() { ["Retry-After"] = value };

    private static async Task<ModelException> FaultOf(ModelFixture model) =>
        (await FluentActions.Awaiting(() => model.AskAsync()).Should().ThrowAsync<ModelException>()).Which;
}
