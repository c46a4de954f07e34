using System.Text.RegularExpressions;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging.Rules;

/// <summary>Symptoms of failed runs by words and file names. Without a trace in the conversation a failure is one of
/// implementation.</summary>
internal static partial class SymptomRules
{
    public const string Implementation = "implementation-failure";

    /// <summary>The symptoms, the strongest first.</summary>
    public static IEnumerable<RuleFinding> Findings(Evidence evidence)
    {
        MessageRecord[] messages = [.. evidence.Messages.Select(message => message.Message)];
        IEnumerable<RuleFinding> conversation = ConversationRules.Findings(evidence).Select(finding => finding.Label switch
        {
            "C1a" or "C1b" or "C2" => finding with { Label = "unresponsiveness" },
            "C4a" or "C4b" => finding with { Label = "repetition" },
            _ => null,
        }).OfType<RuleFinding>();
        return Overlap(evidence, messages).Concat(Said(messages)).Concat(conversation);
    }

    /// <summary>What a failure is that no message explains: the first line that speaks of failing, else the first line that is
    /// there.</summary>
    public static RuleFinding Otherwise(Evidence evidence)
    {
        EvidencePart[] order = [EvidencePart.Tests, EvidencePart.Merge, EvidencePart.Patches, EvidencePart.Trajectory, EvidencePart.Task];
        EvidenceBlock[] blocks = [.. order.SelectMany(part => Passages.Of(evidence, part))];
        string? line = blocks.Select(block => Passages.Line(block.Text, static text => FailingWords().IsMatch(text))).OfType<string>()
            .Concat(blocks.Select(block => Passages.FirstLine(block.Text)).OfType<string>()).FirstOrDefault();
        return new RuleFinding(Implementation, line is null ? [] : [line], "Nothing in the conversation explains the failure.");
    }

    /// <summary>A file that two patches change and a message names.</summary>
    private static IEnumerable<RuleFinding> Overlap(Evidence evidence, MessageRecord[] messages)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (EvidenceBlock patch in Passages.Of(evidence, EvidencePart.Patches))
        {
            foreach (Match match in ChangedFile().Matches(patch.Text))
            {
                string file = match.Groups[1].Value.TrimEnd();
                if (!seen.TryGetValue(file, out string? header) || header == patch.Header)
                {
                    seen[file] = patch.Header;
                    continue;
                }
                string name = file[(file.LastIndexOf('/') + 1)..];
                string? named = messages
                    .Select(message => Passages.Line(message.Message, line => line.Contains(name, StringComparison.Ordinal)))
                    .OfType<string>().FirstOrDefault();
                if (named is not null)
                    yield return new RuleFinding("work-overlap", [named, match.Value], "Both patches change a file that a message names.");
            }
        }
    }

    /// <summary>What messages say in so many words.</summary>
    private static IEnumerable<RuleFinding> Said(MessageRecord[] messages)
    {
        (string Label, Regex Words, string Reason)[] lists =
        [
            ("placeholder-misuse", PlaceholderWords(), "A message speaks of a placeholder or a stub."),
            ("parameter-flow", ParameterWords(), "A message speaks of arguments or a signature."),
            ("dependency-access", DependencyWords(), "A message says that it needs code of the other."),
            ("timing-dependency", TimingWords(), "A message says that it waits for the other."),
        ];
        foreach ((string label, Regex words, string reason) in lists)
        {
            string? line = messages.Select(message => Passages.Line(message.Message, line => words.IsMatch(line)))
                .OfType<string>().FirstOrDefault();
            if (line is not null)
                yield return new RuleFinding(label, [line], reason);
        }
    }

    [GeneratedRegex(@"^\+\+\+ b/(.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex ChangedFile();

    [GeneratedRegex(@"\b(?:FAILED|FAIL|not ok|Error|error:|failed|CONFLICT|conflict)\b", RegexOptions.CultureInvariant)]
    private static partial Regex FailingWords();

    [GeneratedRegex(@"\b(?:placeholders?|stubs?|stubbed)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PlaceholderWords();

    [GeneratedRegex(@"\b(?:parameters?|arguments?|signature|kwargs?)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ParameterWords();

    [GeneratedRegex(@"\b(?:i need your|depends on your|cannot see your|can't see your|without your)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DependencyWords();

    [GeneratedRegex(@"\b(?:wait(?:ing)? (?:for|until)|after you (?:finish|are done)|before you)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TimingWords();
}
