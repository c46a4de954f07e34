using Tandem.Analysis.Data;
using Tandem.Analysis.Judgements;
using Tandem.Records.Store;

namespace Tandem.Analysis.Agreement;

/// <summary>How far the judges of an experiment agree, rubric by rubric.</summary>
/// <param name="Experiment">Its name.</param>
/// <param name="SimulationLabel">Says that the runs are of simulated agents; null if they are not.</param>
/// <param name="Faults">Lines of judgements that cannot be read; what they say is in no number.</param>
/// <param name="Rubrics">In the order of their names.</param>
internal sealed record ExperimentAgreement(string Experiment, string? SimulationLabel, int Faults, IReadOnlyList<StoreAgreement> Rubrics)
{
    /// <exception cref="UnreadableStoreException">The plan or a run file cannot be read as a whole.</exception>
    public static ExperimentAgreement Of(StoreLayout layout)
    {
        var dataset = Dataset.Read(layout);
        var judgements = ExperimentJudgements.Of(dataset);
        return new ExperimentAgreement(layout.Experiment, dataset.SimulationLabel, judgements.Faults,
            [.. judgements.Rubrics.Select(StoreAgreement.Of)]);
    }
}
