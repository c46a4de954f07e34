namespace Tandem.Analysis.Figures;

/// <summary>One figure of a report, or the reason why it is left out.</summary>
internal sealed record Figure
{
    /// <summary>The stem of its files, for example <c>success-by-setting</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it shows, as a heading.</summary>
    public required string Title { get; init; }

    /// <summary>How to read it: what is counted, what the intervals are, what is missing. For a figure that is left out: why.</summary>
    public required string Caption { get; init; }

    public double Width { get; init; }

    public double Height { get; init; }

    /// <summary>Draws it; null for one that is left out.</summary>
    public Action<SvgCanvas>? Draw { get; init; }

    /// <summary>The numbers that it shows; null for one that is left out.</summary>
    public CsvTable? Data { get; init; }

    public static Figure LeftOut(string name, string title, string reason) => new() { Name = name, Title = title, Caption = reason };

    /// <param name="isInPage">Whether it takes the page's colours; else it stands alone, light, on white.</param>
    /// <exception cref="InvalidOperationException">It is left out.</exception>
    public string ToSvg(bool isInPage)
    {
        var canvas = new SvgCanvas("fig-" + Name, isInPage);
        (Draw ?? throw new InvalidOperationException($"The figure {Name} is left out: {Caption}"))(canvas);
        return canvas.ToSvg(Width, Height, Title, Caption);
    }
}
