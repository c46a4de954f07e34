using FluentAssertions;
using Tandem.Harness.Judging.Answers;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Harness.Tests.Judging;

public sealed class JudgeAnswerTests : IDisposable
{
    private const string Question = "Which lines of core.py do you change?";
    private const string Reply = "I have written the tests now.";

    private readonly JudgedRun _run = new(Question, Reply, "", "OK");

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_label_with_two_exact_quotes_holds()
    {
        JudgeResult result = Errors($$"""{"label": "C1b", "quotes": ["{{Question}}", "{{Reply}}"], "reason": "It is ignored."}""");

        JudgementLabel label = result.Should().BeOfType<JudgeResult.Labelled>().Subject.Labels.Should().ContainSingle().Subject;
        (label.Label, label.Part, label.Reason, label.VoidedBy).Should().Be(("C1b", JudgementPart.Label, "It is ignored.", null));
        label.Quotes.Should().Equal(new JudgementQuote(Question, "conversation"), new JudgementQuote(Reply, "conversation"));
    }

    [Theory]
    [InlineData("```json\n{0}\n```")]
    [InlineData("\uFEFF \n{0}\r\n ")]
    [InlineData("```json\r\n{0}\r\n```\n")]
    public void The_object_may_be_fenced(string form) =>
        Errors(form.Replace("{0}", """{"label": "none", "quotes": [], "reason": "No error."}""", StringComparison.Ordinal))
            .Should().BeOfType<JudgeResult.NoLabel>();

    [Theory]
    [InlineData("", null, "The answer is empty.")]
    [InlineData(null, "stop", "The answer is empty.")]
    [InlineData("{\"label\": \"C1a\", \"quo", "length", "The answer was cut before its end*")]
    [InlineData("{\"label\": \"none\", \"quotes\": [], \"reason\": \"x\"}", "length", "The answer was cut before its end*")]
    [InlineData("{\"label\": \"none\", \"quotes\": [], \"reason\": \"x\"}", "content_filter", "The judge refused*")]
    [InlineData("{\"label\": \"C1a\", \"quo", "stop", "The answer is not JSON*")]
    [InlineData("I'm sorry, but I can't help with that.", "stop", "The judge refused: 'I'm sorry, but I can't help with that.'.")]
    [InlineData("The label is C1a.", "stop", "The answer is not one JSON object*'The label is C1a.'.")]
    [InlineData("Here it is: {\"label\": \"none\", \"quotes\": [], \"reason\": \"x\"}", "stop", "The answer is not one JSON object*")]
    [InlineData("{\"label\": \"none\", \"quotes\": [], \"reason\": \"x\"} I hope it helps.", "stop", "The answer is not JSON*")]
    [InlineData("{\"label\": \"none\", \"quotes\": [], \"reason\": \"x\"}{}", "stop", "The answer is not JSON, or more than one object*")]
    [InlineData("```\n{\"label\": \"none\", \"quotes\": [], \"reason\": \"x\"}\n```", "stop", "The answer is not one JSON object*")]
    [InlineData("[]", "stop", "The answer is not one JSON object*")]
    [InlineData("{}", "stop", "In the answer the part 'label' was left out.")]
    [InlineData("{\"label\": \"none\", \"quotes\": []}", "stop", "In the answer the part 'reason' was left out.")]
    [InlineData("{\"label\": \"none\", \"quotes\": [], \"reason\": \"x\", \"score\": 1}", "stop", "In the answer stands 'score'*")]
    [InlineData("{\"label\": \"none\", \"label\": \"C1a\", \"quotes\": [], \"reason\": \"x\"}", "stop", "The answer is not JSON*")]
    [InlineData("{\"etiqueta\": \"C1a\", \"citas\": [], \"motivo\": \"x\"}", "stop", "In the answer stands 'etiqueta'*")]
    [InlineData("{\"Label\": \"none\", \"quotes\": [], \"reason\": \"x\"}", "stop", "In the answer stands 'Label'*")]
    [InlineData("{\"label\": \"ninguno\", \"quotes\": [], \"reason\": \"x\"}", "stop", "*stands the label 'ninguno'; there are C1a*")]
    [InlineData("{\"label\": \"c1a\", \"quotes\": [], \"reason\": \"x\"}", "stop", "*the label 'c1a'*")]
    [InlineData("{\"label\": null, \"quotes\": [], \"reason\": \"x\"}", "stop", "A text was expected for 'label' in the answer.")]
    [InlineData("{\"label\": [\"C1a\", \"C2\"], \"quotes\": [], \"reason\": \"x\"}", "stop", "A text was expected for 'label'*")]
    [InlineData("{\"label\": \"none\", \"quotes\": \"x\", \"reason\": \"x\"}", "stop", "'quotes' in the answer must be a list.")]
    [InlineData("{\"label\": \"none\", \"quotes\": [1], \"reason\": \"x\"}", "stop", "A text was expected for an element of 'quotes'*")]
    [InlineData("{\"label\": \"none\", \"quotes\": [\"\\ud800\"], \"reason\": \"x\"}", "stop", "*half a character*")]
    [InlineData("{\"label\": \"none\", \"quotes\": [], \"\\ud800\": 1}", "stop", "*half a character*")]
    [InlineData("{\"label\": NaN, \"quotes\": [], \"reason\": \"x\"}", "stop", "A number in the answer is NaN or infinite*")]
    public void An_answer_that_cannot_be_read_is_failed_with_the_reason(string? text, string? finish, string reason) =>
        Check("communication-errors", text, finish).Should().BeOfType<JudgeResult.Failed>().Which.Reason.Should().Match(reason);

