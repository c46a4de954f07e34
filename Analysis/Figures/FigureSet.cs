using Tandem.Analysis.Agreement;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Figures;

/// <summary>All figures of an experiment, in the order of the report.</summary>
internal static class FigureSet
{
    public static IReadOnlyList<Figure> Of(ExperimentStatistics statistics, ExperimentJudgements judgements) =>
    [
        SuccessFigure.Of(statistics),
        DifficultyFigure.Of(statistics),
        CommunicationFigure.Of(statistics, JudgedLabels.Of(judgements.RubricOf(SpeechActBars.Rubric))),
        MergeFigure.Of(statistics),
        JudgedFigure.Of(judgements),
        CostFigure.Of(statistics),
        HeatMapFigure.Of(statistics),
    ];
}
