using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging.Rubrics;

/// <summary>Ranges and relations of what <c>rubric.json</c> says.</summary>
internal static class RubricRules
{
    /// <summary>A section smaller than this says nothing.</summary>
    public const int LeastBytes = 200;

    /// <summary>More than any model reads.</summary>
    public const int MostBytes = 4_000_000;

    /// <summary>The name is a part of file names.</summary>
    private const int LongestName = 60;

    /// <summary>The faults, each with what to do.</summary>
    /// <param name="rubric">What the file says.</param>
    /// <param name="folderName">The name of the rubric's folder.</param>
    public static IEnumerable<string> Faults(RubricDefinition rubric, string folderName)
    {
        if (!SafeSegment.IsSafe(rubric.Name))
            yield return $"name: '{rubric.Name}' cannot name a folder ({SafeSegment.Rule}).";
        else if (rubric.Name != folderName)
            yield return $"name: it is '{rubric.Name}', and the folder is '{folderName}'; give both the same name.";
        if (rubric.Name.Length > LongestName)
            yield return $"name: it has {rubric.Name.Length} letters; use at most {LongestName}.";
        if (rubric.Version < 1)
            yield return $"version: it is {rubric.Version}; versions are counted from 1.";
        if (string.IsNullOrWhiteSpace(rubric.Title))
            yield return "title: it is empty; say in a few words what is judged.";
        foreach (string fault in ScaleFaults(rubric).Concat(LabelFaults(rubric)).Concat(EvidenceFaults(rubric)))
            yield return fault;
        if (rubric.Quotes is < 0 or > 20)
            yield return $"quotes: {rubric.Quotes} is out of range; it may be 0 to 20.";
        if (rubric.Runs.Settings.Distinct().Count() != rubric.Runs.Settings.Count)
            yield return "runs.settings: one is named twice; leave one of them out.";
        if (rubric.Show.Distinct().Count() != rubric.Show.Count)
            yield return "show: a name is there twice; leave one of them out.";
    }

    private static IEnumerable<string> ScaleFaults(RubricDefinition rubric)
    {
        bool isScore = rubric.Answer == AnswerForm.Score;
        if (isScore != (rubric.Scale == RatingScale.Interval))
            yield return $"scale: {EnumNames.NameOf(rubric.Scale)} does not go with answer {EnumNames.NameOf(rubric.Answer)}; scores are "
                + "interval, labels are nominal or ordinal.";
        if (isScore && rubric.Score is null)
            yield return "score: it is missing; name the ends of the scale, such as { \"min\": 0, \"max\": 10 }.";
        if (!isScore && rubric.Score is not null)
            yield return "score: labels have none; take it out, or set answer to score.";
        if (rubric.Score is { } range && !(double.IsFinite(range.Min) && double.IsFinite(range.Max) && range.Min < range.Max))
            yield return "score: min must be below max, and both must be finite.";
        if (isScore && rubric.None is not null)
            yield return "none: a score cannot be none; take it out.";
        if (rubric.Answer == AnswerForm.LabelPerMessage && rubric.None is not null)
            yield return "none: every message gets a label; add one such as 'other' in its place.";
        if (rubric.None is not null && string.IsNullOrWhiteSpace(rubric.None))
            yield return "none: it is empty; say when no label fits, or take it out.";
    }

    private static IEnumerable<string> LabelFaults(RubricDefinition rubric)
    {
        if (rubric.Answer == AnswerForm.Score)
        {
            if (rubric.Labels.Count > 0)
                yield return "labels: a score has none; take them out, or change answer.";
            yield break;
        }
        int least = rubric.None is null ? 2 : 1;
        if (rubric.Labels.Count < least)
            yield return $"labels: there must be at least {least}, or nothing is to be decided.";
        if (rubric.Labels.Contains(null!))
        {
            yield return "labels: one of them is null; take it out.";
            yield break;
        }
        foreach (RubricLabel label in rubric.Labels)
        {
            if (!SafeSegment.IsSafe(label.Name))
                yield return $"labels: '{label.Name}' cannot be a label ({SafeSegment.Rule}).";
            if (label.Name == RubricDefinition.NoLabel)
                yield return "labels: 'none' is said by the key none, which gives its meaning; take it out of the labels.";
            if (string.IsNullOrWhiteSpace(label.Meaning) || label.Meaning.Contains('\n', StringComparison.Ordinal))
                yield return $"labels: '{label.Name}' needs a meaning of one line.";
            if (label.NeedsConversation && rubric.Evidence?.ContainsKey(EnumNames.NameOf(EvidencePart.Conversation)) == false)
                yield return $"labels: '{label.Name}' needs the conversation, which the evidence does not hold; add it there.";
        }
        foreach (string twice in rubric.Labels.CountBy(label => label.Name).Where(count => count.Value > 1).Select(count => count.Key))
            yield return $"labels: '{twice}' is there twice; rename one of them.";
    }

    private static IEnumerable<string> EvidenceFaults(RubricDefinition rubric)
    {
        if (rubric.Evidence.Count == 0)
            yield return "evidence: it is empty; name at least one part with its bytes, such as \"conversation\": 40000.";
        foreach ((string part, int bytes) in rubric.Evidence)
        {
            if (!EnumNames.TryParse(part, out EvidencePart _))
                yield return $"evidence.{part}: there is no such part; there are {string.Join(", ", EnumNames.AllNames<EvidencePart>())}.";
            else if (bytes is < LeastBytes or > MostBytes)
                yield return $"evidence.{part}: {bytes} bytes are out of range; it may be {LeastBytes} to {MostBytes}.";
        }
        if (rubric.Answer == AnswerForm.LabelPerMessage
            && !(rubric.Evidence.ContainsKey(EnumNames.NameOf(EvidencePart.Conversation)) && rubric.Runs.WithMessages))
            yield return "answer: label_per_message needs the conversation in evidence, and runs.with_messages true.";
    }
}
