using Tandem.Analysis.Agreement;
using Tandem.Analysis.Statistics;
using Tandem.Records.Judgements;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>How far the repetitions of a scenario agree with each other, over the scenarios of a variant.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="SameVerdict">Pairs of repetitions with the same verdict, of all pairs with two.</param>
/// <param name="SameTools">Pairs of repetitions that called the same tools in the same order, of all pairs of conversations.</param>
/// <param name="Alpha">Krippendorff's alpha of the verdicts, the repetitions taken as raters; null where all verdicts are alike.</param>
/// <param name="Scenarios">With two verdicts or more: those that alpha is over.</param>
internal sealed record RepetitionAgreement(string Variant, Proportion SameVerdict, Proportion SameTools, double? Alpha, int Scenarios)
{
    public static RepetitionAgreement Of(ScenarioTable table, string variant)
    {
        (Proportion verdicts, Proportion tools) = (default, default);
        var units = new List<double[]>();
        foreach (string scenario in table.Scenarios)
        {
            IReadOnlyList<ScenarioCase> cell = table.Cell(scenario, variant);
            bool[] passed = [.. cell.Select(one => one.Verdict).OfType<bool>()];
            string[] sequences = [.. cell.Where(one => one.Counting is not null)
                .Select(one => string.Join('\n', ToolChoice.ToolsOf(one)))];
            verdicts += SamePairs(passed);
            tools += SamePairs(sequences);
            units.Add([.. passed.Select(one => one ? 1.0 : 0.0)]);
        }
        return new RepetitionAgreement(variant, verdicts, tools, new KrippendorffAlpha(units, RatingScale.Nominal).Value(),
            units.Count(unit => unit.Length >= 2));
    }

    /// <summary>Of all pairs of values those that are equal.</summary>
    public static Proportion SamePairs<T>(IReadOnlyList<T> values)
        where T : notnull => new(
            values.GroupBy(value => value).Sum(same => same.Count() * (same.Count() - 1) / 2), values.Count * (values.Count - 1) / 2);
}
