using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class JudgementIdTests
{
    private const string Text = "symptoms/gpt-4o/rep2/coop-comm/click_task/1/f1_f2/seed0";

    [Fact]
    public void An_id_names_rubric_judge_repetition_and_case()
    {
        var id = new JudgementId("symptoms", "gpt-4o", 2, Sample.Case(Setting.CoopComm));

        id.ToString().Should().Be(Text);
        JudgementId.Parse(Text).Should().Be(id);
        id.CaseId.Should().Be(Sample.Case(Setting.CoopComm));
    }

    [Theory]
    [InlineData("")]
    [InlineData("symptoms/gpt-4o/rep0/coop-comm/click_task/1/f1_f2/seed0")]
    [InlineData("symptoms/gpt-4o/rep01/coop-comm/click_task/1/f1_f2/seed0")]
    [InlineData("symptoms/gpt-4o/2/coop-comm/click_task/1/f1_f2/seed0")]
    [InlineData("symptoms/../rep1/coop-comm/click_task/1/f1_f2/seed0")]
    [InlineData("symptoms/openai/gpt-4o/rep1/coop-comm/click_task/1/f1_f2/seed0")]
    [InlineData("symptoms/gpt-4o/rep1/coop-comm/click_task/1/f1_f2")]
    [InlineData("coop-comm/click_task/1/f1_f2/seed0")]
    public void What_is_no_id_is_refused(string text) => JudgementId.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("gpt-4o", "gpt-4o")]
    [InlineData("builtin:rules", "builtin.rules")]
    public void A_judge_with_a_plain_name_keeps_it(string model, string segment) => JudgeSegment.Of(model).Should().Be(segment);

    [Theory]
    [InlineData("openai/gpt-4o")]
    [InlineData("openai-gpt-4o:free")]
    [InlineData("builtin.rules")]
    [InlineData("../../etc")]
    [InlineData("\u6a21\u578b")]
    [InlineData("con")]
    public void Any_other_name_becomes_a_safe_one_with_its_digest(string model)
    {
        string segment = JudgeSegment.Of(model);

        SafeSegment.IsSafe(segment).Should().BeTrue();
        segment.Should().MatchRegex("^m-.*[0-9a-f]{8}$");
    }

    [Fact]
    public void Two_judges_never_share_a_segment()
    {
        string[] models = ["a/b", "a:b", "a-b", "A/b", "builtin:rules", "builtin.rules", "builtin-rules", new string('x', 99),
            new string('x', 98)];

        models.Select(JudgeSegment.Of).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_judge_without_a_name_is_refused() =>
        FluentActions.Invoking(() => JudgeSegment.Of(" ")).Should().Throw<FormatException>();
}
