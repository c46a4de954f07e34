using System.Globalization;
using Tandem.Analysis.Data;
using Tandem.Analysis.Formats;

namespace Tandem.Analysis.Agreement;

/// <summary>
/// Reads judgements from comma-separated values (or semicolons or tabs, whichever it uses). The columns, in any order and case:
/// <c>unit</c> (or <c>case</c>), <c>judge</c>, and <c>label</c> or <c>score</c>; <c>rubric</c> if there are several, <c>rep</c> from 1 if
/// judges were asked again. Other columns are passed over.
/// </summary>
internal static class RatingTable
{
    private const int ListedFaults = 20;

    /// <summary>What stands for a judgement that is missing, in any case; labels of these names cannot be given.</summary>
    private static readonly string[] s_missing = ["", ".", "na", "n/a", "nan", "null"];

    /// <summary>Reads all of it.</summary>
    /// <param name="name">How messages call it: the file as the user named it.</param>
    /// <param name="text">Its text; read to its end.</param>
    /// <exception cref="RefusedException">A column is missing, or lines cannot be used; it lists them.</exception>
    public static IReadOnlyList<Rating> Read(string name, TextReader text)
    {
        var faults = new List<string>();
        var ratings = new List<Rating>();
        var lineOf = new Dictionary<(string, string, string, int), int>();
        using var rows = new CsvRows(text, faults);
        if (rows.ReadHeader() is not { } header)
            throw Refused(name, ["it is empty"]);
        Columns columns = Columns.Of(header, faults);
        if (faults.Count > 0)
            throw Refused(name, faults);
        while (rows.Read())
        {
            int line = rows.Line;
            if (ReadLine(rows, columns, fault => faults.Add($"line {line}: {fault}")) is not { } rating)
                continue;
            (string, string, string, int) key = (rating.Rubric, rating.Unit, rating.Judge, rating.Repetition);
            if (lineOf.TryAdd(key, line))
                ratings.Add(rating);
            else
                faults.Add($"line {line}: judge '{rating.Judge}' has judged unit '{rating.Unit}' in line {lineOf[key]} already; number "
                    + "the repetitions in a column 'rep'");
        }
        if (faults.Count == 0 && ratings.Count == 0)
            faults.Add("it has no line below its header");
        return faults.Count == 0 ? ratings : throw Refused(name, faults);
    }

    private static Rating? ReadLine(CsvRows rows, Columns columns, Action<string> fault)
    {
        (string unit, string judge, string value, string repetition) =
            (rows.Field(columns.Unit), rows.Field(columns.Judge), rows.Field(columns.Value), rows.Field(columns.Repetition));
        if (unit.Length == 0 || judge.Length == 0)
        {
            fault($"it names no {(unit.Length == 0 ? "unit" : "judge")}");
            return null;
        }
        int rep = 1;
        if (repetition.Length > 0 && !(int.TryParse(repetition, NumberStyles.None, CultureInfo.InvariantCulture, out rep) && rep > 0))
        {
            fault($"rep is '{repetition}', not a whole number from 1");
            return null;
        }
        var missing = new Rating(rows.Field(columns.Rubric), unit, judge, rep, null, null);
        if (s_missing.Contains(value.ToLowerInvariant()))
            return missing;
        if (!columns.AreScores)
            return missing with { Label = value };
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double score) && double.IsFinite(score))
            return missing with { Score = score };
        fault($"score is '{value}', not a finite number with a decimal point");
        return null;
    }

    private static RefusedException Refused(string name, List<string> faults) => new(
        $"{name} cannot be used: {string.Join("; ", faults.Take(ListedFaults))}"
            + (faults.Count > ListedFaults ? $"; and {faults.Count - ListedFaults} more" : ""),
        "Give it a header with the columns unit, judge, and label or score (rubric and rep if needed), and a line for each judgement.");

    private sealed record Columns(int Rubric, int Unit, int Judge, int Repetition, int Value, bool AreScores)
    {
        public static Columns Of(string[] header, List<string> faults)
        {
            foreach (string twice in header.Where(name => name.Length > 0).GroupBy(name => name).Where(same => same.Count() > 1)
                .Select(same => same.Key))
                faults.Add($"its header has the column '{twice}' twice");
            int At(params string[] names) => Array.FindIndex(header, names.Contains);
            var columns = new Columns(At("rubric"), At("unit", "case"), At("judge"), At("rep"),
                At("label", "score"), At("score") >= 0);
            if (columns.Unit < 0)
                faults.Add("its header has no column 'unit' (or 'case')");
            if (columns.Judge < 0)
                faults.Add("its header has no column 'judge'");
            if (columns.Value < 0)
                faults.Add("its header has no column 'label' or 'score'");
            if (At("label") >= 0 && At("score") >= 0)
                faults.Add("its header has both columns 'label' and 'score'; keep one");
            if (At("unit") >= 0 && At("case") >= 0)
                faults.Add("its header has both columns 'unit' and 'case'; keep one");
            return columns;
        }
    }
}
