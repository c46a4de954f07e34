using System.Xml.Linq;
using FluentAssertions;
using Tandem.Analysis.Agreement;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Judgements;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Figures;

public sealed class JudgedFigureTests : IDisposable
{
    private static readonly CaseId[] s_ids = [.. Enumerable.Range(1, 3).Select(task => Sample.Case(Setting.CoopComm, task))];
    private readonly StoreBuilder _store = new();

    public JudgedFigureTests()
    {
        foreach (CaseId id in s_ids)
            _store.Add(ExperimentJudgementsTests.WithMessages(id, 2));
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Errors_and_symptoms_are_drawn_with_n_judge_and_alpha()
    {
        _store.Judge(
            SampleJudgement.By("communication-errors", "builtin:rules", s_ids[0], "C1a") with { RubricLabels = ["C1a", "C2"] },
            SampleJudgement.By("communication-errors", "builtin:rules", s_ids[1], null) with { RubricLabels = ["C1a", "C2"] },
            SampleJudgement.By("symptoms", "gpt-4o", s_ids[0], "work-overlap"),
            SampleJudgement.By("symptoms", "gpt-4o", s_ids[1], "work-overlap"),
            SampleJudgement.By("symptoms", "builtin:rules", s_ids[0], "divergent-architecture"),
            SampleJudgement.By("symptoms", "builtin:rules", s_ids[1], "work-overlap"));

        Figure figure = FigureOf("errors-and-symptoms");

        figure.Caption.Should().ContainAll(
            "(a) communication errors: by builtin:rules (simulated), which understands nothing: no model was asked; n = 2 runs; 1 without "
                + "a label; no alpha",
            "(b) failure symptoms: by gpt-4o; n = 2 runs; 1 without a label; Krippendorff's alpha 0.00 (nominal; with a simulated "
                + "judge)");
        figure.Data!.ToString().Should().StartWith(
            "rubric,label,count,labelled,share,wilson95_low,wilson95_high,ties,missing,bound_low,bound_high,judges,simulated,alpha\n"
            + "communication-errors,C1a,1,2,0.5,0.094531,0.905469,0,1,0.333333,0.666667,builtin:rules (simulated),true,\n"
            + "communication-errors,C2,0,2,0,0,0.65762,0,1,0,0.333333,builtin:rules (simulated),true,\n"
            + "communication-errors,none,1,2,0.5,0.094531,0.905469,0,1,0.333333,0.666667,builtin:rules (simulated),true,\n"
            + "symptoms,work-overlap,2,2,1,");
        string svg = figure.ToSvg(isInPage: false);
        XDocument.Parse(svg).Root.Should().NotBeNull();
        svg.Should().ContainAll("C1a no reply", "SIMULATED judge", "(b) failure symptoms");
    }

    [Fact]
    public void Speech_acts_are_those_of_judges_where_they_are_there()
    {
        FigureOf("communication").Caption.Should().Contain(CommunicationStatistics.HeuristicLabel);
        _store.Judge(SampleJudgement.Acts("a", s_ids[0], "plan", "question"), SampleJudgement.Acts("a", s_ids[1], "plan", "other"),
            SampleJudgement.Acts("b", s_ids[0], "plan", "update"), SampleJudgement.Acts("b", s_ids[1], "plan", "other"));

        Figure figure = FigureOf("communication");

        figure.Caption.Should().Contain("as judged by the majority of a, b; n = 3 messages of 2 runs; 1 tie left out; 2 without a label; "
            + "Krippendorff's alpha 0.").And.NotContain(CommunicationStatistics.HeuristicLabel);
        // 2 plans in the 28 steps of the two runs that have labels.
        figure.Data!.ToString().Should().Contain("messages_per_step,plan,2,3,0.071429,,\n").And.Contain("messages_per_step,other,1,3,");
    }

    private Figure FigureOf(string name) => FigureSet
        .Of(ExperimentStatistics.Of(_store.Read()), new JudgedExperiment(ExperimentJudgements.Of(_store.Read())))
        .Single(figure => figure.Name == name);
}
