using System.Text.Json.Nodes;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;

namespace Tandem.Harness.Judging.Rules;

/// <summary>A label that rules found, with the passages that bear it.</summary>
internal sealed record RuleFinding(string Label, IReadOnlyList<string> Quotes, string Reason);

/// <summary>Answers of word lists to the built-in rubrics, in the form that a model would write.</summary>
internal static class WordRules
{
    private static readonly Dictionary<string, Func<RubricDefinition, Evidence, JsonObject>> s_rubrics = new(StringComparer.Ordinal)
    {
        ["communication-errors"] = CommunicationErrors,
        ["symptoms"] = Symptoms,
        ["speech-acts"] = (_, evidence) => SpeechActRules.Answer(evidence),
    };

    /// <summary>The rubrics that it has rules for.</summary>
    public static IEnumerable<string> Rubrics => s_rubrics.Keys;

    /// <summary>The answer; null if there are no rules for the rubric.</summary>
    public static string? Answer(RubricDefinition rubric, Evidence evidence) =>
        s_rubrics.GetValueOrDefault(rubric.Name)?.Invoke(rubric, evidence).ToJsonString();

    private static JsonObject CommunicationErrors(RubricDefinition rubric, Evidence evidence) =>
        Of(ConversationRules.Findings(evidence).FirstOrDefault(finding => Has(rubric, finding)));

    private static JsonObject Symptoms(RubricDefinition rubric, Evidence evidence)
    {
        RuleFinding[] found = [.. SymptomRules.Findings(evidence).Where(finding => Has(rubric, finding))
            .DistinctBy(finding => finding.Label)];
        return new JsonObject
        {
            [AnswerSchema.Primary] = Of(found.FirstOrDefault() ?? SymptomRules.Otherwise(evidence)),
            [AnswerSchema.Secondary] = Of(found.ElementAtOrDefault(1)),
        };
    }

    private static bool Has(RubricDefinition rubric, RuleFinding finding) => rubric.Labels.Any(label => label.Name == finding.Label);

    private static JsonObject Of(RuleFinding? finding) => new()
    {
        [AnswerSchema.Label] = finding?.Label ?? RubricDefinition.NoLabel,
        [AnswerSchema.Quotes] = new JsonArray([.. (finding?.Quotes ?? []).Select(quote => JsonValue.Create(quote))]),
        [AnswerSchema.Reason] = finding?.Reason ?? "No rule applies.",
    };
}
