using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Judgements;

/// <summary>What judges said of one experiment, rubric by rubric: of the runs that count now, and of nothing else.</summary>
internal sealed class ExperimentJudgements
{
    private readonly ILookup<CaseId, Reading> _byCase;

    private ExperimentJudgements(IReadOnlyList<RubricReadings> rubrics) => (Rubrics, _byCase) =
        (rubrics, rubrics.SelectMany(rubric => rubric.Readings).Where(reading => reading.State != ReadingState.Missing)
            .ToLookup(reading => reading.CaseId));

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<RubricReadings> Rubrics { get; }

    public required IReadOnlyList<JudgeCost> Costs { get; init; }

    /// <summary>Lines that cannot be read; what they say is in no number.</summary>
    public required int Faults { get; init; }

    /// <summary>What is there of one case, by rubric, judge and repetition.</summary>
    public IEnumerable<Reading> Of(CaseId caseId) => _byCase[caseId];

    /// <summary>The rubric of this name; null if nobody judged by it.</summary>
    public RubricReadings? RubricOf(string name) => Rubrics.FirstOrDefault(rubric => rubric.Rubric == name);

    /// <exception cref="UnreadableStoreException">A run file changed since the dataset was read.</exception>
    public static ExperimentJudgements Of(Dataset dataset)
    {
        JudgementFiles files = dataset.Judgements;
        using var source = new RecordSource(dataset.Layout);
        var builder = new ReadingBuilder(dataset, new Staleness(source));
        string[] names = [.. files.Judgements.Select(stored => stored.Record.Rubric)
            .Concat(files.Labels.Select(stored => stored.Record.Rubric)).Distinct().Order(StringComparer.Ordinal)];
        return new ExperimentJudgements([.. names.Select(builder.Build)])
        {
            Costs = JudgeCost.AllOf(dataset),
            Faults = files.Faults.Count(fault => !fault.IsTornEnd),
        };
    }
}
