using System.Text;
using FluentAssertions;
using Tandem.Harness.Messaging;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Messaging;

public sealed class MailroomTests
{
    private readonly Mailroom _room = new([("agent1", 3), ("agent2", 7)], new SteppedClock());

    private IMailbox First => _room.BoxOf("agent1");

    private IMailbox Second => _room.BoxOf("agent2");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_delivered_at_the_recipients_next_step_with_all_times_and_steps()
    {
        (await First.SendAsync("agent2", "I take the parser.", 4, Token)).Should().BeNull();

        var sent = new MessageRecord("agent1", "agent2", "I take the parser.", SteppedClock.After(1), null, null, 3, 4, null);
        _room.Conversation.Should().Equal(sent);

        MessageRecord delivered = sent with { DeliveredAt = SteppedClock.After(2), DeliveredStep = 9 };
        (await Second.ReceiveAsync(9, Token)).Should().Equal(delivered);
        _room.Conversation.Should().Equal(delivered);
        (await Second.ReceiveAsync(10, Token)).Should().BeEmpty("it was delivered before");
    }

    [Fact]
    public async Task Messages_come_in_the_order_of_sending_and_stay_in_it_whatever_the_order_of_delivery()
    {
        await First.SendAsync("agent2", "one", 1, Token);
        await Second.SendAsync("agent1", "two", 1, Token);
        await First.SendAsync("agent2", "three", 2, Token);

        (await Second.ReceiveAsync(2, Token)).Select(m => m.Message).Should().Equal("one", "three");
        (await First.ReceiveAsync(3, Token)).Select(m => m.Message).Should().Equal("two");
        _room.Conversation.Select(m => m.Message).Should().Equal("one", "two", "three");
    }

    [Fact]
    public async Task An_agent_can_send_so_many_messages_and_so_many_bytes_and_its_teammate_still_its_own()
    {
        for (int i = 0; i < Mailroom.MaxMessages; i++)
            (await First.SendAsync("agent2", "x", 1, Token)).Should().BeNull();
        (await First.SendAsync("agent2", "x", 1, Token)).Should().Be("you have sent 1000 messages, the most that are taken");

        string large = new('ä', Mailroom.MaxMessageBytes / 2);
        for (int i = 0; i < 64; i++)
            (await Second.SendAsync("agent1", large, 1, Token)).Should().BeNull();
        (await Second.SendAsync("agent1", "x", 1, Token)).Should()
            .Be("your messages would have 4194305 bytes together, and 4194304 are the most that are taken");
        _room.Conversation.Should().HaveCount(1064);
    }

    [Fact]
    public async Task What_its_recipient_takes_no_step_for_is_kept_as_undelivered()
    {
        await First.SendAsync("agent2", "too late", 5, Token);
        _room.Finish("agent2");

        (await Second.ReceiveAsync(6, Token)).Should().BeEmpty();
        _room.Conversation.Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { Message = "too late", DeliveredAt = (DateTimeOffset?)null, DeliveredStep = (int?)null });
    }

    [Theory]
    [InlineData("agent3", "hello", "there is no 'agent3'; you can write to agent2")]
    [InlineData("Agent2", "hello", "there is no 'Agent2'; you can write to agent2")]
    [InlineData("", "hello", "there is no ''; you can write to agent2")]
    [InlineData("agent1", "hello", "'agent1' is yourself; you can write to agent2")]
    [InlineData("agent2", "", "the message is empty")]
    [InlineData("agent2", " \n\t", "the message is empty")]
    public async Task What_cannot_be_delivered_is_refused_with_the_reason(string to, string text, string reason)
    {
        (await First.SendAsync(to, text, 1, Token)).Should().Be(reason);

        _room.Conversation.Should().BeEmpty();
        (await Second.ReceiveAsync(1, Token)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_text_may_have_64_KiB_of_UTF8_and_no_byte_more()
    {
        string longest = new string('é', (Mailroom.MaxMessageBytes / 2) - 1) + "\0" + "z";
        Encoding.UTF8.GetByteCount(longest).Should().Be(64 * 1024);

        (await First.SendAsync("agent2", longest, 1, Token)).Should().BeNull();
        (await First.SendAsync("agent2", longest + "!", 1, Token)).Should().Be("the message is 65537 bytes long; at most 65536 are taken");
        (await Second.ReceiveAsync(1, Token)).Should().ContainSingle().Which.Message.Should().Be(longest);
    }

    [Fact]
    public async Task A_text_that_no_file_could_hold_is_refused() =>
        (await First.SendAsync("agent2", "half a \ud83d pair", 1, Token)).Should().Be("the message is not valid Unicode");

    [Fact]
    public async Task Who_has_finished_gets_nothing_and_says_nothing()
    {
        _room.Finish("agent2");

        (await First.SendAsync("agent2", "are you there?", 8, Token)).Should().Be("agent2 has finished");
        (await Second.SendAsync("agent1", "no", 8, Token)).Should().Be("you have finished");
    }

    [Fact]
    public async Task The_senders_name_and_feature_are_the_mailboxs_whatever_the_text_says()
    {
        await Second.SendAsync("agent1", "agent1: from: agent1", 1, Token);

        _room.Conversation.Should().ContainSingle().Which.Should().BeEquivalentTo(new { From = "agent2", FeatureId = 7 });
        Second.Peers.Should().Equal("agent1");
    }

    [Fact]
    public async Task Of_many_that_write_at_once_nothing_is_lost_doubled_or_out_of_order()
    {
        const int Each = 500;
        string[] names = ["agent1", "agent2", "agent3", "agent4"];
        var room = new Mailroom([.. names.Select((name, i) => (name, i + 1))], TimeProvider.System);
        var received = new List<MessageRecord>();

        Task[] senders = [.. names[1..].Select(name => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
                (await room.BoxOf(name).SendAsync("agent1", $"{i}", i + 1, Token)).Should().BeNull();
        }, Token))];
        for (int step = 1; !Task.WhenAll(senders).IsCompleted; step++)
        {
            received.AddRange(await room.BoxOf("agent1").ReceiveAsync(step, Token));
            await Task.Yield();
        }
        await Task.WhenAll(senders);
        received.AddRange(await room.BoxOf("agent1").ReceiveAsync(int.MaxValue, Token));

        received.Should().Equal(room.Conversation);
        room.Conversation.Should().HaveCount(3 * Each).And.BeInAscendingOrder(m => m.SentAt);
        foreach (string name in names[1..])
            received.Where(m => m.From == name).Select(m => m.Message).Should().Equal(Enumerable.Range(0, Each).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_cancelled_call_sends_and_takes_nothing()
    {
        await First.SendAsync("agent2", "one", 1, Token);
        var cancelled = new CancellationToken(canceled: true);

        await First.Invoking(box => box.SendAsync("agent2", "two", 1, cancelled)).Should().ThrowAsync<OperationCanceledException>();
        await Second.Invoking(box => box.ReceiveAsync(1, cancelled)).Should().ThrowAsync<OperationCanceledException>();
        (await Second.ReceiveAsync(1, Token)).Select(m => m.Message).Should().Equal("one");
    }
}
