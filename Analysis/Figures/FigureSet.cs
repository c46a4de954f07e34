using Tandem.Analysis.Agreement;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Figures;

/// <summary>All figures of an experiment, in the order of the report.</summary>
internal static class FigureSet
{
    public static IReadOnlyList<Figure> Of(ExperimentStatistics statistics, JudgedExperiment judged) =>
    [
        SuccessFigure.Of(statistics),
        DifficultyFigure.Of(statistics),
        CommunicationFigure.Of(statistics, judged.LabelsOf(SpeechActBars.Rubric)),
        MergeFigure.Of(statistics),
        JudgedFigure.Of(judged),
        CostFigure.Of(statistics),
        HeatMapFigure.Of(statistics),
    ];
}
