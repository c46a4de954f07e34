using Tandem.Analysis.Judgements;

namespace Tandem.Analysis.Agreement;

/// <summary>What judges said of an experiment, and how far they agree, computed once for all parts of a report: each interval of alpha
/// draws the runs two thousand times.</summary>
internal sealed class JudgedExperiment(ExperimentJudgements judgements)
{
    private readonly Dictionary<string, StoreAgreement> _agreements =
        judgements.Rubrics.ToDictionary(rubric => rubric.Rubric, StoreAgreement.Of);

    public ExperimentJudgements Judgements => judgements;

    public StoreAgreement AgreementOf(RubricReadings rubric) => _agreements[rubric.Rubric];

    /// <summary>One label for each unit; null if nobody gave a label by this rubric.</summary>
    public JudgedLabels? LabelsOf(string name) =>
        judgements.RubricOf(name) is { } rubric ? JudgedLabels.Of(rubric, AgreementOf(rubric)) : null;
}
