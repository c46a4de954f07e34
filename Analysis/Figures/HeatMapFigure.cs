using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>
/// Each pair a column, each setting a row, darker the oftener it passed. Repositories begin a band of their own; long ones go on in the
/// next, so that 650 pairs fit on a page.
/// </summary>
internal static class HeatMapFigure
{
    private const double Left = 110;
    private const double Width = 900;
    private const int FewPairs = 60;

    /// <summary>The share of what has no verdict.</summary>
    private const double Missing = -1;

    public static Figure Of(ExperimentStatistics statistics)
    {
        const string Name = "pairs-by-setting";
        const string Title = "Each pair in each setting";
        CaseTable table = statistics.Table;
        if (table.Pairs.Count == 0)
            return Figure.LeftOut(Name, Title, "The experiment has no pairs.");
        Layout layout = Layout.Of(table);
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = $"A column for each of the {table.Pairs.Count} pairs, a row for each setting; the darker a cell, the larger the "
                + $"share of its seeds that passed"
                + (layout.HasNumbers ? ", which it also says (passed/with a verdict)" : "")
                + ". Empty: none passed; hatched: no verdict; no cell: not planned.",
            Width = Width,
            Height = layout.Height,
            Draw = canvas => Draw(canvas, table, layout),
            Data = DataOf(table),
        };
    }

    private static void Draw(SvgCanvas canvas, CaseTable table, Layout layout)
    {
        PairScore[][] scores = [.. table.Settings.Select(setting => table.Scores(setting, null))];
        canvas.Text(Left, 14, "passed:", paint: Paint.Muted, size: 11);
        string[] marks = ["none", "half", "all"];
        for (int i = 0; i < marks.Length; i++)
        {
            canvas.Rect(Left + 56 + (i * 70), 4, 14, 12, Paint.Heat, Paint.Neutral, Opacity(i / 2.0));
            canvas.Text(Left + 75 + (i * 70), 14, marks[i], paint: Paint.Muted, size: 11);
        }
        canvas.Missing(Left + 266, 4, 14, 12);
        canvas.Text(Left + 285, 14, "no verdict", paint: Paint.Muted, size: 11);
        var small = new SortedDictionary<double, List<(double X, double Y)>>();
        foreach (Band band in layout.Bands)
        {
            canvas.Text(Left, band.Top - 5, band.Title, size: 11, isBold: true);
            for (int row = 0; row < table.Settings.Count; row++)
            {
                double y = band.Top + (row * layout.CellHeight);
                canvas.Text(Left - 8, y + (layout.CellHeight / 2)
                    + 4, EnumNames.NameOf(table.Settings[row]), Anchor.End, Paint.Ink, layout.HasNumbers ? 12 : 9.5);
                for (int i = 0; i < band.Pairs.Count; i++)
                {
                    PairScore score = scores[row][band.Pairs[i]];
                    double x = Left + (i * layout.CellWidth);
                    if (layout.HasNumbers)
                        DrawCell(canvas, x, y, layout, score, table.Pairs[band.Pairs[i]].Key, table.Settings[row]);
                    else if (score.Cases > 0)
                        PlacesOf(small, score.WithVerdict == 0 ? Missing : score.Mean).Add((x, y));
                }
            }
            if (layout.HasNumbers)
            {
                for (int i = 0; i < band.Pairs.Count; i++)
                    canvas.Text(Left + ((i + 0.5) * layout.CellWidth), band.Top + (table.Settings.Count * layout.CellHeight)
                        + 14, ShortName(table.Pairs[band.Pairs[i]]), Anchor.Middle, Paint.Muted, 10);
            }
        }
        DrawSmallCells(canvas, layout, small);
    }

    /// <summary>Thousands of cells, as one shape for each share: a shape for each cell would make the page heavy.</summary>
    private static void DrawSmallCells(SvgCanvas canvas, Layout layout, SortedDictionary<double, List<(double X, double Y)>> small)
    {
        foreach ((double share, List<(double X, double Y)> places) in small)
        {
            if (share == Missing)
                canvas.AllMissing(places, layout.CellWidth - 1, layout.CellHeight - 1);
            else
                canvas.Rects(places, layout.CellWidth - 1, layout.CellHeight - 1, Paint.Heat, Paint.Neutral, Opacity(share));
        }
    }

    private static List<(double X, double Y)> PlacesOf(SortedDictionary<double, List<(double X, double Y)>> small, double share)
    {
        if (!small.TryGetValue(share, out List<(double X, double Y)>? places))
            small[share] = places = [];
        return places;
    }

    private static void DrawCell(SvgCanvas canvas, double x, double y, Layout layout, PairScore score, string pair, Setting setting)
    {
        if (score.Cases == 0)
            return;
        (double width, double height) = (layout.CellWidth - 1, layout.CellHeight - 1);
        string tip = $"{pair}, {EnumNames.NameOf(setting)}: {score.Passed} of {score.WithVerdict} passed, "
            + $"{score.Cases - score.WithVerdict} without "
            + $"a verdict";
        if (score.WithVerdict == 0)
        {
            canvas.Missing(x, y, width, height, tip);
            return;
        }
        canvas.Rect(x, y, width, height, Paint.Heat, Paint.Neutral, Opacity(score.Mean), tip);
        canvas.Text(x + (width / 2), y + (height / 2) + 4, $"{score.Passed}/{score.WithVerdict}", Anchor.Middle, score.Mean > 0.7
            ? Paint.Paper : Paint.Ink, 10.5);
    }

    private static double Opacity(double share) => share <= 0 ? 0.04 : 0.15 + (0.85 * share);

    private static string ShortName(PairInfo pair) => pair.Key[(pair.Repo.Length + 1)..].Replace("/", " ", StringComparison.Ordinal);

    private static CsvTable DataOf(CaseTable table)
    {
        var data = new CsvTable("pair", "setting", "cases", "with_verdict", "passed", "share", "difficulty");
        foreach (Setting setting in table.Settings)
        {
            PairScore[] scores = table.Scores(setting, null);
            for (int i = 0; i < scores.Length; i++)
            {
                if (scores[i].Cases > 0)
                    data.Add(table.Pairs[i].Key, EnumNames.NameOf(setting), scores[i].Cases, scores[i].WithVerdict, scores[i].Passed,
                        scores[i].WithVerdict == 0 ? null : scores[i].Mean, table.Pairs[i].Difficulty?.Value);
            }
        }
        return data;
    }

    private sealed record Band(string Title, double Top, IReadOnlyList<int> Pairs);

    private sealed record Layout(IReadOnlyList<Band> Bands, double CellWidth, double CellHeight, double Height, bool HasNumbers)
    {
        public static Layout Of(CaseTable table)
        {
            bool hasNumbers = table.Pairs.Count <= FewPairs;
            (double width, double height) = hasNumbers ? (64, 26) : (11, 11);
            int perBand = (int)((Width - Left - 10) / width);
            double bandHeight = (table.Settings.Count * height) + (hasNumbers ? 44 : 24);
            var bands = new List<Band>();
            double top = 46;
            foreach (IGrouping<string, int> repo in Enumerable.Range(0, table.Pairs.Count).GroupBy(i => table.Pairs[i].Repo))
            {
                int[] ordered = [.. repo.OrderBy(i => TaskNumber(table.Pairs[i])).ThenBy(i => table.Pairs[i].Key, StringComparer.Ordinal)];
                foreach (int[] part in ordered.Chunk(perBand))
                {
                    bands.Add(new Band(part[0] == ordered[0] ? repo.Key : $"{repo.Key}, continued", top, part));
                    top += bandHeight;
                }
            }
            return new Layout(bands, width, height, top - 14, hasNumbers);
        }

        private static int TaskNumber(PairInfo pair) => int.TryParse(pair.Task.AsSpan(pair.Repo.Length + 1), out int number) ? number : 0;
    }
}
