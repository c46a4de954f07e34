using System.Globalization;
using Tandem.Analysis.Formats;

namespace Tandem.Analysis.Importing;

/// <summary>A line of a table of labels, as it stands there.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Case">The case id, not yet looked up.</param>
/// <param name="Rubric">The rubric's name.</param>
/// <param name="Judge">Who labels.</param>
/// <param name="Repetition">From 1.</param>
/// <param name="Message">The message's number, from 1; null for the whole run.</param>
/// <param name="Label">The label; null for a score.</param>
/// <param name="Score">The score; null for a label.</param>
internal sealed record LabelRow(
    int Line, string Case, string Rubric, string Judge, int Repetition, int? Message, string? Label, double? Score);

/// <summary>
/// Reads labels from a table with the columns <c>case</c>, <c>rubric</c>, <c>judge</c>, <c>label</c> or <c>score</c> (or both, one of them
/// filled in each line), and if needed <c>rep</c> and <c>message</c>. There is no other column, so that none is passed over by mistake.
/// </summary>
internal static class LabelTable
{
    private const string Case = "case";
    private const string Rubric = "rubric";
    private const string Judge = "judge";
    private const string Label = "label";
    private const string Score = "score";
    private const string Repetition = "rep";
    private const string Message = "message";
    private static readonly string[] s_known = [Case, Rubric, Judge, Label, Score, Repetition, Message];

    /// <summary>Reads all of it.</summary>
    /// <param name="text">The table.</param>
    /// <param name="faults">Takes what is wrong, one half sentence each.</param>
    public static IReadOnlyList<LabelRow> Read(TextReader text, ICollection<string> faults)
    {
        using var rows = new CsvRows(text, faults);
        if (rows.ReadHeader() is not { } header)
        {
            faults.Add("it is empty");
            return [];
        }
        int before = faults.Count;
        CheckHeader(header, faults);
        if (faults.Count > before)
            return [];
        Dictionary<string, int> columns = s_known.ToDictionary(name => name, name => Array.IndexOf(header, name));
        var read = new List<LabelRow>();
        while (rows.Read())
        {
            if (ReadRow(rows, name => rows.Field(columns[name]), faults) is LabelRow row)
                read.Add(row);
        }
        if (faults.Count == before && read.Count == 0)
            faults.Add("it has no line below its header");
        return read;
    }

    private static void CheckHeader(string[] header, ICollection<string> faults)
    {
        foreach (string unknown in header.Except(s_known))
            faults.Add(unknown.Length == 0 ? "its header has a column without a name"
                : $"its header has the column '{unknown}', which is none of {string.Join(", ", s_known)}");
        foreach (string twice in header.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key))
            faults.Add($"its header has the column '{twice}' twice");
        foreach (string missing in s_known[..3].Except(header))
            faults.Add($"its header has no column '{missing}'");
        if (!header.Contains(Label) && !header.Contains(Score))
            faults.Add($"its header has no column '{Label}' or '{Score}'");
    }

    private static LabelRow? ReadRow(CsvRows rows, Func<string, string> field, ICollection<string> faults)
    {
        int before = faults.Count;
        void Fault(string what) => faults.Add($"line {rows.Line}: {what}");
        foreach (string name in s_known[..3].Where(name => field(name).Length == 0))
            Fault($"it names no {name}");
        (string label, string score) = (field(Label), field(Score));
        if (label.Length == 0 == (score.Length == 0))
            Fault(label.Length == 0 ? "it has neither a label nor a score; leave out what nobody labelled"
                : "it has a label and a score; keep one");
        double number = 0;
        if (score.Length > 0 && !(double.TryParse(score, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number)))
            Fault($"score is '{score}', not a finite number with a decimal point");
        int? repetition = Whole(Repetition), message = Whole(Message);
        return faults.Count > before ? null : new LabelRow(rows.Line, field(Case), field(Rubric), field(Judge), repetition ?? 1, message,
            label.Length == 0 ? null : label, score.Length == 0 ? null : number);

        int? Whole(string name)
        {
            string value = field(name);
            if (value.Length == 0)
                return null;
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int whole) && whole > 0)
                return whole;
            Fault($"{name} is '{value}', not a whole number from 1");
            return null;
        }
    }
}
