using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>The tables of docs/agents.md, row by row: what an endpoint sends, and what it counts as.</summary>
public sealed class AnswerTableTests
{
    private const string Header = "| what the endpoint sends | example | to the first request | later |";
    private const string MessagesHeader = "| what Anthropic's messages send | example | to the first request | later |";

    public static TheoryData<string, string, bool, string> Rows => RowsOf(Header);

    public static TheoryData<string, string, bool, string> MessagesRows => RowsOf(MessagesHeader);

    private static TheoryData<string, string, bool, string> RowsOf(string header)
    {
        var rows = new TheoryData<string, string, bool, string>();
        string doc = File.ReadAllText(Path.Combine(ProjectFolder.Find(), "docs", "agents.md"));
        foreach (string line in doc[doc.IndexOf(header, StringComparison.Ordinal)..].Split('\n').Skip(2)
            .TakeWhile(line => line.StartsWith('|')))
        {
            string[] cells = [.. line.Trim('|').Split(" | ").Select(cell => cell.Trim())];
            cells.Should().HaveCount(4, line);
            rows.Add(cells[0], cells[1].Trim('`'), true, cells[2]);
            rows.Add(cells[0], cells[1].Trim('`'), false, cells[3]);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public Task An_answer_counts_as_what_the_table_says(string what, string example, bool isFirst, string counted) =>
        CheckAsync(ProviderChoice.OpenAi, what, example, isFirst, counted);

    [Theory]
    [MemberData(nameof(MessagesRows))]
    public Task An_answer_of_Anthropics_messages_counts_as_what_the_table_says(string what, string example, bool isFirst, string counted) =>
        CheckAsync(ProviderChoice.Anthropic, what, example, isFirst, counted);

    private static async Task CheckAsync(ProviderChoice provider, string what, string example, bool isFirst, string counted)
    {
        int status = int.Parse(example[..3], System.Globalization.CultureInfo.InvariantCulture);
        FakeAnswer answer = status == 200 ? new FakeAnswer.Garbage(Encoding.UTF8.GetBytes(example[4..]))
            : new FakeAnswer.Status(status, Body: example[4..]);
        int asked = 0;
        await using ModelFixture model = await ModelFixture.StartAsync(
            _ => ++asked == 1 && !isFirst ? new FakeAnswer.Says("Hello.") : answer,
            settings => settings with { Retries = 1, Provider = provider });
        if (!isFirst)
            await model.AskAsync();

        (await CountAsync(model)).Should().Be(counted, what);
    }

    [Fact]
    public void The_table_has_rows_of_each_kind() => Rows.Select(row => row.Data.Item4.Split(':')[0]).Distinct().Should()
        .BeEquivalentTo("answer", "no call", "malformed call", "transport fault", "rate limit", "end", "configuration fault");

    private static async Task<string> CountAsync(ModelFixture model)
    {
        int before = model.Server.Count;
        try
        {
            ChatReply reply = await model.AskAsync();
            // What was taken goes into the trajectory, comes back from it, and is sent again.
            _ = HistoryRepair.Repair([JsonNode.Parse(reply.Message.ToJsonString())]).ToJsonString();
            _ = MessagesHistory.Of([JsonNode.Parse(reply.Message.ToJsonString())]).Messages.ToJsonString();
            return reply.ToolCalls.Count == 0 ? "no call"
                : reply.ToolCalls.Any(call => ShellAgent.CommandOf(call, reply.FinishReason, out _) is not null) ? "answer"
                : "malformed call";
        }
        catch (ModelException exception)
        {
            string counted = exception.Fault switch
            {
                ModelFault.Transport => "transport fault",
                ModelFault.RateLimit => "rate limit",
                ModelFault.ContextOverflow => "end: context",
                ModelFault.ConversationRefused => "end: refused",
                ModelFault.RequestTooLarge => "end: request_too_large",
                _ => "configuration fault",
            };
            exception.IsConfiguration.Should().Be(counted == "configuration fault");
            (model.Server.Count - before).Should().Be(counted is "transport fault" or "rate limit" ? 2 : 1, "only those pass");
            return counted;
        }
    }
}