    [Fact]
    public void Very_deep_or_very_long_answers_are_failed()
    {
        Errors(new string('{', 100_000)).Should().BeOfType<JudgeResult.Failed>();
        Errors("{\"label\":" + new string('[', 100_000)).Should().BeOfType<JudgeResult.Failed>();
        Errors(new string('x', 3_000_000)).Should().BeOfType<JudgeResult.Failed>().Which.Reason.Should().Contain("too many");
    }

    [Theory]
    [InlineData("Which lines of core.py will you change?", "The quote 'Which lines of core.py will you change?' is not in the evidence.")]
    [InlineData("Which  lines of core.py do you change?", "*is not in the evidence.")]
    [InlineData(Question + " ", "*is not in the evidence.")]
    [InlineData(Question + "\\n", "*is not in the evidence.")]
    [InlineData("message 1, agent1 to agent2", "*is not in the evidence.")]
    [InlineData("", "The quote '' is*")]
    [InlineData("core", "The quote 'core' is too short to show anything.")]
    public void A_quote_that_is_not_exactly_there_voids_its_label(string quote, string why)
    {
        JudgeResult result = Errors($$"""{"label": "C1b", "quotes": ["{{quote}}", "{{Reply}}"], "reason": "x"}""");

        JudgementLabel label = result.Should().BeOfType<JudgeResult.Voided>().Subject.Labels.Single();
        label.VoidedBy.Should().Match(why);
        label.Label.Should().Be("C1b", "it is kept");
        label.Quotes[0].Section.Should().BeNull();
        label.Quotes[1].Section.Should().Be("conversation");
    }

