namespace Tandem.Analysis.Markup;

/// <summary>What every page of a report must say at its top, so that no page of it can be taken for more than it is.</summary>
/// <param name="Simulation">That the figures are of simulated agents; null if they are not.</param>
/// <param name="Draft">Why the report is only a draft; null if it is none.</param>
/// <param name="Partial">How much of the plan is there; null if the whole plan was meant to be run.</param>
internal sealed record PageMarks(string? Simulation, string? Draft, string? Partial)
{
    public void Write(HtmlWriter html)
    {
        if (Draft is not null)
            html.Add($"<p class=\"mark draft\"><b>DRAFT</b> {Draft}</p>\n");
        if (Partial is not null)
            html.Add($"<p class=\"mark partial\"><b>PARTIAL</b> {Partial}</p>\n");
        if (Simulation is not null)
            html.Add($"<p class=\"mark simulation\"><b>{Simulation[..Split(Simulation)]}</b>{Simulation[Split(Simulation)..]}</p>\n");
    }

    /// <summary>The words in capitals, before the first comma.</summary>
    private static int Split(string text) => text.IndexOf(',', StringComparison.Ordinal) is > 0 and int comma ? comma : text.Length;
}
