using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Scenarios;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Harness.Tests.Scenarios;

/// <summary>Answers that are odd, but answers.</summary>
public sealed class ScenarioOddAnswerTests : IDisposable
{
    private static readonly ScenarioSelection s_ask = new() { Scenarios = ["ask"], Variants = ["plain"], Repetitions = [1] };

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\"content\": \"cut \\ud83d\"", "cut \ufffd")]
    [InlineData("\"content\": \"\\ude00 low, \\ud83d\\ude00 whole, \\\\ud83d text\"", "\ufffd low, 😀 whole, \\ud83d text")]
    public async Task Half_a_character_in_an_answer_is_an_answer(string content, string text)
    {
        byte[] body = System.Text.Encoding.UTF8.GetBytes(
            $$$"""{"choices": [{"finish_reason": "length", "message": {"role": "assistant", {{{content}}}}}]}""");
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Garbage(body));

        ScenarioRecord record = Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token));

        (record.ResponseText, record.FinishReason, record.Error).Should().Be((text, "length", null));
    }

    [Fact]
    public async Task A_call_without_a_name_ends_the_conversation()
    {
        byte[] body =
            """{"choices": [{"message": {"tool_calls": [{"id": "a", "function": {"name": null, "arguments": "{}"}}]}}]}"""u8.ToArray();
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Garbage(body));

        Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token)).EndedBy.Should().Be(ScenarioEnd.ToolWithoutAnswer);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ScenarioRecord Ran(ScenarioResult[] results) =>
        results.Should().ContainSingle().Which.Should().BeOfType<ScenarioResult.Ran>().Subject.Record;
}
