using System.Globalization;
using Tandem.Analysis.Agreement;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Markup;

/// <summary>Who judged, and how far judges agree, everywhere in the report alike.</summary>
internal static class JudgeText
{
    /// <summary>Whose labels a figure shows.</summary>
    public static string Who(JudgedLabels labels) => labels.Judges.Count == 1
        ? labels.Judges[0].Said + (labels.IsSimulated ? ", which understands nothing: no model was asked" : "")
        : $"the majority of {string.Join(", ", labels.Judges.Select(judge => judge.Said))}";

    /// <summary>What was left out, and how far the judges agree; without a full stop.</summary>
    public static string Soundness(JudgedLabels labels) =>
        (labels.Ties > 0 ? $"{Say.Plural(labels.Ties, "tie")} left out; " : "")
        + (labels.Missing > 0 ? $"{Say.Count(labels.Missing)} without a label; " : "none without a label; ")
        + (labels.Alpha is { Value: double alpha } estimate
            ? $"Krippendorff's alpha {Number(alpha)} ({EnumNames.NameOf(estimate.Scale)}{IntervalOf(estimate)}"
                + $"{(labels.IsAlphaWithSimulated ? "; with a simulated judge" : "")})"
            : "no alpha, since it needs two judges that labelled the same and used more than one label");

    /// <summary>What to add to the title of a table where judges are simulated; empty where none is.</summary>
    public static string MarkOf(IReadOnlyList<JudgeName> judges) =>
        !judges.Any(judge => judge.IsSimulated) ? ""
        : judges.All(judge => judge.IsSimulated) ? " (SIMULATED judge)"
        : " (some judges are SIMULATED)";

    /// <summary>A coefficient from -1 to 1.</summary>
    public static string Number(double? value) => value is double known
        ? (known < 0 ? "\u2212" : "") + Math.Abs(known).ToString("0.00", CultureInfo.InvariantCulture) : Say.Unknown;

    /// <summary>The interval of alpha, or a dash.</summary>
    public static string Range(Interval? interval) =>
        interval is Interval known ? $"{Number(known.Low)} to {Number(known.High)}" : Say.Unknown;

    private static string IntervalOf(AlphaEstimate alpha) => alpha.Interval is null ? "" : $"; 95 % {Range(alpha.Interval)}";
}
