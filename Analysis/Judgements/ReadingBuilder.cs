using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Judgements;

/// <summary>Says of each run and judge what counts: the judge's record as it stands now, an imported label, or nothing.</summary>
internal sealed class ReadingBuilder
{
    private readonly Dictionary<CaseId, (int Place, CaseResults Case)> _judgeable = [];
    private readonly ILookup<string, JudgementRecord> _records;
    private readonly ILookup<string, LabelRecord> _labels;
    private readonly Dictionary<string, bool> _isSimulated;
    private readonly Staleness _staleness;

    public ReadingBuilder(Dataset dataset, Staleness staleness)
    {
        _staleness = staleness;
        foreach ((int place, CaseResults results) in dataset.Cases.Index())
        {
            if (results.Counting is { } counting && counting.AgentStatus != AgentStatus.Error)
                _judgeable[results.CaseId] = (place, results);
        }
        _records = dataset.Judgements.Judgements.Select(stored => stored.Record).ToLookup(record => record.Rubric);
        _labels = dataset.Judgements.Labels.Select(stored => stored.Record).ToLookup(record => record.Rubric);
        _isSimulated = dataset.Judgements.Judgements.GroupBy(stored => stored.Record.JudgeModel)
            .ToDictionary(judge => judge.Key, judge => judge.Any(stored => stored.Record.Simulated));
    }

    /// <param name="rubric">A rubric that has a judgement or a label.</param>
    public RubricReadings Build(string rubric)
    {
        JudgementRecord[] records = [.. _records[rubric]];
        LabelRecord[] labels = [.. _labels[rubric]];
        JudgementRecord? latest = records.MaxBy(record => (record.StartedAt, record.Attempt));
        bool isPerMessage = records.Any(record => record.Labels.Any(label => label.Part == JudgementPart.Message))
            || labels.Any(label => label.Message is not null);
        IGrouping<JudgementId, JudgementRecord>[] judgements = [.. records.GroupBy(record => record.JudgementId)];
        Reading[] found =
        [
            .. judgements.Where(judgement => _judgeable.ContainsKey(judgement.Key.CaseId))
                .Select(judgement => ReadingOf(judgement.Key, [.. judgement], isPerMessage)),
            .. labels.Where(label => _judgeable.ContainsKey(label.CaseId)).GroupBy(label => (label.CaseId, label.Judge, label.Repetition))
                .Select(given => ImportedOf([.. given], isPerMessage)),
        ];
        Reading[] all = [.. found.Concat(MissingOf(rubric, found, isPerMessage)).OrderBy(reading => reading.Judge)
            .ThenBy(reading => reading.Repetition).ThenBy(reading => _judgeable[reading.CaseId].Place)];
        return new RubricReadings
        {
            Rubric = rubric,
            Scale = latest?.Scale ?? (labels.Any(label => label.Score is not null) ? RatingScale.Interval : RatingScale.Nominal),
            Labels = latest?.RubricLabels ?? [],
            IsPerMessage = isPerMessage,
            Judges = [.. all.Select(reading => reading.Judge).Distinct().Order()],
            Readings = all,
            NothingToJudge = judgements.Count(judgement => !_judgeable.ContainsKey(judgement.Key.CaseId)),
            Versions = found.Where(reading => reading.IsData).Select(reading => reading.Record).OfType<JudgementRecord>()
                .Select(record => (record.RubricDigest, record.PromptDigest)).Distinct().Count(),
        };
    }

    private Reading ReadingOf(JudgementId id, JudgementRecord[] records, bool isPerMessage)
    {
        JudgementRecord latest = records.MaxBy(record => (record.StartedAt, record.Attempt))!;
        var inputs = new JudgementInputs(latest.RubricDigest, latest.PromptDigest, latest.SourceDigest, latest.JudgeModel,
            latest.JudgeDigest);
        JudgementRecord? counting = JudgeStatusReader.Counting(records.Where(inputs.AreThoseOf));
        JudgementRecord shown = counting ?? latest;
        CaseResults run = _judgeable[id.CaseId].Case;
        string? stale = _staleness.Of(run, run.Counting!, shown);
        ReadingState state =
            stale is not null ? ReadingState.Stale
            : counting is null ? ReadingState.Failed
            : counting.Status switch
            {
                JudgementOutcome.Labelled => ReadingState.Labelled,
                JudgementOutcome.None => ReadingState.None,
                JudgementOutcome.Voided => ReadingState.Voided,
                JudgementOutcome.Failed => ReadingState.Failed,
                _ => throw new ArgumentOutOfRangeException(nameof(records), counting.Status, "No such outcome."),
            };
        return new Reading
        {
            CaseId = id.CaseId,
            Rubric = id.Rubric,
            Judge = new JudgeName(latest.JudgeModel, _isSimulated[latest.JudgeModel], IsImported: false),
            Repetition = id.Repetition,
            State = state,
            Units = UnitsOf(id.CaseId, isPerMessage),
            Labels = state switch
            {
                ReadingState.Labelled => [.. shown.Labels.Where(label => label is { VoidedBy: null, Part: not JudgementPart.Secondary })
                    .Select(label => new UnitLabel(label.Message, label.Label, label.Score))],
                ReadingState.None => [new UnitLabel(null, Reading.NoLabel, null)],
                _ => [],
            },
            Secondary = state != ReadingState.Labelled ? [] : [.. shown.Labels
                .Where(label => label is { VoidedBy: null, Part: JudgementPart.Secondary }).Select(label => label.Label).OfType<string>()],
            Record = shown,
            Reason = state switch
            {
                ReadingState.Stale => stale,
                ReadingState.Failed => shown.FailureReason,
                ReadingState.Voided => shown.Labels.Select(label => label.VoidedBy).OfType<string>().FirstOrDefault(),
                _ => null,
            },
        };
    }

