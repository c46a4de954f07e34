using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <summary>What judges and imports of labels left, as it stands in the files; which of it counts is another question.</summary>
/// <param name="Judgements">Every attempt of every judgement.</param>
/// <param name="Labels">Imported labels, each once.</param>
/// <param name="Faults">What could not be read, file by file.</param>
/// <param name="CallFaults">What could not be read of the calls to judges. No label is lost with them, but what a killed judge cost
/// is.</param>
internal sealed record JudgementFiles(IReadOnlyList<StoredJudgement> Judgements, IReadOnlyList<StoredLabel> Labels,
    IReadOnlyList<StoreFault> Faults, IReadOnlyList<StoreFault> CallFaults)
{
    /// <exception cref="IOException">A file cannot be opened.</exception>
    public static JudgementFiles Read(StoreLayout layout)
    {
        var judgements = new JudgementReader(layout);
        var labels = new LabelReader(layout);
        var calls = JudgementReader.OfCalls(layout);
        StoredJudgement[] judged = [.. judgements.Read()];
        StoredLabel[] labelled = [.. labels.Read()];
        // What they hold is in the judgements or becomes one; here only their faults matter.
        foreach (StoredJudgement _ in calls.Read())
        {
        }
        return new JudgementFiles(judged, labelled, [.. judgements.Faults, .. labels.Faults], calls.Faults);
    }
}
