using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class MessageTextTests
{
    [Theory]
    [InlineData("Plan: I build feature 1. I will work at these places:", nameof(SpeechAct.Plan))]
    [InlineData("**Plan:** parse first", nameof(SpeechAct.Plan))]
    [InlineData("I'll edit core.py from the top, you take the bottom.", nameof(SpeechAct.Plan))]
    [InlineData("Question: we both work at these places.", nameof(SpeechAct.Question))]
    [InlineData("I will edit core.py. Do you touch `parse()`?", nameof(SpeechAct.Question))]
    [InlineData("Answer: yes, I write exactly that there.", nameof(SpeechAct.Answer))]
    [InlineData("Thanks, I have seen your plan.", nameof(SpeechAct.Acknowledgement))]
    [InlineData("OK", nameof(SpeechAct.Acknowledgement))]
    [InlineData("I\u2019ll take core.py", nameof(SpeechAct.Plan))]
    [InlineData("Okra is a vegetable.", nameof(SpeechAct.Update))]
    [InlineData("Sounds good! I'll start with the tests.", nameof(SpeechAct.Plan))]
    [InlineData("Update: this is what I have changed.", nameof(SpeechAct.Update))]
    [InlineData("Status: done with feature 2", nameof(SpeechAct.Update))]
    [InlineData("I have changed core.py; see http://example.org/?q=1 and a?.b", nameof(SpeechAct.Update))]
    [InlineData("The alibi will not do.", nameof(SpeechAct.Update))]
    [InlineData("", nameof(SpeechAct.Update))]
    public void A_message_alone_is_taken_for(string text, string act)
    {
        MessageRecord message = Message("agent1", text, minute: 0);

        new SpeechActReader([message]).Read(message).Act.ToString().Should().Be(act);
    }

    [Theory]
    [InlineData("I change src/core.py and `docs/usage.md`.", 2, 0)]
    [InlineData("See core.py:45, core.py:45-50 and lib/x.ts:7.", 3, 4)]
    [InlineData("lines 10-20, Line 7, L12, L3-L5 and line twelve", 0, 6)]
    [InlineData("e.g. self.go(), obj.h[0], version 1.2.3, end.", 0, 0)]
    [InlineData("setup.cfg.bak and archive.tar.json", 1, 0)]
    [InlineData("deadline 12, XL5, HTML5", 0, 0)]
    [InlineData("line ", 0, 0)]
    [InlineData("core.py", 1, 0)]
    public void Files_and_lines_are_counted(string text, int paths, int lines)
    {
        MessageText.References(text).Should().Be((paths, lines));
    }

    [Fact]
    public void The_acts_have_the_names_of_the_rubric() =>
        EnumNames.AllNames<SpeechAct>().Should().Equal("plan", "question", "answer", "update", "acknowledgement");

    [Fact]
    public void A_question_stays_open_until_its_recipient_writes_after_it_arrived()
    {
        MessageRecord asked = Message("agent1", "Which file do you change?", minute: 0);
        MessageRecord early = Message("agent2", "The parser is slow.", minute: 0) with { SentAt = FixedClock.Time.AddMinutes(-1) };
        MessageRecord late = Message("agent2", "core.py", minute: 5);
        var reader = new SpeechActReader([asked, early, late]);

        reader.Read(asked).HasQuestion.Should().BeTrue();
        reader.Read(early).Answered.Should().Be(0);
        reader.Open.Should().Equal(asked);
        reader.Read(late).Should().Be(new MessageActs(SpeechAct.Answer, HasPlan: false, HasQuestion: false, Answered: 1));
        reader.Open.Should().BeEmpty();
    }

    private static MessageRecord Message(string from, string text, int minute) => new(
        from, from == "agent1" ? "agent2" : "agent1", text, FixedClock.Time.AddMinutes(minute), FixedClock.Time.AddMinutes(minute), null, 1,
        1, null);
}
