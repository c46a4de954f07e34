using System.Text.Json;
using FluentAssertions;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Harness.Tests.Scenarios;

public sealed class ExpectationsTests
{
    private static readonly ScenarioToolCall[] s_calls =
    [
        Call(1, "find", """{"name": "Ada", "deep": {"n": 1, "m": [1, 2]}, "more": true}"""),
        Call(2, "send", """{"to": "Ada"}"""),
        Call(2, "send", """{"to": "Bob"}"""),
        Call(3, "noise", "not json"),
    ];

    [Theory]
    [InlineData("""{"check": "tool_called", "tool": "find"}""", true)]
    [InlineData("""{"check": "tool_called", "tool": "delete"}""", false)]
    [InlineData("""{"check": "tool_called", "tool": ["delete", "send"]}""", true)]
    [InlineData("""{"check": "tool_called", "tool": "find", "arguments": {"name": "Ada"}}""", true)]
    [InlineData("""{"check": "tool_called", "tool": "find", "arguments": {"name": "ada"}}""", false)]
    [InlineData("""{"check": "tool_called", "tool": "find", "arguments": {"deep": {"n": 1.0}}}""", true)]
    [InlineData("""{"check": "tool_called", "tool": "find", "arguments": {"deep": {"m": [2, 1]}}}""", false)]
    [InlineData("""{"check": "tool_called", "tool": "send", "times": 2}""", true)]
    [InlineData("""{"check": "tool_called", "tool": "send", "times": 1}""", false)]
    [InlineData("""{"check": "tool_called", "tool": "send", "times": 1, "arguments": {"to": "Bob"}}""", true)]
    [InlineData("""{"check": "tool_called", "tool": "find", "arguments_schema": {"required": ["more"]}}""", true)]
    [InlineData("""{"check": "tool_called", "tool": "find", "arguments_schema": {"properties": {"name": {"pattern": "^B"}}}}""", false)]
    [InlineData("""{"check": "tool_called", "tool": "noise", "arguments_schema": {}}""", false)]
    [InlineData("""{"check": "tool_called", "tool": "noise"}""", true)]
    [InlineData("""{"check": "tool_not_called", "tool": "delete"}""", true)]
    [InlineData("""{"check": "tool_not_called", "tool": ["delete", "noise"]}""", false)]
    [InlineData("""{"check": "tools_in_order", "tools": ["find", "noise"]}""", true)]
    [InlineData("""{"check": "tools_in_order", "tools": ["send", "send"]}""", true)]
    [InlineData("""{"check": "tools_in_order", "tools": ["send", "send", "send"]}""", false)]
    [InlineData("""{"check": "tools_in_order", "tools": ["noise", ["find", "send"]]}""", false)]
    [InlineData("""{"check": "tools_in_order", "tools": [["find", "x"], "send"]}""", true)]
    [InlineData("""{"check": "no_tool"}""", false)]
    [InlineData("""{"check": "text_contains", "text": "KEYS"}""", true)]
    [InlineData("""{"check": "text_contains", "text": "KEYS", "match_case": true}""", false)]
    [InlineData("""{"check": "text_contains", "text": ["absent", "mat"]}""", true)]
    [InlineData("""{"check": "text_lacks", "text": ["absent", "mat"]}""", false)]
    [InlineData("""{"check": "text_lacks", "text": "absent"}""", true)]
    [InlineData("""{"check": "text_matches", "pattern": "under\\s+THE"}""", true)]
    [InlineData("""{"check": "text_matches", "pattern": "^keys"}""", false)]
    [InlineData("""{"check": "text_not_empty"}""", true)]
    public void An_expectation_holds_or_says_what_was_found(string expectation, bool holds)
    {
        ScenarioCheck check = Check(expectation, "The keys are under the mat.", s_calls);

        check.Passed.Should().Be(holds, check.Detail);
        (check.Detail is null).Should().Be(holds);
    }

    [Fact]
    public void Without_text_and_calls_the_opposites_hold()
    {
        Check("""{"check": "no_tool"}""", "", []).Passed.Should().BeTrue();
        Check("""{"check": "text_not_empty"}""", " \n", []).Detail.Should().Be("the answer has no text");
        Check("""{"check": "tool_called", "tool": "find"}""", "", []).Detail.Should().Be("no tool was called");
    }

    [Fact]
    public void A_pattern_that_takes_for_ever_fails_its_check_and_says_so() =>
        Check("""{"check": "text_matches", "pattern": "^(a+)+$"}""", new string('a', 40) + "!", []).Detail.Should()
            .Contain("needed more than 2 s");

    private static ScenarioCheck Check(string expectation, string text, IReadOnlyList<ScenarioToolCall> calls)
    {
        var one = JsonSerializer.Deserialize<Expectation>(expectation, Harness.Configuration.ConfigurationJson.Options)!;
        var scenario = new ScenarioDefinition { Id = "x", User = "y", Expect = [one] };
        var variant = new VariantDefinition { SystemPrompt = OneOrMore.Empty };
        return Expectations.Check(scenario, variant, text, calls).Should().ContainSingle().Subject;
    }

    private static ScenarioToolCall Call(int turn, string name, string arguments)
    {
        try
        {
            return new ScenarioToolCall(turn, "id", name, arguments, JsonDocument.Parse(arguments).RootElement.Clone(), null, null);
        }
        catch (JsonException)
        {
            return new ScenarioToolCall(turn, "id", name, arguments, null, "They are not JSON.", null);
        }
    }
}
