using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Xunit;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>What clients ask beside the model.</summary>
public sealed class BesideCallTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_counts_and_looks_are_answered_without_the_script()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => throw new InvalidOperationException("not asked"));
        using var http = new HttpClient { BaseAddress = new Uri(server.BaseUrl, "/") };
        var prompt = new JsonObject { ["role"] = "user", ["content"] = new string('x', 400) };
        var messages = new JsonObject { ["messages"] = new JsonArray(prompt) };

        using HttpResponseMessage head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), Stop);
        JsonObject models = (await http.GetFromJsonAsync<JsonObject>("v1/models", Stop))!;
        using HttpResponseMessage counted = await http.PostAsJsonAsync("v1/messages/count_tokens", messages, Stop);
        using HttpResponseMessage unknown = await http.GetAsync(new Uri("v1/responses?x=1", UriKind.Relative), Stop);

        head.StatusCode.Should().Be(HttpStatusCode.OK);
        models["data"]![0]!["id"]!.ToString().Should().Be("fake");
        ((int)(await counted.Content.ReadFromJsonAsync<JsonObject>(Stop))!["input_tokens"]!).Should().BeInRange(100, 120);
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound);
        server.Count.Should().Be(0);
        server.Others.Should().Equal("HEAD /", "GET /v1/models", "POST /v1/messages/count_tokens", "GET /v1/responses?x=1");
    }

    [Fact]
    public async Task A_script_can_be_a_file_with_every_kind_of_answer()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """
                { "*": [
                  { "cut_after_events": 2 }, { "unended": true }, { "unended": 3 }, { "reset": "midway" },
                  { "error_event": "overloaded_error", "message": "Busy.", "code": 529 }, { "silent_seconds": 0.5, "events": 4 },
                  { "think": "Hm.", "say": "Look.", "bash": ["ls", "pwd"], "call": { "name": "grep", "arguments": { "for": "a<b" } },
                    "usage": { "input": 10, "cached": 4, "cache_write": 3, "output": 5, "reasoning": 2 } }
                ] }
                """, Stop);
            Func<FakeRequest, FakeAnswer> script = FakeScript.Read(file);
            var request = new FakeRequest(1, JsonNode.Parse("""{ "messages": [], "tools": [{}] }""")!.AsObject(),
                new Dictionary<string, string>());

            FakeAnswer[] answers = [.. Enumerable.Range(0, 7).Select(_ => script(request))];

            answers.Take(6).Should().Equal(new FakeAnswer.Cut(2), new FakeAnswer.Unended(), new FakeAnswer.Unended(3),
                new FakeAnswer.Reset(Midway: true), new FakeAnswer.Fails("overloaded_error", "Busy.", 529),
                new FakeAnswer.Silent(TimeSpan.FromSeconds(0.5), 4));
            FakeAnswer.Says said = answers[6].Should().BeOfType<FakeAnswer.Says>().Subject;
            (said.Thinking, said.Content, said.Tokens).Should().Be(("Hm.", "Look.", new FakeTokens(10, 4, 3, 5, 2)));
            said.ToolCalls.Should().Equal(FakeToolCall.Bash("ls"), FakeToolCall.Bash("pwd"), new FakeToolCall("grep", """{"for":"a<b"}"""));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
