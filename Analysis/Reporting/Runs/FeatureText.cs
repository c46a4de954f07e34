using Tandem.Records.Cases;

namespace Tandem.Analysis.Reporting.Runs;

internal static class FeatureText
{
    /// <summary><c>feature 1</c>, <c>features 1 and 2</c>.</summary>
    public static string Of(FeatureSet features) => features.Count == 1
        ? $"feature {features[0]}"
        : $"features {string.Join(", ", features.Take(features.Count - 1))} and {features[^1]}";
}