    private Reading ImportedOf(LabelRecord[] imported, bool isPerMessage)
    {
        CaseResults run = _judgeable[imported[0].CaseId].Case;
        // Of a run that was made again and labelled again, the labels of the latest attempt.
        LabelRecord[] given = [.. imported.GroupBy(label => label.Message).Select(same => same.MaxBy(label => label.JudgedAttempt ?? 0)!)];
        (LabelRecord Label, string? Stale)[] all = [.. given.Select(label => (label, _staleness.Of(run, run.Counting!, label)))];
        given = [.. all.Where(one => one.Stale is null).Select(one => one.Label)];
        return new Reading
        {
            CaseId = imported[0].CaseId,
            Rubric = imported[0].Rubric,
            Judge = new JudgeName(imported[0].Judge, IsSimulated: false, IsImported: true),
            Repetition = imported[0].Repetition,
            State = given.Length == 0 ? ReadingState.Stale
                : given.All(label => label is { Message: null, Label: Reading.NoLabel }) ? ReadingState.None : ReadingState.Labelled,
            Units = UnitsOf(imported[0].CaseId, isPerMessage),
            Labels = [.. given.OrderBy(label => label.Message).Select(label => new UnitLabel(label.Message, label.Label, label.Score))],
            Reason = given.Length == 0 ? all[0].Stale : null,
        };
    }

    /// <summary>A rubric is not for every run, and its records do not say for which. So a run lacks a judge if another judge read it, or if
    /// it is like those that were read: of their settings, failed if all of them have, with messages if all have some. Imported labels may
    /// be of any run: they say so only where no judge of the store was asked.</summary>
    private IEnumerable<Reading> MissingOf(string rubric, Reading[] found, bool isPerMessage)
    {
        if (found.Length == 0)
            return [];
        Reading[] judged = [.. found.Where(reading => !reading.Judge.IsImported)];
        HashSet<CaseId> read = [.. (judged.Length > 0 ? judged : found).Select(reading => reading.CaseId)];
        AttemptResult[] runs = [.. read.Select(id => _judgeable[id].Case.Counting!)];
        HashSet<Setting> settings = [.. read.Select(id => id.Setting)];
        bool onlyFailed = runs.All(run => run.Verdict == false);
        bool onlyWithMessages = runs.All(run => run.MessagesCount > 0);
        CaseId[] lacking = [.. _judgeable.Where(entry => read.Contains(entry.Key)
            || (settings.Contains(entry.Key.Setting) && (!onlyFailed || entry.Value.Case.Counting!.Verdict == false)
                && (!onlyWithMessages || entry.Value.Case.Counting!.MessagesCount > 0))).Select(entry => entry.Key)];
        HashSet<(JudgeName, int, CaseId)> present = [.. found.Select(reading => (reading.Judge, reading.Repetition, reading.CaseId))];
        return from judge in found.Select(reading => (reading.Judge, reading.Repetition)).Distinct()
               from id in lacking
               where !present.Contains((judge.Judge, judge.Repetition, id))
               select new Reading
               {
                   CaseId = id,
                   Rubric = rubric,
                   Judge = judge.Judge,
                   Repetition = judge.Repetition,
                   State = ReadingState.Missing,
                   Units = UnitsOf(id, isPerMessage),
                   Labels = [],
               };
    }

    private int UnitsOf(CaseId caseId, bool isPerMessage) => isPerMessage ? _judgeable[caseId].Case.Counting!.MessagesCount : 1;
}
