using FluentAssertions;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>Conversations with gaps or of odd shapes: what can be read is imported, the rest gives a warning.</summary>
public sealed class OddConversationTests : IDisposable
{
    private const string Pair = "pallets_click_task/1/f1_f2";

    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Times_of_every_kind_are_read_and_messages_stand_in_the_order_of_sending()
    {
        Conversation("""
            [{"from": "agent1", "to": "agent2", "message": "third", "timestamp": "2026-05-01T11:03:00.5", "feature_id": 1},
             {"from": "agent2", "to": "agent1", "message": "first", "timestamp": 1777633261, "feature_id": 2},
             {"from": "agent1", "to": "agent2", "message": "second", "timestamp": "1777633262.25", "feature_id": 1},
             {"from": "agent1", "to": "agent2", "message": "fourth", "timestamp": "2026-05-01T13:04:00+02:00", "feature_id": 1}]
            """);

        ImportRun import = ImportRun.Of(_tree);

        import.Record.Messages.Select(message => $"{message.SentAt:HH:mm:ss.ff} {message.Message}")
            .Should().Equal("11:01:01.00 first", "11:01:02.25 second", "11:03:00.50 third", "11:04:00.00 fourth");
        import.Warnings.Should()
            .Equal($"gpt-5-coop-comm/coop/{Pair}/conversation.json: gives 4 messages, though result.json says 2 were sent; those of this "
            + $"file stand");
    }

    [Fact]
    public void Messages_without_a_time_stay_in_the_order_of_the_file_at_the_start_of_the_case()
    {
        Conversation("""
            [{"from": "agent1", "to": "agent2", "message": "one", "timestamp": null, "feature_id": 1},
             {"from": "agent2", "to": "agent1", "message": "two", "timestamp": "noon", "feature_id": 2},
             {"from": "agent2", "to": "agent1", "message": "three", "timestamp": 1777633200, "feature_id": 2}]
            """, sent: 3);

        ImportRun import = ImportRun.Of(_tree);

        RunRecord record = import.Record;
        record.Messages.Select(message => message.Message).Should().Equal("one", "two", "three");
        record.Messages[0].SentAt.Should().Be(record.StartedAt);
        import.Warnings.Should().SatisfyRespectively(
            first => first.Should().EndWith("message 2: timestamp is \"noon\", not a time; it is taken as unknown"),
            second => second.Should().Contain("2 of 3 messages have no time; that of the message before it in the file, or the start of "
                + "the case, stands for it"));
    }

    [Fact]
    public void A_message_without_a_time_stands_after_the_one_before_it_in_the_file()
    {
        Conversation("""
            [{"from": "agent1", "to": "agent2", "message": "one", "timestamp": 1777633261, "feature_id": 1},
             {"from": "agent2", "to": "agent1", "message": "two", "timestamp": null, "feature_id": 2},
             {"from": "agent1", "to": "agent2", "message": "three", "timestamp": 1777633262, "feature_id": 1}]
            """, sent: 3);

        RunRecord record = ImportRun.Of(_tree).Record;

        record.Messages.Select(message => message.Message).Should().Equal("one", "two", "three");
        record.Messages.Select(message => message.SentAt).Should().BeInAscendingOrder();
        record.Messages[1].SentAt.Should().Be(record.Messages[0].SentAt);
    }

    [Fact]
    public void Contents_that_are_null_lists_or_half_a_character_are_read()
    {
        Conversation("""
            [{"from": "agent1", "to": "agent2", "message": null, "timestamp": 1777633261, "feature_id": 1},
             {"from": "agent1", "to": "agent2", "message": [{"type": "text", "text": "a "}, "b", {"type": "image"}], "timestamp": 1777633262, "feature_id": 1},
             {"from": "agent1", "to": null, "message": "\ud83d half, \ud83d\ude00 whole, \\ud83d not one", "timestamp": 1777633263, "feature_id": 1},
             {"from": "user", "to": "agent2", "message": "who?", "timestamp": 1777633264, "feature_id": 2},
             {"from": "nobody", "to": "agent2", "message": "gone", "timestamp": 1777633265},
             "nonsense"]
            """, sent: 4);

        ImportRun import = ImportRun.Of(_tree);

        import.Record.Messages.Select(message => (message.From, message.To, message.Message)).Should().Equal(
            ("agent1", "agent2", ""), ("agent1", "agent2", "a b"), ("agent1", "unknown", "\ufffd half, \U0001F600 whole, \\ud83d not one"),
                ("agent2", "agent2", "who?"));
        import.Warnings.Select(warning => warning[(warning.IndexOf(':') + 2)..]).Should().Equal(
            "message 1: message is null; it is taken as empty",
            "message 2: message has a part without text, which is left out: {\"type\": \"image\"}",
            "message 3: to is missing; it is taken as 'unknown'",
            "message 5: from is 'nobody', which is no agent of the case; the message is left out",
            "message 6 is no object; left out");
    }

    [Fact]
    public void Messages_where_none_could_be_sent_are_left_out_with_a_warning()
    {
        _tree.Coop("gpt-5-coop-nocomm");

        ImportRun import = ImportRun.Of(_tree);

        import.Record.Should().BeEquivalentTo(new { Setting = Setting.CoopNocomm, MessagesCount = 0 });
        import.Record.Artifacts.Should().NotContain(artifact => artifact.Path == StoreLayout.ConversationFile);
        import.Warnings.Should().ContainSingle().Which.Should()
            .EndWith("conversation.json: holds 2 messages, though the run is imported as coop-nocomm, whose agents cannot send any; they "
            + "are left out (if they could, map the run to coop-comm)");
    }

    private void Conversation(string json, int? sent = null)
    {
        string folder = _tree.Coop("gpt-5-coop-comm");
        _tree.Write($"{folder}/conversation.json", json);
        if (sent is int count)
            _tree.Change($"{folder}/result.json", result => result["messages_sent"] = count);
    }
}
