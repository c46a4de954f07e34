using Tandem.Records.Cases;

namespace Tandem.Analysis.Figures;

/// <summary>The colours of figures, by what they mean. In a page they follow its light or dark theme, in a file they are fixed.</summary>
internal enum Paint
{
    None,
    Paper,
    Ink,
    Muted,
    Line,
    Faint,
    Solo,
    CoopComm,
    CoopNocomm,
    Other,
    Neutral,
    Heat,
}

/// <summary>How a paint is written, and which paint and mark a setting has: colour and shape both differ, for those who see no colours and
/// for grey prints.</summary>
internal static class Paints
{
    /// <summary>The value of <c>fill</c> or <c>stroke</c> in a file: colours of Okabe and Ito, which differ for all kinds of colour
    /// vision.</summary>
    public static string Fixed(Paint paint) => paint switch
    {
        Paint.None => "none",
        Paint.Paper => "#ffffff",
        Paint.Ink => "#1b1f24",
        Paint.Muted => "#59636e",
        Paint.Line => "#d5dae0",
        Paint.Faint => "#f4f6f8",
        Paint.Solo or Paint.Heat => "#0072b2",
        Paint.CoopComm => "#d55e00",
        Paint.CoopNocomm => "#009e73",
        Paint.Other => "#b05a8c",
        Paint.Neutral => "#8a939d",
        _ => throw new ArgumentOutOfRangeException(nameof(paint), paint, null),
    };

    /// <summary>The name of the page's variable.</summary>
    public static string Variable(Paint paint) => paint switch
    {
        Paint.None => "none",
        Paint.Paper => "var(--paper)",
        Paint.Ink => "var(--ink)",
        Paint.Muted => "var(--muted)",
        Paint.Line => "var(--line)",
        Paint.Faint => "var(--faint)",
        Paint.Solo => "var(--solo)",
        Paint.CoopComm => "var(--coop-comm)",
        Paint.CoopNocomm => "var(--coop-nocomm)",
        Paint.Other => "var(--other)",
        Paint.Neutral => "var(--neutral)",
        Paint.Heat => "var(--heat)",
        _ => throw new ArgumentOutOfRangeException(nameof(paint), paint, null),
    };

    public static Paint Of(Setting setting) => setting switch
    {
        Setting.Solo => Paint.Solo,
        Setting.CoopComm => Paint.CoopComm,
        Setting.CoopNocomm => Paint.CoopNocomm,
        _ => Paint.Other,
    };

    public static MarkShape ShapeOf(Setting setting) => setting switch
    {
        Setting.Solo => MarkShape.Circle,
        Setting.CoopComm => MarkShape.Square,
        Setting.CoopNocomm => MarkShape.Diamond,
        _ => MarkShape.Triangle,
    };

    /// <summary>Of what is no setting, by its place in an order, from 0; after four they begin again.</summary>
    public static Paint At(int place) => (place % 4) switch
    {
        0 => Paint.Solo,
        1 => Paint.CoopComm,
        2 => Paint.CoopNocomm,
        _ => Paint.Other,
    };

    /// <summary>As <see cref="At"/>.</summary>
    public static MarkShape ShapeAt(int place) => (MarkShape)(place % 4);
}

internal enum MarkShape
{
    Circle,
    Square,
    Diamond,
    Triangle,
}
