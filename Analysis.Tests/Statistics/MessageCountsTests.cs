using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class MessageCountsTests
{
    [Fact]
    public void A_question_is_answered_by_what_its_recipient_writes_after_it_was_delivered()
    {
        MessageCounts facts = Of(
            Message("agent1", "Which file do you change?", minute: 0, delivered: 5),
            Message("agent2", "The parser is slow.", minute: 3, delivered: 4),
            Message("agent1", "Are you there?", minute: 4, delivered: null),
            Message("agent2", "The parser.", minute: 6, delivered: 7));

        facts.WithQuestion.Should().Be(2);
        facts.QuestionsAnswered.Should().Be(1, "one was never delivered");
        facts.Acts.Should().Be(new ActCounts(Plans: 0, Questions: 2, Answers: 1, Updates: 1, Acknowledgements: 0));
        facts.Delivered.Should().Be(3);
    }

    [Fact]
    public void Where_deliveries_were_not_recorded_none_is_counted_and_answers_follow_the_order_of_sending()
    {
        MessageCounts facts = Of(Message("agent1", "Which file?", 0, delivered: null, step: null),
            Message("agent2", "core.py", 1, delivered: null, step: null));

        facts.Delivered.Should().BeNull();
        facts.QuestionsAnswered.Should().Be(1);
    }

    [Fact]
    public void A_question_back_is_no_answer_and_neither_are_words_of_the_asker()
    {
        MessageCounts facts = Of(
            Message("agent1", "Which file do you change?", minute: 0, delivered: 1),
            Message("agent2", "Which do you?", minute: 2, delivered: 3),
            Message("agent1", "I'll take core.py", minute: 4, delivered: 5));

        facts.QuestionsAnswered.Should().Be(1, "the second question was answered, the first was not");
        facts.WithPlan.Should().Be(1);
    }

    [Fact]
    public void The_first_message_decides_whether_a_run_plans_first()
    {
        Of(Message("agent2", "Plan: all", minute: 0), Message("agent1", "fine", minute: 1)).FirstIsPlan.Should().BeTrue();
        Of(Message("agent2", "hello", minute: 0), Message("agent1", "Plan: all", minute: 1)).FirstIsPlan.Should().BeFalse();
    }

    [Fact]
    public void Several_messages_of_one_step_take_one_step()
    {
        Of(Message("agent1", "a", 0, step: 3), Message("agent1", "b", 0, step: 3), Message("agent2", "c", 0, step: 3)).SendingSteps.Should()
            .Be(2);
        Of(Message("agent1", "a", 0, step: 3), Message("agent1", "b", 0, step: null)).SendingSteps.Should().BeNull();
    }

    [Fact]
    public void No_messages_have_no_facts() => MessageCounts.Of([]).Should().BeNull();

    private static MessageCounts Of(params MessageRecord[] messages) => MessageCounts.Of(messages)!;

    private static MessageRecord Message(string from, string text, int minute, int? delivered = 60, int? step = 1) => new(
        from, from == "agent1" ? "agent2" : "agent1", text, FixedClock.Time.AddMinutes(minute), delivered is int m
            ? FixedClock.Time.AddMinutes(m) : null, null, 1, step, null);
}
