using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Figures;

/// <summary>All figures of an experiment, in the order of the report.</summary>
internal static class FigureSet
{
    public static IReadOnlyList<Figure> Of(ExperimentStatistics statistics) =>
    [
        SuccessFigure.Of(statistics),
        DifficultyFigure.Of(statistics),
        CommunicationFigure.Of(statistics),
        MergeFigure.Of(statistics),
        Figure.LeftOut("errors-and-symptoms", "Communication errors and failure symptoms",
            "The store holds no judgements: labels of a conversation come from a judge model."),
        CostFigure.Of(statistics),
        HeatMapFigure.Of(statistics),
    ];
}
