using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios.Definitions;

/// <summary>Holds what a conversation came to against what is expected of it.</summary>
internal static class Expectations
{
    /// <summary>A pattern that needs longer fails its check.</summary>
    public static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(2);

    private const int LongestQuote = 200;

    public static string NameOf(ExpectationKind kind) => EnumNames.NameOf(kind);

    public static bool AppliesTo(Expectation expectation, VariantDefinition variant) =>
        expectation.Variants.Count == 0 || expectation.Variants.Intersect(variant.Names).Any();

    /// <summary>The expectation in words; the same in each repetition.</summary>
    public static string WordsOf(Expectation expectation)
    {
        string what = expectation.Check switch
        {
            ExpectationKind.ToolsInOrder => string.Join(", then ", expectation.Tools),
            ExpectationKind.TextContains or ExpectationKind.TextLacks =>
                string.Join(" or ", expectation.Text.Values.Select(text => $"'{text}'")),
            ExpectationKind.TextMatches => expectation.Pattern!,
            ExpectationKind.NoTool or ExpectationKind.TextNotEmpty => "",
            ExpectationKind.ToolCalled or ExpectationKind.ToolNotCalled => expectation.Tool.ToString(),
            _ => throw new ArgumentOutOfRangeException(nameof(expectation), expectation.Check, null),
        };
        string with = expectation.Arguments is JsonElement arguments ? " with " + arguments.GetRawText().ReplaceLineEndings(" ") : "";
        string schema = expectation.ArgumentsSchema is null ? "" : " with arguments of the schema";
        string times = expectation.Times is int count ? string.Create(CultureInfo.InvariantCulture, $", {count} times") : "";
        return $"{NameOf(expectation.Check)} {what}{with}{schema}{times}".TrimEnd();
    }

    /// <summary>What each expectation of a scenario under a variant comes to.</summary>
    public static IReadOnlyList<ScenarioCheck> Check(ScenarioDefinition scenario, VariantDefinition variant, string text,
        IReadOnlyList<ScenarioToolCall> calls) =>
        [.. scenario.Expect.Where(one => AppliesTo(one, variant)).Select(one =>
        {
            string? found = Found(one, text, calls);
            return new ScenarioCheck(WordsOf(one), found is null, found);
        })];

    /// <summary>What was found instead; null if the expectation holds.</summary>
    private static string? Found(Expectation expectation, string text, IReadOnlyList<ScenarioToolCall> calls) => expectation.Check switch
    {
        ExpectationKind.ToolCalled => ToolCalled(expectation, calls),
        ExpectationKind.ToolNotCalled => calls.FirstOrDefault(call => expectation.Tool.Values.Contains(call.Name)) is { } call
            ? $"{call.Name} was called in turn {call.Turn} with {Quote(call.ArgumentsText)}" : null,
        ExpectationKind.ToolsInOrder => InOrder(expectation, calls),
        ExpectationKind.NoTool => calls.Count > 0 ? $"called: {Names(calls)}" : null,
        ExpectationKind.TextContains => expectation.Text.Values.Any(part => text.Contains(part, Casing(expectation))) ? null
            : $"the answer is {Quote(text)}",
        ExpectationKind.TextLacks => expectation.Text.Values.FirstOrDefault(part => text.Contains(part, Casing(expectation))) is { } part
            ? $"'{part}' is in the answer {Quote(text)}" : null,
        ExpectationKind.TextMatches => Matches(expectation, text),
        ExpectationKind.TextNotEmpty => string.IsNullOrWhiteSpace(text) ? "the answer has no text" : null,
        _ => throw new ArgumentOutOfRangeException(nameof(expectation), expectation.Check, null),
    };

    private static string? ToolCalled(Expectation expectation, IReadOnlyList<ScenarioToolCall> calls)
    {
        ScenarioToolCall[] named = [.. calls.Where(call => expectation.Tool.Values.Contains(call.Name))];
        int fitting = named.Count(call => Fits(expectation, call));
        if (expectation.Times is int times ? fitting == times : fitting > 0)
            return null;
        if (named.Length == 0)
            return calls.Count == 0 ? "no tool was called" : $"called: {Names(calls)}";
        return fitting > 0 || named.All(call => Fits(expectation, call))
            ? string.Create(CultureInfo.InvariantCulture, $"{fitting} call{(fitting == 1 ? " fits" : "s fit")}")
            : "called with " + string.Join(" and ", named.Select(call => Quote(call.ArgumentsText)));
    }

    private static bool Fits(Expectation expectation, ScenarioToolCall call) =>
        (expectation.Arguments is not JsonElement wanted || (call.Arguments is JsonElement given && Holds(given, wanted)))
        && (expectation.ArgumentsSchema is not JsonElement schema || (call.Arguments is JsonElement checkedOnes
            && JsonSchema.FromText(schema.GetRawText()).Evaluate(checkedOnes).IsValid));

    /// <summary>Whether a value has all that another has: of objects each member that is named, of anything else the same.</summary>
    public static bool Holds(JsonElement given, JsonElement wanted) => wanted.ValueKind == JsonValueKind.Object
        ? given.ValueKind == JsonValueKind.Object && wanted.EnumerateObject().All(member =>
            given.TryGetProperty(member.Name, out JsonElement value) && Holds(value, member.Value))
        : JsonElement.DeepEquals(given, wanted);

    private static string? InOrder(Expectation expectation, IReadOnlyList<ScenarioToolCall> calls)
    {
        int next = 0;
        foreach (OneOrMore wanted in expectation.Tools)
        {
            while (next < calls.Count && !wanted.Values.Contains(calls[next].Name))
                next++;
            if (next == calls.Count)
                return calls.Count == 0 ? "no tool was called" : $"called: {Names(calls)}";
            next++;
        }
        return null;
    }

    private static string? Matches(Expectation expectation, string text)
    {
        try
        {
            RegexOptions casing = expectation.MatchCase ? RegexOptions.None : RegexOptions.IgnoreCase;
            return Regex.IsMatch(text, expectation.Pattern!, casing | RegexOptions.CultureInvariant, PatternTime) ? null
                : $"the answer is {Quote(text)}";
        }
        catch (RegexMatchTimeoutException)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"the pattern needed more than {PatternTime.TotalSeconds} s; write a simpler one");
        }
    }

    private static StringComparison Casing(Expectation expectation) =>
        expectation.MatchCase ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    private static string Names(IReadOnlyList<ScenarioToolCall> calls) => string.Join(", ", calls.Select(call => call.Name));

    private static string Quote(string text)
    {
        string line = text.ReplaceLineEndings(" ").Trim();
        return line.Length == 0 ? "empty" : $"'{(line.Length > LongestQuote ? line[..LongestQuote] + " ..." : line)}'";
    }
}
