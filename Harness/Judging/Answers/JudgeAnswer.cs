using System.Globalization;
using System.Text.Json;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging.Answers;

/// <summary>Checks what a judge said against its rubric and against the evidence. An answer that cannot be read is never a label, and
/// never a zero.</summary>
internal sealed class JudgeAnswer
{
    private const int LongestReason = 4000; // bytes

    private readonly RubricDefinition _rubric;
    private readonly Evidence _evidence;

    private JudgeAnswer(RubricDefinition rubric, Evidence evidence) => (_rubric, _evidence) = (rubric, evidence);

    /// <param name="rubric">What was asked.</param>
    /// <param name="evidence">What was read.</param>
    /// <param name="text">The model's text; null if it gave none.</param>
    /// <param name="finishReason">Why the answer ended, in the endpoint's word; null if it does not say.</param>
    public static JudgeResult Check(Rubric rubric, Evidence evidence, string? text, string? finishReason)
    {
        try
        {
            using JsonDocument json = AnswerText.Parse(text, finishReason);
            return ResultOf(new JudgeAnswer(rubric.Definition, evidence).Read(json.RootElement));
        }
        catch (AnswerException exception)
        {
            return new JudgeResult.Failed(exception.Message);
        }
    }

    private static JudgeResult ResultOf(IReadOnlyList<JudgementLabel> labels)
    {
        if (labels.Count == 0)
            return new JudgeResult.NoLabel();
        IEnumerable<JudgementLabel> deciding = labels.Any(label => label.Part == JudgementPart.Primary)
            ? labels.Where(label => label.Part == JudgementPart.Primary) : labels;
        return deciding.Any(label => label.VoidedBy is null) ? new JudgeResult.Labelled(labels) : new JudgeResult.Voided(labels);
    }

    private IReadOnlyList<JudgementLabel> Read(JsonElement root) => _rubric.Answer switch
    {
        AnswerForm.OneLabel => ReadLabel(root, JudgementPart.Label, "the answer", _rubric.None is not null),
        AnswerForm.PrimarySecondary => ReadPair(root),
        AnswerForm.LabelPerMessage => ReadMessages(root),
        AnswerForm.Score => [ReadScore(root)],
        _ => throw new ArgumentOutOfRangeException(nameof(root), _rubric.Answer, "No such form."),
    };

    private List<JudgementLabel> ReadPair(JsonElement root)
    {
        var pair = new AnswerObject(root, "the answer", AnswerSchema.Primary, AnswerSchema.Secondary);
        List<JudgementLabel> labels =
        [
            .. ReadLabel(pair[AnswerSchema.Primary], JudgementPart.Primary, "'primary'", canBeNone: false),
            .. ReadLabel(pair[AnswerSchema.Secondary], JudgementPart.Secondary, "'secondary'", canBeNone: true),
        ];
        return labels.Count == 2 && labels[0].Label == labels[1].Label
            ? throw new AnswerException($"The label {labels[0].Label} is both primary and secondary.") : labels;
    }

    /// <summary>One label, or nothing if it is none.</summary>
    private IReadOnlyList<JudgementLabel> ReadLabel(JsonElement json, JudgementPart part, string where, bool canBeNone)
    {
        var answer = new AnswerObject(json, where, AnswerSchema.Label, AnswerSchema.Quotes, AnswerSchema.Reason);
        string name = answer.Text(AnswerSchema.Label);
        IReadOnlyList<string> quotes = answer.Texts(AnswerSchema.Quotes);
        string reason = Reason(answer);
        if (canBeNone && name == RubricDefinition.NoLabel)
            return [];
        return [Checked(Known(name, where, canBeNone), null, part, null, reason, quotes)];
    }

    private JudgementLabel ReadScore(JsonElement root)
    {
        var answer = new AnswerObject(root, "the answer", AnswerSchema.Score, AnswerSchema.Quotes, AnswerSchema.Reason);
        JsonElement json = answer[AnswerSchema.Score];
        if (json.ValueKind != JsonValueKind.Number || !json.TryGetDouble(out double score))
            throw new AnswerException($"The score is {AnswerText.Begin(json.GetRawText())}, which is no number.");
        ScoreRange range = _rubric.Score!;
        if (!(score >= range.Min && score <= range.Max))
            throw new AnswerException(string.Create(CultureInfo.InvariantCulture,
                $"The score {AnswerText.Begin(json.GetRawText())} is off the scale, which goes from {range.Min} to {range.Max}."));
        return Checked(null, score, JudgementPart.Score, null, Reason(answer), answer.Texts(AnswerSchema.Quotes));
    }

    private List<JudgementLabel> ReadMessages(JsonElement root)
    {
        var labels = new SortedDictionary<int, JudgementLabel>();
        HashSet<int> shown = [.. _evidence.Messages.Select(message => message.Number)];
        var answer = new AnswerObject(root, "the answer", AnswerSchema.Messages);
        foreach (JsonElement json in answer.List(AnswerSchema.Messages))
        {
            var item = new AnswerObject(json, "an element of 'messages'", AnswerSchema.Message, AnswerSchema.Label, AnswerSchema.Quotes);
            JsonElement number = item[AnswerSchema.Message];
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out int message) || !shown.Contains(message))
                throw new AnswerException($"There is no message {AnswerText.Begin(number.GetRawText())} in the evidence.");
            string where = string.Create(CultureInfo.InvariantCulture, $"the label of message {message}");
            string label = Known(item.Text(AnswerSchema.Label), where, canBeNone: false);
            if (!labels.TryAdd(message,
                Checked(label, null, JudgementPart.Message, message, null, item.Texts(AnswerSchema.Quotes))))
                throw new AnswerException(string.Create(CultureInfo.InvariantCulture, $"Message {message} was labelled twice."));
        }
        int[] left = [.. shown.Where(number => !labels.ContainsKey(number)).Order()];
        if (left.Length > 0)
            throw new AnswerException(string.Create(CultureInfo.InvariantCulture,
                $"{left.Length} of {shown.Count} messages were left out, the first is message {left[0]}."));
        return [.. labels.Values];
    }

    private string Known(string name, string where, bool canBeNone)
    {
        if (_rubric.Labels.Any(label => label.Name == name))
            return name;
        IEnumerable<string> names = _rubric.Labels.Select(label => label.Name);
        throw new AnswerException($"In {where} stands the label '{AnswerText.Begin(name)}'; there are "
            + $"{string.Join(", ", canBeNone ? names.Append(RubricDefinition.NoLabel) : names)}.");
    }

    private JudgementLabel Checked(string? name, double? score, JudgementPart part, int? message, string? reason,
        IReadOnlyList<string> quotes) => QuoteCheck.Check(_rubric, _evidence, new JudgementLabel
        {
            Part = part,
            Message = message,
            Label = name,
            Score = score,
            Quotes = [],
            Reason = reason,
            VoidedBy = null,
        }, quotes);

    private static string Reason(AnswerObject answer)
    {
        string reason = answer.Text(AnswerSchema.Reason);
        return EvidenceText.Begin(EvidenceText.Clean(reason), LongestReason);
    }
}
