using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;

namespace Tandem.Analysis.Importing;

/// <summary>Holds the lines of a table of labels against what the store knows: its cases, its judges and the labels of its
/// rubrics.</summary>
internal sealed class LabelCheck
{
    private readonly Dictionary<string, CaseResults> _cases;
    private readonly HashSet<string> _judges;
    private readonly Dictionary<string, KnownRubric> _rubrics;
    private readonly List<string> _faults = [];
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _known;
    private readonly bool _takesAnyRubric;

    /// <param name="dataset">The experiment.</param>
    /// <param name="takesAnyRubric">Whether a rubric may be one that the store does not know.</param>
    public LabelCheck(Dataset dataset, bool takesAnyRubric)
    {
        _takesAnyRubric = takesAnyRubric;
        _cases = dataset.Cases.ToDictionary(one => one.CaseId.ToString());
        JudgementRecord[] records = [.. dataset.Judgements.Judgements.Select(stored => stored.Record)];
        _judges = new(records.SelectMany(record => (string[])[record.Judge, record.JudgeModel]), StringComparer.OrdinalIgnoreCase);
        _rubrics = records.GroupBy(record => record.Rubric).ToDictionary(rubric => rubric.Key, rubric => new KnownRubric(
            [.. rubric.SelectMany(record => record.RubricLabels).Distinct()],
            rubric.Any(record => record.Scale == RatingScale.Interval),
            PerMessage(rubric)));
        _known = new(_rubrics.Keys.Concat(dataset.Judgements.Labels.Select(stored => stored.Record.Rubric)), StringComparer.Ordinal);
    }

    /// <summary>What is wrong, each with its line.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Rubrics of which the store knows no labels, so that a mistyped one is not found.</summary>
    public IReadOnlyCollection<string> UnknownRubrics => _unknown;

    /// <summary>The label of a line; null where something is wrong.</summary>
    public LabelRecord? Check(LabelRow row, string experiment)
    {
        int before = _faults.Count;
        void Fault(string what) => _faults.Add($"line {row.Line}: {what}");
        if (!_cases.TryGetValue(row.Case, out CaseResults? run))
            Fault($"the experiment has no case '{row.Case}'");
        if (!SafeSegment.IsSafe(row.Rubric))
            Fault($"'{row.Rubric}' cannot name a rubric: {SafeSegment.Rule}");
        if (LabelLaws.JudgeFault(row.Judge) is string fault)
            Fault(fault.TrimEnd('.'));
        else if (_judges.Contains(row.Judge))
            Fault($"the store has judgements of the judge '{row.Judge}'; give this one another name");
        CheckValue(row, Fault);
        if (row.Message is int message && run?.Counting is { } counting && message > counting.MessagesCount)
            Fault($"the run has {counting.MessagesCount} messages, and no message {message}");
        return _faults.Count > before ? null : new LabelRecord
        {
            SchemaVersion = LabelRecord.CurrentSchemaVersion,
            Experiment = experiment,
            CaseId = run!.CaseId,
            Rubric = row.Rubric,
            Judge = row.Judge,
            Repetition = row.Repetition,
            Message = row.Message,
            JudgedAttempt = run.Counting?.Attempt,
            JudgedRevision = run.Counting?.Revision,
            Label = row.Label,
            Score = row.Score,
        };
    }

    private void CheckValue(LabelRow row, Action<string> fault)
    {
        if (!_rubrics.TryGetValue(row.Rubric, out KnownRubric? rubric))
        {
            if (!_takesAnyRubric && !_known.Contains(row.Rubric))
                fault($"the store knows no rubric '{row.Rubric}'; "
                    + (_known.Count == 0 ? "it has no judgement and no label yet" : $"it has {string.Join(", ", _known)}")
                    + ". If the name is right, say --any-rubric");
            _unknown.Add(row.Rubric);
            return;
        }
        if (rubric.AreScores != (row.Score is not null))
        {
            fault($"the rubric '{row.Rubric}' asks for a {(rubric.AreScores ? "score" : "label")}");
            return;
        }
        if (rubric.IsPerMessage is bool perMessage && perMessage != (row.Message is not null))
            fault(perMessage ? $"the rubric '{row.Rubric}' has a label for each message; name the message"
                : $"the rubric '{row.Rubric}' has a label for the run; leave the message empty");
        if (row.Label is null)
            return;
        if (rubric.Labels.Count == 0)
            _unknown.Add(row.Rubric);
        else if (row.Label != NoLabel && !rubric.Labels.Contains(row.Label))
            fault($"the rubric '{row.Rubric}' has no label '{row.Label}'; it has {string.Join(", ", rubric.Labels)}");
    }

    /// <summary>What stands for a judgement without a label.</summary>
    private const string NoLabel = Judgements.Reading.NoLabel;

    private static bool? PerMessage(IEnumerable<JudgementRecord> records)
    {
        JudgementPart[] parts = [.. records.SelectMany(record => record.Labels).Select(label => label.Part).Distinct()];
        return parts.Length == 0 ? null : parts.Contains(JudgementPart.Message);
    }

    private sealed record KnownRubric(IReadOnlyList<string> Labels, bool AreScores, bool? IsPerMessage);
}
