using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging.Rubrics;

/// <summary>What a judge is asked about a run. It comes from a folder that people can copy and change: see
/// <see cref="RubricReader"/>.</summary>
/// <param name="Definition">What <c>rubric.json</c> says.</param>
/// <param name="Prompt">The text of <c>prompt.md</c>, with line feeds.</param>
/// <param name="Schema">The text of <c>answer.schema.json</c>, with line feeds.</param>
/// <param name="Digest">SHA-256 over the three files, lower-case hex.</param>
internal sealed partial record Rubric(RubricDefinition Definition, string Prompt, string Schema, string Digest)
{
    private static readonly Dictionary<string, Func<RubricDefinition, string>> s_values = new(StringComparer.Ordinal)
    {
        ["labels"] = Labels,
        ["quotes"] = rubric => rubric.Quotes.ToString(CultureInfo.InvariantCulture),
        ["min"] = rubric => rubric.Score?.Min.ToString(CultureInfo.InvariantCulture) ?? "",
        ["max"] = rubric => rubric.Score?.Max.ToString(CultureInfo.InvariantCulture) ?? "",
    };

    public string Name => Definition.Name;

    /// <summary>Where it was read, absolute.</summary>
    public string Folder { get; init; } = "";

    /// <summary>How a command names it: by its name, or by its folder where that is none of the project's.</summary>
    public string Word { get; init; } = Definition.Name;

    /// <summary>The prompt with its values in their places.</summary>
    public string FilledPrompt =>
        Placeholder().Replace(Prompt, match => s_values[match.Groups[1].Value](Definition)).Trim() + "\n";

    /// <summary>The parts that the judge reads, in the order in which they are shown, with their greatest sizes in bytes.</summary>
    public IReadOnlyList<(EvidencePart Part, int Bytes)> Evidence =>
        [.. Enum.GetValues<EvidencePart>().Where(part => Definition.Evidence.ContainsKey(EnumNames.NameOf(part)))
            .Select(part => (part, Definition.Evidence[EnumNames.NameOf(part)]))];

    /// <summary>Whether the rubric is for this run. A run that says nothing about its agents is not judged by any.</summary>
    /// <param name="run">The record that counts.</param>
    public bool AppliesTo(RunRecord run)
    {
        RubricRuns runs = Definition.Runs;
        return (runs.Settings.Count == 0 || runs.Settings.Contains(run.Setting))
            && (!runs.FailedOnly || run.Verdict == false)
            && (!runs.WithMessages || run.MessagesCount > 0);
    }

    /// <summary>What is wrong with a prompt.</summary>
    internal static IEnumerable<string> PromptFaults(RubricDefinition? rubric, string prompt)
    {
        if (string.IsNullOrWhiteSpace(prompt))
        {
            yield return "it is empty; say what the judge is to decide.";
            yield break;
        }
        string[] used = [.. Placeholder().Matches(prompt).Select(match => match.Groups[1].Value).Distinct()];
        foreach (string name in used.Where(name => !s_values.ContainsKey(name)))
            yield return $"there is no value '{{{{{name}}}}}'; there are {string.Join(", ", s_values.Keys)}.";
        if (rubric is not null && rubric.Answer != AnswerForm.Score && !used.Contains("labels"))
            yield return "'{{labels}}' is missing: put it where the labels and their meanings are to stand.";
        if (rubric is not null && rubric.Answer == AnswerForm.Score && !(used.Contains("min") && used.Contains("max")))
            yield return "'{{min}}' and '{{max}}' are missing: say with them which scores there are.";
    }

    private static string Labels(RubricDefinition rubric)
    {
        IEnumerable<string> lines = rubric.Labels.Select(label => $"* `{label.Name}`: {label.Meaning}");
        return string.Join('\n', rubric.None is null ? lines : lines.Append($"* `{RubricDefinition.NoLabel}`: {rubric.None}"));
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
