using System.ClientModel;
using System.Text;
using Anthropic;
using Anthropic.Models.Messages;
using FluentAssertions;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;
using Tandem.FakeModel;
using Xunit;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>The providers' own packages read what the fake model writes.</summary>
public sealed class ProviderPackageTests
{
    private static readonly FakeAnswer s_answer = new FakeAnswer.Says("I look around.", [FakeToolCall.Bash("ls -la . ..")])
    {
        Thinking = "Where am I?",
        Tokens = new FakeTokens(Input: 1000, Cached: 800, CacheWrite: 30, Output: 50, Reasoning: 7),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Anthropics_package_reads_an_answer(bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => s_answer);
        using var client = new AnthropicClient { BaseUrl = new Uri(server.BaseUrl, "/").ToString(), ApiKey = "none" };
        var asked = new MessageCreateParams
        {
            Model = "model-1",
            MaxTokens = 100,
            Messages = [new UserMessageParam("Go.")],
        };

        Message message = streams ? await client.Messages.CreateStreaming(asked, Stop).Aggregate()
            : await client.Messages.Create(asked, Stop);

        message.Content[0].TryPickThinking(out ThinkingBlock? thinking).Should().BeTrue();
        (thinking!.Thinking, thinking.Signature.Length > 0).Should().Be(("Where am I?", true));
        message.Content[1].TryPickText(out TextBlock? text).Should().BeTrue();
        text!.Text.Should().Be("I look around.");
        message.Content[2].TryPickToolUse(out ToolUseBlock? call).Should().BeTrue();
        (call!.Name, call.Input["command"].GetString()).Should().Be(("bash", "ls -la . .."));
        message.StopReason!.Value().Should().Be(StopReason.ToolUse);
        (message.Usage.InputTokens, message.Usage.CacheReadInputTokens, message.Usage.CacheCreationInputTokens, message.Usage.OutputTokens)
            .Should().Be((170, 800, 30, 50));
    }

    [Fact]
    public async Task OpenAIs_package_reads_a_streamed_chat()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => s_answer);
        ChatClient client = Client(server).GetChatClient("model-1");
        var text = new StringBuilder();
        var arguments = new StringBuilder();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;

        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(["Go."], cancellationToken: Stop))
        {
            text.AppendJoin("", update.ContentUpdate.Select(part => part.Text));
            arguments.AppendJoin("", update.ToolCallUpdates.Select(call => call.FunctionArgumentsUpdate?.ToString()));
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }

        (text.ToString(), arguments.ToString()).Should().Be(("I look around.", """{"command":"ls -la . .."}"""));
        finish.Should().Be(ChatFinishReason.ToolCalls);
        (usage!.InputTokenCount, usage.InputTokenDetails.CachedTokenCount, usage.OutputTokenCount,
            usage.OutputTokenDetails.ReasoningTokenCount).Should().Be((1000, 800, 50, 7));
    }

#pragma warning disable OPENAI001 // The package calls its responses experimental.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAIs_package_reads_a_response(bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => s_answer);
        ResponsesClient client = Client(server).GetResponsesClient();
        ResponseResult? response = null;
        var text = new StringBuilder();
        if (streams)
        {
            await using AsyncStreamingResult<StreamingResponseUpdate> updates =
                await client.CreateResponseStreamingAsync("model-1", "Go.", cancellationToken: Stop);
            await foreach (StreamingResponseUpdate update in (IAsyncEnumerable<StreamingResponseUpdate>)updates)
            {
                text.Append((update as StreamingResponseOutputTextDeltaUpdate)?.Delta);
                response = (update as StreamingResponseCompletedUpdate)?.Response ?? response;
            }
            text.ToString().Should().Be("I look around.");
        }
        else
        {
            response = await client.CreateResponseAsync("model-1", "Go.", cancellationToken: Stop);
        }

        response!.GetOutputText().Should().Be("I look around.");
        FunctionCallResponseItem call = response.OutputItems.OfType<FunctionCallResponseItem>().Should().ContainSingle().Subject;
        (call.FunctionName, call.FunctionArguments.ToString()).Should().Be(("bash", """{"command":"ls -la . .."}"""));
        (response.Usage.InputTokenCount, response.Usage.InputTokenDetails.CachedTokenCount, response.Usage.OutputTokenCount,
            response.Usage.OutputTokenDetails.ReasoningTokenCount).Should().Be((1000, 800, 50, 7));
    }
#pragma warning restore OPENAI001

    private static OpenAIClient Client(FakeModelServer server) =>
        new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = server.BaseUrl });
}
