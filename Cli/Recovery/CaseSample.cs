using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tandem.Records.Cases;

namespace Tandem.Cli.Recovery;

/// <summary>A random part of some cases: the same cases and the same seed give the same part, on every machine.</summary>
internal static class CaseSample
{
    public static readonly Option<double?> Share = new("--sample")
    {
        Description = "Only a random part of the selected cases, above 0 to 1: 0.02 takes 2 of 100, at least one",
        HelpName = "share",
        CustomParser = Parse,
    };

    public static readonly Option<int?> Seed = CommonOptions.Number("--seed-of-sample",
        "Which part --sample takes [default: 0]; the same number takes the same part", least: 0);

    /// <summary>The part, in the order given; all where no share is asked for.</summary>
    public static IReadOnlyList<CaseId> Of(IReadOnlyList<CaseId> cases, double? share, int seed)
    {
        if (share is not double part)
            return cases;
        int most = (int)Math.Ceiling(Math.Round(part * cases.Count, 6));
        HashSet<CaseId> taken = [.. cases
            .OrderBy(caseId => new StableRandom(string.Create(CultureInfo.InvariantCulture, $"sample {seed} {caseId}")).Next())
            .Take(most)];
        return [.. cases.Where(taken.Contains)];
    }

    private static double? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is > 0 and <= 1)
            return share;
        result.AddError($"--sample {text}: a number above 0, at most 1, is expected.");
        return null;
    }
}