    [Fact]
    public void Line_ends_alone_are_taken_as_equal()
    {
        _run.Say(JudgedRun.Message("agent1", "first line of it\r\nsecond line of it", 0), JudgedRun.Message("agent2", Reply, 1));

        Errors($$"""{"label": "C2", "quotes": ["line of it\r\nsecond", "{{Reply}}"], "reason": "x"}""")
            .Should().BeOfType<JudgeResult.Labelled>();
    }

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("[\"" + Question + "\"]", 1)]
    [InlineData("[\"" + Question + "\", \"" + Question + "\"]", 1)]
    public void Too_few_quotes_void_a_label(string quotes, int counted) =>
        Errors($$"""{"label": "C1b", "quotes": {{quotes}}, "reason": "x"}""").Should().BeOfType<JudgeResult.Voided>()
            .Which.Labels.Single().VoidedBy.Should().Be($"It has {counted} of the 2 quotes that the rubric asks for.");

    [Fact]
    public void A_text_that_was_sent_twice_can_be_quoted_twice()
    {
        _run.Say(JudgedRun.Message("agent1", Reply, 0), JudgedRun.Message("agent1", Reply, 1));

        Errors($$"""{"label": "C4a", "quotes": ["{{Reply}}", "{{Reply}}"], "reason": "x"}""").Should().BeOfType<JudgeResult.Labelled>();
    }

    [Fact]
    public void A_label_of_coordination_needs_the_conversation()
    {
        const string Secondary = """ "secondary": {"label": "none", "quotes": [], "reason": "x"} """;
        string patch = $$"""{"primary": {"label": "work-overlap", "quotes": ["+++ b/src/core.py"], "reason": "x"}, {{Secondary}} }""";
        string tests = patch.Replace("work-overlap", "implementation-failure", StringComparison.Ordinal)
            .Replace("+++ b/src/core.py", "1 failed, 3 passed", StringComparison.Ordinal);

        Check("symptoms", patch).Should().BeOfType<JudgeResult.Voided>()
            .Which.Labels.Single().VoidedBy.Should().Be("The label work-overlap needs a quote from the conversation.");
        Check("symptoms", tests).Should().BeOfType<JudgeResult.Labelled>();
    }

    [Theory]
    [InlineData("work-overlap", Question, "implementation-failure", "invented", typeof(JudgeResult.Labelled))]
    [InlineData("work-overlap", "invented", "implementation-failure", "1 failed, 3 passed", typeof(JudgeResult.Voided))]
    [InlineData("work-overlap", Question, "work-overlap", Question, typeof(JudgeResult.Failed))]
    [InlineData("none", Question, "work-overlap", Question, typeof(JudgeResult.Failed))]
    public void The_primary_label_decides(string primary, string quote, string secondary, string second, Type type) =>
        Check("symptoms", $$"""
        {"primary": {"label": "{{primary}}", "quotes": ["{{quote}}"], "reason": "x"},
         "secondary": {"label": "{{secondary}}", "quotes": ["{{second}}"], "reason": "x"} }
        """).Should().BeOfType(type);

    [Fact]
    public void A_part_that_was_left_out_is_failed() =>
        Check("symptoms", """{"primary": {"label": "work-overlap", "quotes": [], "reason": "x"}}""").Should().BeOfType<JudgeResult.Failed>()
            .Which.Reason.Should().Be("In the answer the part 'secondary' was left out.");

    [Fact]
    public void Every_message_has_its_label()
    {
        JudgeResult result = Check("speech-acts", Acts((1, "question", Question), (2, "update", "written the tests"), (3, "other", null),
            (4, "acknowledgement", "OK")));

        IReadOnlyList<JudgementLabel> labels = result.Should().BeOfType<JudgeResult.Labelled>().Subject.Labels;
        labels.Select(label => (label.Message, label.VoidedBy)).Should().Equal((1, null), (2, null), (3, null), (4, null));
    }

    [Fact]
    public void A_quote_of_another_message_voids_one_label_and_not_the_others()
    {
        JudgeResult result = Check("speech-acts",
            Acts((1, "question", Reply), (2, "update", Reply), (3, "other", null), (4, "other", "K")));

        result.Should().BeOfType<JudgeResult.Labelled>().Subject.Labels.Select(label => label.VoidedBy).Should().Equal(
            $"The quote '{Reply}' is not in message 1.", null, null, "The quote 'K' is too short to show anything.");
    }

    [Theory]
    [InlineData("1,2,3", "1 of 4 messages were left out, the first is message 4.")]
    [InlineData("1,2,3,4,4", "Message 4 was labelled twice.")]
    [InlineData("1,2,3,4,5", "There is no message 5 in the evidence.")]
    [InlineData("0,1,2,3,4", "There is no message 0 in the evidence.")]
    [InlineData("1,2,3,4.5", "There is no message 4.5 in the evidence.")]
    [InlineData("", "4 of 4 messages were left out, the first is message 1.")]
    public void Messages_left_out_given_twice_or_invented_are_failed(string numbers, string reason)
    {
        IEnumerable<string> items = numbers.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(number => $$"""{"message": {{number}}, "label": "update", "quotes": []}""");

        Check("speech-acts", $$"""{"messages": [{{string.Join(',', items)}}]}""").Should().BeOfType<JudgeResult.Failed>()
            .Which.Reason.Should().Be(reason);
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("10", null)]
    [InlineData("7.5", null)]
    [InlineData("-1", "The score -1 is off the scale, which goes from 0 to 10.")]
    [InlineData("10.01", "The score 10.01 is off the scale, which goes from 0 to 10.")]
    [InlineData("1e999", "The score 1e999 is *")]
    [InlineData("NaN", "A number in the answer is NaN or infinite*")]
    [InlineData("-Infinity", "A number in the answer is NaN or infinite*")]
    [InlineData("\"NaN\"", "The score is \"NaN\", which is no number.")]
    [InlineData("\"7\"", "The score is \"7\", which is no number.")]
    [InlineData("null", "The score is null, which is no number.")]
    public void A_score_is_a_number_on_the_scale(string score, string? reason)
    {
        using RubricFolder folder = RubricFolder.OfScores();
        Rubric rubric = folder.Read();

        JudgeResult result = JudgeAnswer.Check(rubric, _run.Evidence(rubric),
            $$"""{"score": {{score}}, "quotes": ["{{Question}}"], "reason": "x"}""", "stop");

        if (reason is null)
            result.Should().BeOfType<JudgeResult.Labelled>().Which.Labels.Single().Score.Should().NotBeNull();
        else
            result.Should().BeOfType<JudgeResult.Failed>().Which.Reason.Should().Match(reason);
    }

    private JudgeResult Errors(string answer) => Check("communication-errors", answer);

    private JudgeResult Check(string name, string? answer, string? finish = "stop")
    {
        Rubric rubric = JudgedRun.Rubric(name);
        Evidence evidence = _run.Evidence(rubric);
        return JudgeAnswer.Check(rubric, evidence, answer, finish);
    }

    private static string Acts(params (int Number, string Label, string? Quote)[] acts)
    {
        IEnumerable<string> items = acts.Select(act =>
            $$"""{"message": {{act.Number}}, "label": "{{act.Label}}", "quotes": [{{(act.Quote is null ? "" : $"\"{act.Quote}\"")}}]}""");
        return $$"""{"messages": [{{string.Join(',', items)}}]}""";
    }
}
