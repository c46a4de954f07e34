using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class HistoryRepairTests
{
    [Fact]
    public void A_sound_history_stays_byte_for_byte()
    {
        const string sound = """
            [{"role":"system","content":"s"},{"role":"user","content":"u"},
             {"role":"assistant","content":null,"tool_calls":[
               {"id":"a","type":"function","function":{"name":"bash","arguments":"{ \"command\": \"ls\" }"}}]},
             {"role":"tool","tool_call_id":"a","content":"x"},{"role":"assistant","content":"done"}]
            """;

        Repaired(sound).ToJsonString().Should().Be(JsonNode.Parse(sound)!.ToJsonString());
    }

    [Fact]
    public void A_users_message_joins_a_tools_answer_or_another_before_it_and_follows_a_models_text()
    {
        JsonArray history = Parse(Asked(("a", "bash", "{}")));
        foreach (string text in new[] { "u", "v" })
            history.Add(new JsonObject { ["role"] = "user", ["content"] = text });
        history.Add(new JsonObject { ["role"] = "assistant", ["content"] = "w" });
        history.Add(new JsonObject { ["role"] = "user", ["content"] = "x" });

        JsonArray repaired = Repaired(history.ToJsonString());

        repaired.Skip(2).Select(m => ((string)m!["role"]!, (string)m["content"]!)).Should()
            .Equal(("tool", "answer 0\n\nu\n\nv"), ("assistant", "w"), ("user", "x"));
    }

    [Theory]
    [InlineData("{\"command\": \"ls")]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("\"ls\"")]
    [InlineData("null")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"a\": \"\\u0000\"}")]
    [InlineData("{\"a\": \"\\ud800\"}")]
    public void Arguments_that_are_no_sound_object_go_back_as_an_empty_one(string arguments) =>
        ((string)Repaired(Asked(("a", "bash", arguments)))[1]!["tool_calls"]![0]!["function"]!["arguments"]!).Should().Be("{}");

    [Theory]
    [InlineData("bash", "bash")]
    [InlineData("functions.bash:0", "functions_bash_0")]
    [InlineData("bash<|channel|>", "bash__channel__")]
    [InlineData("", "unnamed")]
    [InlineData("日本", "__")]
    public void Names_that_no_endpoint_takes_are_made_safe(string name, string safe) =>
        ((string)Repaired(Asked(("a", name, "{}")))[1]!["tool_calls"]![0]!["function"]!["name"]!).Should().Be(safe);

    [Fact]
    public void A_name_of_any_length_is_cut_to_sixty_four() =>
        ((string)Repaired(Asked(("a", new string('n', 200), "{}")))[1]!["tool_calls"]![0]!["function"]!["name"]!).Should().HaveLength(64);

    [Fact]
    public void Ids_that_are_repeated_or_empty_are_made_unique_and_answers_follow_them()
    {
        JsonArray repaired = Repaired(Asked(("x", "bash", "{}"), ("x", "bash", "{}"), ("", "bash", "{}")));

        repaired[1]!["tool_calls"]!.AsArray().Select(call => (string)call!["id"]!).Should().Equal("x", "x_2", "call");
        repaired.Skip(2).Select(answer => ((string)answer!["tool_call_id"]!, (string)answer["content"]!)).Should()
            .Equal(("x", "answer 0"), ("x_2", "answer 1"), ("call", "answer 2"));
    }

    [Fact]
    public void An_id_that_an_earlier_answer_had_is_renamed_too()
    {
        JsonArray history = [.. Parse(Asked(("x", "bash", "{}"))).Concat(Parse(Asked(("x", "bash", "{}"))).Skip(1))
            .Select(message => message!.DeepClone())];

        JsonArray repaired = HistoryRepair.Repair(history);

        repaired.Where(message => (string)message!["role"]! == "tool").Select(message => (string)message!["tool_call_id"]!).Should()
            .Equal("x", "x_2");
    }

    [Fact]
    public void Calls_past_what_endpoints_take_are_left_out_with_their_answers()
    {
        JsonArray repaired = Repaired(Asked([.. Enumerable.Range(0, 300).Select(i => ($"c{i}", "bash", "{}"))]));

        repaired[1]!["tool_calls"]!.AsArray().Should().HaveCount(HistoryRepair.MostCalls);
        repaired.Should().HaveCount(2 + HistoryRepair.MostCalls);
    }

    [Theory]
    [InlineData("""{"role":"assistant","content":""}""", "(no text)")]
    [InlineData("""{"role":"assistant","content":null}""", "(no text)")]
    [InlineData("""{"role":"assistant","content":" \n"}""", "(no text)")]
    [InlineData("""{"role":"user","content":""}""", "(no text)")]
    [InlineData("""{"role":"user","content":"a\u0000b"}""", "ab")]
    public void No_message_is_empty_and_none_holds_a_nul(string message, string content) =>
        ((string)Repaired($"[{message}]")[0]!["content"]!).Should().Be(content);

    [Fact]
    public void An_empty_text_beside_calls_is_left_out()
    {
        JsonArray history = Parse(Asked(("a", "bash", "{}")));
        history[1]!["content"] = "";

        HistoryRepair.Repair(history)[1]!["content"].Should().BeNull();
        ((string)history[1]!["content"]!).Should().Be("", "the conversation itself stays as it was");
    }

    private static JsonArray Repaired(string history) => HistoryRepair.Repair(Parse(history));

    private static JsonArray Parse(string history) => JsonNode.Parse(history)!.AsArray();

    /// <summary>A user's message, an answer with calls, and an answer of the tool to each.</summary>
    private static string Asked(params (string Id, string Name, string Arguments)[] calls) => new JsonArray(
    [
        new JsonObject { ["role"] = "user", ["content"] = "u" },
        new JsonObject
        {
            ["role"] = "assistant",
            ["content"] = null,
            ["tool_calls"] = new JsonArray([.. calls.Select(call => (JsonNode)new JsonObject
            {
                ["id"] = call.Id,
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
            })]),
        },
        .. calls.Select((call, i) => (JsonNode)new JsonObject
        { ["role"] = "tool", ["tool_call_id"] = call.Id, ["content"] = $"answer {i}" }),
    ]).ToJsonString();
}
