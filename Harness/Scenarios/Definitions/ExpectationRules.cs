using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Scenarios.Definitions;

/// <summary>What of an expectation cannot work.</summary>
internal static class ExpectationRules
{
    private static readonly Dictionary<ExpectationKind, string[]> s_members = new()
    {
        [ExpectationKind.ToolCalled] = ["tool", "arguments", "arguments_schema", "times"],
        [ExpectationKind.ToolNotCalled] = ["tool"],
        [ExpectationKind.ToolsInOrder] = ["tools"],
        [ExpectationKind.NoTool] = [],
        [ExpectationKind.TextContains] = ["text", "match_case"],
        [ExpectationKind.TextLacks] = ["text", "match_case"],
        [ExpectationKind.TextMatches] = ["pattern", "match_case"],
        [ExpectationKind.TextNotEmpty] = [],
    };

    /// <summary>The member at fault, empty for the whole, and what is wrong.</summary>
    /// <param name="expectation">The expectation.</param>
    /// <param name="variants">Those that could be read.</param>
    /// <param name="areVariantsWhole">Whether there are variants, and all of them could be read.</param>
    public static IEnumerable<(string Member, string Fault)> Faults(Expectation expectation,
        IReadOnlyDictionary<string, VariantDefinition> variants, bool areVariantsWhole)
    {
        string[] members = s_members[expectation.Check];
        string kind = Expectations.NameOf(expectation.Check);
        (string Member, bool IsGiven)[] given =
        [
            ("tool", expectation.Tool.IsGiven), ("tools", expectation.Tools.Count > 0), ("text", expectation.Text.IsGiven),
            ("pattern", expectation.Pattern is not null), ("arguments", expectation.Arguments is not null),
            ("arguments_schema", expectation.ArgumentsSchema is not null), ("times", expectation.Times is not null),
            ("match_case", expectation.MatchCase),
        ];
        foreach ((string member, _) in given.Where(one => one.IsGiven && !members.Contains(one.Member)))
            yield return (member, $"the check {kind} does not read it.");
        foreach ((string member, _) in given.Where(one => !one.IsGiven && members.Contains(one.Member)
            && one.Member is "tool" or "tools" or "text" or "pattern" && !one.IsGiven && members.Contains(one.Member)))
            yield return ("", $"the check {kind} needs '{member}'.");
        foreach (string text in expectation.Text.Values.Where(string.IsNullOrEmpty))
            yield return ("text", $"an empty text ({text.Length} characters) is in every answer.");
        if (expectation.Pattern is string pattern && PatternFault(pattern) is string why)
            yield return ("pattern", $"it is no regular expression: {why}");
        if (expectation.Arguments is JsonElement arguments && arguments.ValueKind != JsonValueKind.Object)
            yield return ("arguments", "it must be an object of arguments.");
        if (expectation.ArgumentsSchema is JsonElement schema && DefinitionRules.SchemaFault(schema) is string fault)
            yield return ("arguments_schema", $"it is no JSON schema: {fault}.");
        if (expectation.Times is < 1)
            yield return ("times", "it counts from 1; for a tool that must not be called there is tool_not_called.");
        // Where a variant could not be read, nobody knows what it has.
        if (!areVariantsWhole)
            yield break;
        foreach (string variant in expectation.Variants.Where(name => !variants.ContainsKey(name)))
            yield return ("variants", $"there is no variant '{variant}'; there are {string.Join(", ", variants.Keys)}.");
        // A mistyped tool would be "not called" for ever, or fail for ever.
        foreach (OneOrMore tools in expectation.Tools.Prepend(expectation.Tool).Where(tools => tools.IsGiven))
        {
            foreach (string tool in tools.Values.Where(tool => variants.Values.All(one => one.Tools.All(known => known.Name != tool))))
                yield return (expectation.Tool.IsGiven ? "tool" : "tools", $"no variant has a tool '{tool}'.");
            if (expectation.Check != ExpectationKind.ToolNotCalled)
            {
                foreach (string variant in variants.Keys.Where(name => Expectations.AppliesTo(expectation, variants[name])
                    && variants[name].Tools.All(known => !tools.Values.Contains(known.Name))))
                    yield return (expectation.Tool.IsGiven ? "tool" : "tools",
                        $"variant '{variant}' has no tool {tools}; name one of its own beside it in a list, or name the variants that "
                        + "the check is for in 'variants'.");
            }
        }
    }

    private static string? PatternFault(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.None, Expectations.PatternTime);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message.TrimEnd('.') + ".";
        }
    }
}
