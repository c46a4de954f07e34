using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Xunit;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>Each fault of a script is what a client of each dialect would see of it.</summary>
public sealed class DialectFaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<FakeDialect> Dialects => [.. Enum.GetValues<FakeDialect>()];

    public static TheoryData<FakeDialect, bool> All => DialectTests.All;

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_stream_is_cut_after_its_first_event(FakeDialect dialect)
    {
        Received received = await ReceiveAsync(dialect, new FakeAnswer.Cut());

        received.Should().Match<Received>(r => r.IsCut && r.Events.Count == 1);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_stream_is_cut_within_its_first_event(FakeDialect dialect)
    {
        Received received = await ReceiveAsync(dialect, new FakeAnswer.Reset(Midway: true));

        received.Should().Match<Received>(r => r.IsCut && r.Events.Count == 0);
    }

    [Theory]
    [InlineData(FakeDialect.Chat, "\"finish_reason\":null}")]
    [InlineData(FakeDialect.Responses, "response.output_item.done")]
    [InlineData(FakeDialect.Messages, "content_block_stop")]
    [InlineData(FakeDialect.Generate, "not come whole.")]
    public async Task A_stream_ends_cleanly_without_its_final_event(FakeDialect dialect, string last)
    {
        Received whole = await ReceiveAsync(dialect, new FakeAnswer.Unended());
        Received begin = await ReceiveAsync(dialect, new FakeAnswer.Unended(Events: 1));

        whole.IsCut.Should().BeFalse();
        whole.Events[^1].Data.Should().Contain(last);
        whole.Events.Should().NotContain(item => item.Data == "[DONE]");
        begin.Should().Match<Received>(r => !r.IsCut && r.Events.Count == 1);
    }

    [Theory]
    [InlineData(FakeDialect.Chat, """{"error":{"message":"Busy.","type":"overloaded","param":null,"code":"overloaded"}}""")]
    [InlineData(FakeDialect.Responses, "\"error\":{\"code\":\"overloaded\",\"message\":\"Busy.\"}")]
    [InlineData(FakeDialect.Messages, """{"type":"error","error":{"type":"overloaded","message":"Busy."},"request_id":"req_scripted"}""")]
    [InlineData(FakeDialect.Generate, """{"error":{"code":529,"message":"Busy.","status":"overloaded"}}""")]
    public async Task An_error_comes_inside_a_stream_or_as_a_status(FakeDialect dialect, string error)
    {
        var fault = new FakeAnswer.Fails("overloaded", "Busy.", 529);

        Received received = await ReceiveAsync(dialect, fault);
        (int status, JsonNode body) = await StatusAsync(dialect, fault);

        received.IsCut.Should().BeFalse();
        received.Events[^1].Data.Should().Contain(error);
        received.Events.Count.Should().BeGreaterThan(1, "the stream had begun");
        status.Should().Be(529);
        body["error"]!["message"]!.ToString().Should().Be("Busy.");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Headers_come_and_then_nothing(FakeDialect dialect, bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Silent(TimeSpan.FromMinutes(5), 1));
        using var client = new DialectClient(server, dialect, streams);
        using HttpResponseMessage response = await client.SendAsync(Stop);
        await using Stream body = await response.Content.ReadAsStreamAsync(Stop);
        byte[] bytes = new byte[64 * 1024];

        int received = streams ? await body.ReadAsync(bytes, Stop) : 0;
        Task<int> more = body.ReadAsync(bytes, Stop).AsTask();

        ((int)response.StatusCode).Should().Be(200);
        (received > 0).Should().Be(streams);
        more.IsCompleted.Should().BeFalse();
        await server.DisposeAsync();
        await FluentActions.Awaiting(() => more).Should().ThrowAsync<IOException>("the server went away");
    }

    [Theory]
    [InlineData(FakeDialect.Chat, 429, "$.error.code", "scripted")]
    [InlineData(FakeDialect.Responses, 400, "$.error.type", "scripted")]
    [InlineData(FakeDialect.Messages, 429, "$.error.type", "rate_limit_error")]
    [InlineData(FakeDialect.Messages, 529, "$.error.type", "overloaded_error")]
    [InlineData(FakeDialect.Messages, 400, "$.error.type", "invalid_request_error")]
    [InlineData(FakeDialect.Generate, 429, "$.error.status", "RESOURCE_EXHAUSTED")]
    [InlineData(FakeDialect.Generate, 503, "$.error.status", "UNAVAILABLE")]
    public async Task A_status_has_the_error_body_of_its_dialect(FakeDialect dialect, int code, string path, string expected)
    {
        (int status, JsonNode body) = await StatusAsync(dialect, new FakeAnswer.Status(code));

        status.Should().Be(code);
        path.Split('.').Skip(1).Aggregate(body, (node, name) => node[name]!).ToString().Should().Be(expected);
        body["error"]!["message"]!.ToString().Should().Be($"A scripted {code}.");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_huge_text_comes_whole(FakeDialect dialect, bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Huge(300_000));
        using var client = new DialectClient(server, dialect, streams);

        (await client.AskAsync(Stop)).Text.Should().HaveLength(300_000).And.MatchRegex("^x+$");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_broken_answer_that_the_client_keeps_is_no_turn(FakeDialect dialect, bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(FakeScript.Of(new Dictionary<string, List<FakeAnswer>>
        {
            ["*"] = [FakeAnswer.Runs("one"), new FakeAnswer.Unended(), new FakeAnswer.Says("two")],
        }));
        await using FakeModelServer other = await FakeModelServer
            .StartAsync(request => new FakeAnswer.Says(request.Number == 1 ? "This answer does" : ""));
        using var client = new DialectClient(server, dialect, streams);
        await client.AskAsync(Stop);
        (await client.SendAsync(Stop)).Dispose();
        for (int kept = 0; kept < 2; kept++)
        {
            using var broken = new DialectClient(other, dialect, streams);
            await broken.AskAsync(Stop);
            client.History.Add(broken.History[0]);
        }

        (await client.AskAsync(Stop)).Text.Should().Be("two");

        server.Requests.Select(request => request.Turn).Should().Equal(0, 1, 1);
    }

    private static async Task<Received> ReceiveAsync(FakeDialect dialect, FakeAnswer answer)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => answer);
        using var client = new DialectClient(server, dialect, streams: true);
        using HttpResponseMessage response = await client.SendAsync(Stop);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        var events = new List<SseItem<string>>();
        try
        {
            await foreach (SseItem<string> item in StreamedAnswer.ReadAsync(response))
                events.Add(item);
        }
        catch (IOException)
        {
            return new Received(events, IsCut: true);
        }
        server.Requests.Should().ContainSingle().Which.Usage.Should().BeNull("no answer was given whole");
        return new Received(events, IsCut: false);
    }

    private static async Task<(int Status, JsonNode Body)> StatusAsync(FakeDialect dialect, FakeAnswer answer)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => answer);
        using var client = new DialectClient(server, dialect, streams: false);
        using HttpResponseMessage response = await client.SendAsync(Stop);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Stop))!);
    }

    private sealed record Received(List<SseItem<string>> Events, bool IsCut);
}
