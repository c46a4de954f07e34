using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class ConversationRefusedTests
{
    [Theory]
    [InlineData(400, "messages.3: tool_use ids must be unique", ModelFault.ConversationRefused)]
    [InlineData(400, "filtered: the prompt triggered our content management policy", ModelFault.ConversationRefused)]
    [InlineData(403, "Request blocked by our content filter", ModelFault.ConversationRefused)]
    [InlineData(422, "odd", ModelFault.ConversationRefused)]
    [InlineData(401, "bad key", ModelFault.Authentication)]
    [InlineData(403, "Your credit balance is too low to access the API.", ModelFault.Quota)]
    [InlineData(403, "Failed check: SAFETY", ModelFault.ConversationRefused)]
    [InlineData(404, "No endpoints found that can handle the requested parameters", ModelFault.ConversationRefused)]
    public async Task What_is_refused_after_an_answer_is_the_conversation_and_not_the_settings(int status, string words, ModelFault fault)
    {
        int asked = 0;
        await using ModelFixture model = await ModelFixture.StartAsync(_ => ++asked == 1 ? new FakeAnswer.Says("Hello.")
            : new FakeAnswer.Status(status, Body: $$"""{ "error": { "message": "{{words}}" } }"""));
        await model.AskAsync();

        ModelException exception = (await FluentActions.Awaiting(() => model.AskAsync()).Should().ThrowAsync<ModelException>()).Which;

        (exception.Fault, exception.IsConfiguration).Should().Be((fault, fault != ModelFault.ConversationRefused));
        exception.Message.Should().Contain(words);
    }

    [Fact]
    public async Task A_conversation_that_an_earlier_process_began_does_not_stop_the_run_as_its_first_request()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Status(400, Body: """{ "error": "odd" }"""));
        ChatRequest request = ModelFixture.Request("Hello.");
        request.Messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = "Hi." });
        request.Messages.Add(new JsonObject { ["role"] = "user", ["content"] = "Go on." });

        ModelException exception = (await FluentActions
            .Awaiting(() => model.Connection.CompleteAsync(request, TestContext.Current.CancellationToken))
            .Should().ThrowAsync<ModelException>()).Which;

        exception.Fault.Should().Be(ModelFault.ConversationRefused);
    }
}
