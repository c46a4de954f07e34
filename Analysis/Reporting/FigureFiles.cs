using System.Text;
using Tandem.Analysis.Figures;

namespace Tandem.Analysis.Reporting;

/// <summary>The files of a report's figures.</summary>
internal static class FigureFiles
{
    /// <summary>Writes the drawings and their numbers, and pictures of them.</summary>
    public static ReportFigures Write(ReportFolder folder, IReadOnlyList<Figure> figures, PngConverter png)
    {
        Figure[] drawn = [.. figures.Where(figure => figure.Draw is not null)];
        foreach (Figure figure in drawn)
        {
            folder.Write($"figures/{figure.Name}.svg", Encoding.UTF8.GetBytes(figure.ToSvg(isInPage: false)));
            folder.Write($"figures/{figure.Name}.csv", figure.Data!.ToUtf8());
        }
        (IReadOnlySet<string> pngs, string? note) = png.Convert(drawn, folder.PathOf("figures"), Path.Combine(folder.Final, "figures"));
        return new ReportFigures(figures, pngs, note);
    }
}
