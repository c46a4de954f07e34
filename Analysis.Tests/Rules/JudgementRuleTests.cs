using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class JudgementRuleTests : IDisposable
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);
    private readonly StoreBuilder _store = new StoreBuilder().Add(Sample.Run(Id));

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Sound_judgements_and_labels_are_counted()
    {
        _store.Judge(SampleJudgement.Infra(Id), SampleJudgement.Of(Id, attempt: 2));
        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,none\n").ExitCode.Should().Be(0);

        RuleOutcome outcome = Check();

        outcome.Findings.Should().BeEmpty();
        outcome.Note.Should().Be("2 judgements, 1 imported label");
    }

    [Fact]
    public void Lines_that_cannot_be_read_are_found_and_a_torn_end_is_a_warning()
    {
        _store.Judge(SampleJudgement.Of(Id), SampleJudgement.Of(Id, attempt: 2), SampleJudgement.Of(Id, attempt: 3));
        string file = _store.Layout.JudgementFiles().Single();
        StoreBuilder.ChangeLine(file, 3, _ => "{}");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^20]);

        Check().Findings.Select(finding => (finding.Where, finding.Severity)).Should().Equal(
            ($"judgements/{Path.GetFileName(file)}(3)", Severity.Error), ($"judgements/{Path.GetFileName(file)}(4)", Severity.Warning));
    }

    [Fact]
    public void A_judgement_of_a_case_that_nobody_planned_is_found()
    {
        _store.Judge(SampleJudgement.Of(Sample.Case(Setting.CoopComm, task: 9)));

        Only().Should().Match("judgements/*.jsonl(2): it is of coop-comm/click_task/9/f1_f2/seed0, which the plan does not name");
    }

    [Fact]
    public void An_attempt_that_stands_twice_is_found()
    {
        _store.Judge(SampleJudgement.Of(Id), SampleJudgement.Of(Id, "repetition"));

        Only().Should().Match("judgements/*.jsonl(3): attempt 1 of symptoms/gpt-4o/rep1/* stands in judgements/*.jsonl(2) as well");
    }

    [Fact]
    public void An_attempt_without_a_record_is_a_warning_since_a_killed_judge_leaves_none()
    {
        _store.Judge(SampleJudgement.Of(Id, attempt: 2));

        RuleOutcome outcome = Check();

        outcome.Passed.Should().BeTrue();
        outcome.Findings.Should().ContainSingle().Which.What.Should().StartWith("no record of attempt 1, though there is attempt 2");
    }

    [Fact]
    public void An_empty_quote_that_was_found_is_found()
    {
        _store.Judge(SampleJudgement.Of(Id) with
        { Labels = [SampleJudgement.Label("work-overlap") with { Quotes = [new JudgementQuote(" ", "conversation")] }] });

        Only().Should().Match("judgements/*.jsonl(2): it says where an empty quote was found");
    }

    [Fact]
    public void Files_that_were_emptied_are_errors_whatever_they_held()
    {
        _store.Judge(SampleJudgement.Of(Id));
        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,none\n").ExitCode.Should().Be(0);
        using (var calls = JudgementFileWriter.OfCalls(_store.Layout, "run-1", "0.1.0+test", new FixedClock()))
            calls.Append(SampleJudgement.Of(Id));
        string[] files = [.. _store.Layout.JudgementFiles(), .. _store.Layout.LabelFiles(), .. _store.Layout.JudgementCallFiles()];
        foreach (string file in files)
            File.WriteAllBytes(file, []);

        RuleOutcome outcome = Check();

        outcome.Passed.Should().BeFalse();
        outcome.Findings.Select(finding => finding.Where).Should()
            .Equal(files.Select(file => Path.GetRelativePath(_store.Layout.ExperimentFolder, file).Replace('\\', '/')));
    }

    [Fact]
    public void A_damaged_line_of_the_calls_is_found_and_a_torn_end_is_a_warning()
    {
        using (var calls = JudgementFileWriter.OfCalls(_store.Layout, "run-1", "0.1.0+test", new FixedClock()))
        {
            foreach (int attempt in (int[])[1, 2, 3])
                calls.Append(SampleJudgement.Of(Id, attempt: attempt));
        }
        string file = _store.Layout.JudgementCallFiles().Single();
        StoreBuilder.ChangeLine(file, 3, _ => "{}");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^20]);

        Check().Findings.Select(finding => (finding.Where, finding.Severity)).Should().Equal(
            ($"judgements/calls/{Path.GetFileName(file)}(3)", Severity.Error),
            ($"judgements/calls/{Path.GetFileName(file)}(4)", Severity.Warning));
    }

    private RuleOutcome Check() => new JudgementRule().Check(_store.Read());

    private string Only() => Check().Findings.Should().ContainSingle(finding => finding.Severity == Severity.Error).Which.ToString();
}
