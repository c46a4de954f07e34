using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Xunit;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>One script is the same session in every dialect, as a stream and in one piece.</summary>
public sealed class DialectTests
{
    private static readonly FakeTokens s_tokens = new(Input: 1000, Cached: 800, CacheWrite: 30, Output: 50, Reasoning: 7);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<FakeDialect, bool> All => [.. DialectClient.All];

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_session_of_three_calls_is_the_same(FakeDialect dialect, bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(FakeScript.Of(new Dictionary<string, List<FakeAnswer>>
        {
            ["solo"] =
            [
                new FakeAnswer.Says("I look around in every folder first.", [FakeToolCall.Bash("ls -la . .. && git status")])
                {
                    Thinking = "Where am I, and what is here to be done?",
                    Tokens = s_tokens,
                },
                new FakeAnswer.Says(null, [FakeToolCall.Bash("true"), FakeToolCall.Bash("false")]),
                new FakeAnswer.Says("Done, I think."),
            ],
        }));
        using var client = new DialectClient(server, dialect, streams);

        Said first = await client.AskAsync(Stop);
        Said second = await client.AskAsync(Stop);
        Said third = await client.AskAsync(Stop);

        first.Text.Should().Be("I look around in every folder first.");
        first.Thinking.Should().Be("Where am I, and what is here to be done?");
        first.Calls.Should().ContainSingle();
        CommandOf(first.Calls[0]).Should().Be("ls -la . .. && git status");
        first.Usage.ToJsonString().Should().Be(UsageIn(dialect).ReplaceLineEndings(""));
        second.Calls.Should().HaveCount(2).And.OnlyContain(call => call.StartsWith("bash "));
        (third.Text, third.Calls.Count).Should().Be(("Done, I think.", 0));
        (first.Finish, third.Finish).Should().Be(dialect switch
        {
            FakeDialect.Chat => ("tool_calls", "stop"),
            FakeDialect.Responses => ("completed", "completed"),
            FakeDialect.Messages => ("tool_use", "end_turn"),
            _ => ("STOP", "STOP"),
        });
        server.Requests.Select(request => (request.Dialect, request.Streams, request.Model, request.AgentId, request.Turn)).Should()
            .Equal([.. Enumerable.Range(0, 3).Select(turn => (dialect, streams, "model-1", "solo", turn))]);
        server.Requests[0].Usage.Should().Be(s_tokens);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Usage_is_counted_where_the_script_says_none(FakeDialect dialect, bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => FakeAnswer.Runs("true"));
        using var client = new DialectClient(server, dialect, streams);

        await client.AskAsync(Stop);
        await client.AskAsync(Stop);

        server.Requests[0].Usage.Should().NotBeNull();
        server.Requests[0].Usage!.Cached.Should().Be(0);
        FakeTokens second = server.Requests[1].Usage!;
        second.Cached.Should().BeGreaterThan(0).And.BeLessThan(second.Input);
        second.Cached.Should().BeCloseTo(server.Requests[0].Usage!.Input, 2, "the whole first prompt is read from the cache");
    }

    [Theory]
    [InlineData(FakeDialect.Chat, "length")]
    [InlineData(FakeDialect.Responses, "max_output_tokens")]
    [InlineData(FakeDialect.Messages, "max_tokens")]
    [InlineData(FakeDialect.Generate, "MAX_TOKENS")]
    public async Task An_answer_that_was_cut_short_says_so(FakeDialect dialect, string reason)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Says("And then", FinishReason: "length"));
        foreach (bool streams in new[] { false, true })
        {
            using var client = new DialectClient(server, dialect, streams);

            (await client.AskAsync(Stop)).Finish.Should().Be(reason);
        }
    }

    [Fact]
    public async Task A_chat_that_does_not_ask_for_usage_gets_none()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Says("Hi."));
        using var http = new HttpClient();
        using var body = new StringContent("""{ "stream": true, "messages": [] }""");
        using HttpResponseMessage response = await http.PostAsync(new Uri(server.BaseUrl, "v1/chat/completions"), body, Stop);

        string stream = await response.Content.ReadAsStringAsync(Stop);

        stream.Should().EndWith("data: [DONE]\n\n").And.NotContain("usage");
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
    }

    private static string CommandOf(string call) =>
        (string)JsonNode.Parse(call[call.IndexOf('{', StringComparison.Ordinal)..])!["command"]!;

    private static string UsageIn(FakeDialect dialect) => dialect switch
    {
        FakeDialect.Chat => """
            {"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050,"prompt_tokens_details":{"cached_tokens":800},
            "completion_tokens_details":{"reasoning_tokens":7}}
            """,
        FakeDialect.Responses => """
            {"input_tokens":1000,"input_tokens_details":{"cached_tokens":800},"output_tokens":50,
            "output_tokens_details":{"reasoning_tokens":7},"total_tokens":1050}
            """,
        FakeDialect.Messages => """
            {"input_tokens":170,"cache_creation_input_tokens":30,"cache_read_input_tokens":800,"output_tokens":50,
            "output_tokens_details":{"thinking_tokens":7}}
            """,
        _ => """
            {"promptTokenCount":1000,"cachedContentTokenCount":800,"candidatesTokenCount":43,"thoughtsTokenCount":7,
            "totalTokenCount":1050}
            """,
    };
}
